"""What the server and the screen agree on: wire structs, the filter language, segments, the client.

Imports neither `server` nor `tui`.
"""
