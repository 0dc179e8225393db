"""The commands of `drumbeat-server`: one file a subject, each imported only when it is called.

May import everything of the server; nothing but `server.cli` imports it.
"""
