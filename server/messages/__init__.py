"""Texts in and out: how inbound texts are classified and applied, and the outcomes of outbound
ones.

Above enrollments, below dispatch and carriers. Keywords are pure rules. `store` alone adds texts
and writes their status; it stands on the database alone, so that enrollments may call it, too.
"""
