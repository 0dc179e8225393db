"""A simulated carrier that speaks Twilio's wire format, for the demo, for tests and for trying out.

An application of its own: nothing in the server imports it but the command that runs it (and its
settings, which name the account), and it imports nothing of the server but the carriers' codes, the
signatures and the clock.
"""
