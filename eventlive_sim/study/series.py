"""Series over time and frames: what pictures and tables are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventlive_sim.program.primitives import StationKind
from eventlive_sim.study.run import Run
from eventlive_sim.study.samples import Sample, values_of
from eventlive_sim.units import NS_PER_S


def metrics_frame(run: Run) -> pd.DataFrame:
    """All metrics of all replications, a row each: metric, tags, window, replication, and the aggregates."""
    return pd.DataFrame(
        [
            {
                "replication": number,
                "seed": replication.seed,
                "metric": sample.metric,
                "tags": tags_text(sample),
                "window": sample.window,
                "type": sample.kind,
                **values_of([sample]),
            }
            for number, replication in enumerate(run.replications)
            for sample in replication.samples
        ]
    )


def tags_text(sample: Sample) -> str:
    """Tags as budgets write them: ``endpoint:ping,status:400``."""
    return ",".join(f"{key}:{value}" for key, value in sorted(sample.tags.items()) if value)


def series_frame(run: Run) -> pd.DataFrame:
    """Counters by time bin, a row each: replication, metric, tags, time_s, count, rate [1/s]."""
    frames = []
    for number, replication in enumerate(run.replications):
        recording = replication.recording
        for (series, tag), counts in sorted(recording.sums.items()):
            spec = run.program.series[series]
            tags = dict(spec.tags) | ({spec.tag: str(tag)} if spec.tag else {})
            text = ",".join(f"{key}:{value}" for key, value in sorted(tags.items()) if value)
            width = recording.bin_ns / NS_PER_S
            columns = {"time_s": np.arange(len(counts)) * width, "count": counts, "rate": counts / width}
            frames.append(pd.DataFrame({"replication": number, "metric": spec.metric, "tags": text, **columns}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def stations_frame(run: Run) -> pd.DataFrame:
    """Stations by time bin: utilisation (of FIFO and sharing stations), mean queue, mean number inside."""
    frames = []
    for number, replication in enumerate(run.replications):
        recording = replication.recording
        width = recording.bin_ns
        for station, figures in sorted(recording.stations.items()):
            spec = run.program.stations[station]
            if spec.kind is StationKind.LOCK:
                continue
            capacity = {StationKind.SHARING: spec.cores, StationKind.FIFO: spec.servers}.get(spec.kind)
            busy = figures.busy_integral
            frames.append(
                pd.DataFrame(
                    {
                        "replication": number,
                        "station": spec.name,
                        "time_s": np.arange(len(busy)) * width / NS_PER_S,
                        "utilisation": busy / (capacity * width) if capacity else np.nan,
                        "queue": figures.waiting_integral / width,
                        "inside": figures.inside_integral / width,
                        "arrivals": figures.arrivals,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
