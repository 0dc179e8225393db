"""The commands of `drumbeat-server`: one file per subject, each imported only when called.

May import everything of the server; only `server.cli` imports it.
"""
