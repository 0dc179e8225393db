"""Senders: phone numbers that send texts, with carrier, rate and daily cap.

Above contacts, below sequences.
"""
