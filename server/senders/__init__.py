"""Senders: the phone numbers that texts go out from, with carrier, rate and daily cap.

Above contacts, below sequences.
"""
