"""What an operator can do: the registry of actions, the user's own keys, the command palette.

Widgets, flows and screens import it; it imports none of them.
"""
