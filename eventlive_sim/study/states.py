"""States over time: the level of degrade mode, and how many circuit breakers are open."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventlive_sim.study.run import Run
from eventlive_sim.units import NS_PER_S

_SIGNS = {
    "degrade_changes": ("change", {"enter": 1, "leave": -1}),
    # What is half open has been open: it is open again, or closed.
    "breaker_changes": ("to", {"open": 1, "half_open": -1, "closed": 0}),
}
LEVEL = "level of degrade mode"


def states_frame(run: Run) -> pd.DataFrame:
    """States at the end of each time bin, a row each.

    Parameters
    ----------
    run : Run
        Replications of a design in a scenario.

    Returns
    -------
    DataFrame
        Columns replication, state (the level, or ``CLIENT ENDPOINT: breakers open``), time_s (the end of the bin) and value.
        Empty where the design has neither degrade mode nor breakers.
    """
    frames = []
    for number, replication in enumerate(run.replications):
        recording = replication.recording
        found: dict[str, NDArray[np.int64]] = {}
        for (series, _), counts in sorted(recording.counts.items()):
            spec = run.program.series[series]
            if spec.metric in _SIGNS:
                tags, (tag, signs) = dict(spec.tags), _SIGNS[spec.metric]
                state = LEVEL if tag == "change" else f"{tags['client']} {tags['endpoint']}: breakers open"
                found[state] = found.get(state, np.zeros_like(counts)) + signs[tags[tag]] * np.cumsum(counts)
        ends = np.minimum(np.arange(1, recording.bins + 1) * recording.bin_ns, recording.horizon_ns) / NS_PER_S
        frames += [
            pd.DataFrame({"replication": number, "state": state, "time_s": ends, "value": values})
            for state, values in found.items()
        ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
