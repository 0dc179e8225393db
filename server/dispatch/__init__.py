"""Dispatching: what is due is claimed, checked, handed to a carrier once, and recorded.

Above messages, beside carriers. `loop` runs it; `gate` is the pure rule of whether a text may go.
"""
