"""The structs of the API, one file per subject. Frozen; input forbids unknown fields.

Times are RFC 3339 strings in UTC (aware `datetime`). Ids are positive integers.
"""
