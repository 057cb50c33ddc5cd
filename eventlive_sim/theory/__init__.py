"""Closed forms that a simulation must agree with, and that preflight computes with.

Each module states its formulas with their assumptions and sources. Nothing here knows of designs, programs or engines,
so a test that compares a run with a formula compares two things that share no code.
"""

from eventlive_sim.theory._errors import ArgumentError, TheoryError, UnstableQueue
from eventlive_sim.theory.birthdeath import Station, balking, birth_death, erlang_a, mmck
from eventlive_sim.theory.bucket import bucket_loss
from eventlive_sim.theory.bursts import burst_law, burst_mean, burst_quantile
from eventlive_sim.theory.capacity import mmc_arrivals_max, pingers_max
from eventlive_sim.theory.erlang import erlang_b, erlang_c
from eventlive_sim.theory.finite import (
    Closed,
    Congestion,
    engset,
    pingers,
    pingers_knee,
    pollers_overloaded,
    retrial_orbit_mean,
)
from eventlive_sim.theory.forkjoin import fork_join_mean, fork_join_quantile
from eventlive_sim.theory.general import (
    batch_number_mean,
    dm1_sigma,
    dm1_sojourn_mean,
    kingman_bound,
    mg1_sojourn_mean,
    mg1_wait_mean,
    mixture_moments,
)
from eventlive_sim.theory.jitter import beat_amplitude, beat_factor, beat_lifetime
from eventlive_sim.theory.metastable import (
    Standing,
    crowding_capacity,
    outage_backlog,
    recovery_time,
    retry_amplification,
    stable_capacity,
    standing,
    trigger_can_overload,
)
from eventlive_sim.theory.mva import mva
from eventlive_sim.theory.population import joined_evenly_mean, population_mean
from eventlive_sim.theory.queues import (
    mm1_sojourn_mean,
    mm1_sojourn_quantile,
    mm1_sojourn_tail,
    mmc_sojourn_mean,
    mmc_sojourn_quantile,
    mmc_sojourn_tail,
    mmc_wait_mean,
    mmc_wait_quantile,
)
from eventlive_sim.theory.retries import Retried, retries_budgeted, retries_fixed, retries_layered
from eventlive_sim.theory.runlength import mm1_relaxation, mm1_run_length
from eventlive_sim.theory.sharing import pool_wait_probability, sharing_sojourn_mean

__all__ = [
    "ArgumentError",
    "Closed",
    "Congestion",
    "Retried",
    "Standing",
    "Station",
    "TheoryError",
    "UnstableQueue",
    "balking",
    "batch_number_mean",
    "beat_amplitude",
    "beat_factor",
    "beat_lifetime",
    "birth_death",
    "bucket_loss",
    "burst_law",
    "burst_mean",
    "burst_quantile",
    "crowding_capacity",
    "dm1_sigma",
    "dm1_sojourn_mean",
    "engset",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "fork_join_mean",
    "fork_join_quantile",
    "joined_evenly_mean",
    "kingman_bound",
    "mg1_sojourn_mean",
    "mg1_wait_mean",
    "mixture_moments",
    "mm1_relaxation",
    "mm1_run_length",
    "mm1_sojourn_mean",
    "mm1_sojourn_quantile",
    "mm1_sojourn_tail",
    "mmc_arrivals_max",
    "mmc_sojourn_mean",
    "mmc_sojourn_quantile",
    "mmc_sojourn_tail",
    "mmc_wait_mean",
    "mmc_wait_quantile",
    "mmck",
    "mva",
    "outage_backlog",
    "pingers",
    "pingers_knee",
    "pingers_max",
    "pollers_overloaded",
    "pool_wait_probability",
    "population_mean",
    "recovery_time",
    "retrial_orbit_mean",
    "retries_budgeted",
    "retries_fixed",
    "retries_layered",
    "retry_amplification",
    "sharing_sojourn_mean",
    "stable_capacity",
    "standing",
    "trigger_can_overload",
]
