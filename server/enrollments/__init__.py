"""Enrollments: the rules of their lifecycle, the one writer of a status, enrolling, the list.

`planning` computes the time of the next text: the plan is a step and the time from which its delay
counts. `sequence_edits`, `pause` and `activation` change plans. Holds delay them: `lifecycle.timed`
combines plan and hold into one due time, and `holds` ends them. `refold` folds a history again.

Above sequences, below messages. Only `apply` writes a status.
"""
