"""Dispatching: claims what is due, checks it, hands it to a carrier once, and records the result.

Above messages, beside carriers. `loop` runs it; `gate` is the pure rule that decides whether a text
may be sent.
"""
