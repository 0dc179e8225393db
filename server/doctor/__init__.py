"""The doctor: checks every invariant of a database, and repairs on request what is safe to repair.

`checks` lists the invariants; what breaks them is found, and set right, in the other modules. Only
commands and tests import it.
"""
