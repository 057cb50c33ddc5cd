"""Mean sojourns of many M/M/c queues at once, by Lindley's recursion over the customers: no engine in sight."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sojourns(
    rng: np.random.Generator, replications: int, *, servers: int, arrivals: float, customers: int, warm: int = 100
) -> npt.NDArray[np.float64]:
    """Mean time in the system of the customers of each replication; the first so many are left out."""
    free = np.zeros((replications, servers))
    now, total = np.zeros(replications), np.zeros(replications)
    everybody = np.arange(replications)
    for number in range(warm + customers):
        now += rng.exponential(1 / arrivals, replications)
        first = free.argmin(axis=1)
        end = np.maximum(now, free[everybody, first]) + rng.exponential(1.0, replications)
        free[everybody, first] = end
        if number >= warm:
            total += end - now
    return total / customers
