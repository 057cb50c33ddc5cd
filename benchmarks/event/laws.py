"""Random numbers for the event in SimPy, drawn by the thousand: one by one they would be a tenth of its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log, log1p, sqrt

import numpy as np

Law = Callable[[], float]
MS, US = 1e-3, 1e-6
_BATCH = 1024


class Laws:
    """What is drawn, by name; times in seconds, demands in seconds of a core."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.client_function = self._by_mean(100 * MS, 0.08)
        self.client_project = self._by_median(10 * MS, 0.5)
        self.function_project = self._by_mean(89 * MS, 0.03)
        self.handshake = self._by_median(10 * MS, 0.5)
        self.cold_start = self._by_median(600 * MS, 0.35)
        self.handler = self._by_mean(10 * MS, 0.5)
        self.stats_handler = self._by_mean(12 * MS, 0.5)
        self.postgrest = self._by_mean(700 * US, 0.3)
        self.select = self._by_mean(65 * US, 0.3)
        self.select_error = self._by_mean(93 * US, 0.3)
        self.insert = self._by_mean(118 * US, 0.3)
        self.insert_conflict = self._by_mean(159 * US, 0.3)
        self.upsert = self._by_mean(125 * US, 0.3)
        self.update = self._by_mean(109 * US, 0.3)
        self.update_missing = self._by_mean(70 * US, 0.3)
        self.rpc = self._by_mean(49 * US, 0.3)
        self.upsert_inner = self._by_mean(76 * US, 0.3)
        self.aggregate = self._by_mean(560 * US, 0.3)
        self.aggregate_log = self._by_mean(2340 * US, 0.3)
        self.commit = self._by_median(1.5 * MS, 0.5)
        self.user_cpu = self._by_mean(400 * US, 0.3)
        self.token_cpu = self._by_mean(600 * US, 0.3)
        self.auth_statement = self._by_mean(30 * US, 0.3)
        self.lock_pause = self._uniform(10 * MS, 30 * MS)
        self.realtime_join = self._by_mean(200 * US, 0.3)
        self.delivery = self._by_median(6 * MS, 0.9)
        self.visible = self._exponential(8 * 60.0)
        self.hidden = self._exponential(2 * 60.0)
        self.post = self._exponential(20 * 60.0)
        self.ask = self._exponential(90 * 60.0)
        self.ping = self._uniform(110.0, 130.0)
        self.arrival = self._uniform(0.0, 120.0)
        self.token_age = self._uniform(0.0, 58 * 60.0)
        self.share = self._uniform(0.0, 1.0)

    def _batched(self, batch: Callable[[], np.ndarray]) -> Law:
        def values() -> Iterator[float]:
            while True:
                yield from batch().tolist()

        return values().__next__

    def _by_median(self, median: float, sigma: float) -> Law:
        return self._batched(lambda: self.rng.lognormal(log(median), sigma, _BATCH))

    def _by_mean(self, mean: float, cv: float) -> Law:
        variance = log1p(cv * cv)
        return self._by_median(mean * (1 + cv * cv) ** -0.5, sqrt(variance))

    def _uniform(self, low: float, high: float) -> Law:
        return self._batched(lambda: self.rng.uniform(low, high, _BATCH))

    def _exponential(self, mean: float) -> Law:
        return self._batched(lambda: self.rng.exponential(mean, _BATCH))
