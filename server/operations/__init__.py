"""Bulk actions: a selection is frozen, run row by row, told row by row, and undone where it can be.

The highest room: it may import all others, and none imports it but the wiring.
"""
