"""Sequences and their steps: documents, changes, lint, texts, windows and the rules of timing.

Above senders, below enrollments. Nobody is enrolled and nothing is sent here; `enrollments` changes
states.
"""
