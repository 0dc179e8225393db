"""The actions of operators: the registry, the user's keymap, the command palette.

Widgets, flows and screens import it; it imports none of them.
"""
