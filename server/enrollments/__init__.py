"""Enrollments: the rules of their lifecycle, the one writer of a status, enrolling, the list.

Where the next text's time comes from: `planning` (the plan: a step and the instant that its delay
counts from), changed by `sequence_edits`, `pause` and `activation` and held back by holds, which
`lifecycle.timed` turns into one due time and `holds` ends. `refolding` reads a history again.

Above sequences, below messages. Only `apply` writes a status.
"""
