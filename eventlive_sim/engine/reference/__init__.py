"""The reference engine: a program run in SimPy, written to be read."""

from eventlive_sim.engine.reference.engine import simulate

__all__ = ["simulate"]
