"""The kernel: the machine as one compiled loop. It records what the reference engine records."""

from eventlive_sim.engine.kernel.engine import simulate

__all__ = ["simulate"]
