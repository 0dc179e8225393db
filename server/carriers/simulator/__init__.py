"""A simulated carrier that speaks Twilio's wire format, for the demo, for tests and for trying out.

An application of its own: nothing in the server imports it but the command that runs it, and it
imports nothing of the server but the carriers' codes, the signatures and the clock.
"""

from server.carriers.simulator.app import create_server, create_simulator, run_simulator
from server.carriers.simulator.outcomes import DELIVERED, OUTCOMES, Outcome, outcome_of
from server.carriers.simulator.settings import SimulatorSettings

__all__ = [
    "DELIVERED",
    "OUTCOMES",
    "Outcome",
    "SimulatorSettings",
    "create_server",
    "create_simulator",
    "outcome_of",
    "run_simulator",
]
