"""Carriers: their interface, the adapters, their callbacks, and the simulator.

This package is beside dispatch and above messages. The simulator is an application of its own and
imports only the wire format from here.
"""
