"""Texts in and out: how inbound texts are classified and applied, and the outcomes of outbound
ones.

Above enrollments, below dispatch and carriers. Keywords are pure rules.
"""
