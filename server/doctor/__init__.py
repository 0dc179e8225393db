"""The doctor: checks every invariant of a database, and repairs on request what is safe to repair.

`checks` lists the invariants; the other modules find and repair what breaks them. Only commands and
tests import it.
"""
