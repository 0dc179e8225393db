"""Permissions: operators, their tokens, roles, and the guard of every route.

The lowest feature: all may import it, it imports none.
"""
