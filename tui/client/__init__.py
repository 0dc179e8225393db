"""Requests of the screen and the commands that take several calls: lists, files, events.

Nothing here imports Textual.
"""
