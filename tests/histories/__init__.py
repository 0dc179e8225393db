"""Histories of enrollments, driven through the real store: what happens to them, step by step."""
