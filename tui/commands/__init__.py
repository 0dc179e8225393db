"""The commands of `drumbeat`: one file a subject, over the typed client of the API.

May import `common`, never `server`: the demo runs the server as a process.
"""
