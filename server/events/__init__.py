"""The append-only event log, and the stream that follows it.

The lowest layer of the domain: every feature may append events; this one imports none of them.
"""
