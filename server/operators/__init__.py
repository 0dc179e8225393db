"""Who may do what: operators, their tokens, roles, and the guard of every route.

Lowest of the features: may be imported by all of them, imports none.
"""
