"""What the screen knows, separate from how it is drawn: selection, pages, queries, formatting.

Plain Python over the wire structs of `common`; nothing here imports Textual.
"""
