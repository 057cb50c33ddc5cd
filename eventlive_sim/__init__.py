"""Discrete-event simulator and capacity-planning model for live-event platforms."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
