"""What every engine must do, as one importable test class.

An engine proves itself by a test file of a few lines::

    class TestMyEngine(EngineContract):
        simulate = staticmethod(my_simulate)

Each test states its claim first, with numbers worked out by hand, and runs a small program written on a ``Sheet``. Each run
also checks the laws, the auditor, and that a second run records the same.
"""

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Outcome, Sheet, Simulate
from eventlive_sim.engine.contract.bounds import BoundsContract
from eventlive_sim.engine.contract.buckets import BucketsContract
from eventlive_sim.engine.contract.controls import ControlsContract
from eventlive_sim.engine.contract.deadlines import DeadlinesContract
from eventlive_sim.engine.contract.fuzz import FuzzContract
from eventlive_sim.engine.contract.mechanisms import MechanismsContract
from eventlive_sim.engine.contract.meters import MetersContract
from eventlive_sim.engine.contract.primitives import PrimitivesContract
from eventlive_sim.engine.contract.processors import ElasticContract, ProcessorsContract
from eventlive_sim.engine.contract.queues import QueuesContract
from eventlive_sim.engine.contract.tasks import TasksContract

__all__ = ["EngineContract", "Outcome", "Sheet", "Simulate"]


class EngineContract(
    PrimitivesContract,
    TasksContract,
    QueuesContract,
    BucketsContract,
    DeadlinesContract,
    ProcessorsContract,
    ElasticContract,
    MetersContract,
    MechanismsContract,
    ControlsContract,
    BoundsContract,
    FuzzContract,
):
    """Every test of the contract; set ``simulate``."""
