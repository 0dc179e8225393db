"""What the screen and the commands ask of the server beyond one request: lists, files, events.

Nothing in here imports Textual.
"""
