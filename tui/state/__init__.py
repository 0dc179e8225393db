"""What the screen knows, apart from how it is drawn: selection, pages, question, words for rows.

Plain Python over the wire structs of `common`; nothing in here imports Textual.
"""
