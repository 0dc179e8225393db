"""Carriers: what one is to us, the adapters, their callbacks, and the simulated one.

Beside dispatch, above messages. The simulator is an application of its own and imports only this
room's wire format.
"""
