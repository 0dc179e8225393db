"""Texts in and out: what an inbound text is and does, what becomes of an outbound one.

Above enrollments, below dispatch and carriers. Keywords are pure rules. `store` alone adds texts
and writes their status; it stands on the database alone, so that enrollments may call it, too.
"""
