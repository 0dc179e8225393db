"""The structs on the wire, one file a subject. Frozen; what comes in forbids unknown fields.

Instants are RFC 3339 strings in UTC (`datetime`, aware). Ids are positive integers.
"""
