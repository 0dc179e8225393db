"""A simulated carrier that speaks Twilio's wire format, for the demo, tests and trying out.

It is an application of its own. In the server only its command and its settings are imported, and
it imports only the carriers' codes, the signatures and the clock.
"""
