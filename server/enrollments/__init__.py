"""Enrollments: the rules of their lifecycle, the one writer of a status, enrolling, the list.

Above sequences, below messages. Only `apply` writes a status.
"""
