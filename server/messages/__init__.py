"""Texts in and out: what an inbound text is and does, what becomes of an outbound one.

Above enrollments, below dispatch and carriers. Keywords are pure rules.
"""
