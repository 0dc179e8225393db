"""The append-only record of what happened, and the stream that follows it.

Lowest of the domain's layers: every feature may append; this room imports none of them.
"""
