"""Bulk actions: a selection is frozen, run and reported row by row, and undone if possible.

The highest layer of features: it may import all others, and only the wiring imports it.
"""
