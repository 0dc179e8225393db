"""The commands of `drumbeat`: one file per subject, using the typed API client.

May import `common`, never `server`: the demo runs the server as a process.
"""
