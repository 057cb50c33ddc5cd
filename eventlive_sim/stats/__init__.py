"""What replications say: intervals, quantiles, bands around exact values, and the text of budgets.

Intervals are between replications only; the requests of one run are not independent.
"""

from eventlive_sim.stats._errors import StatisticsError
from eventlive_sim.stats.band import Band, band
from eventlive_sim.stats.intervals import (
    Interval,
    Side,
    bonferroni,
    mean_interval,
    paired_interval,
    proportion_interval,
)
from eventlive_sim.stats.quantiles import Ranks, histogram_quantile, quantile_ranks, samples_needed
from eventlive_sim.stats.sizes import replications_to_bound, replications_to_separate
from eventlive_sim.stats.thresholds import Selector, Threshold, ThresholdError, parse_selector, parse_threshold
from eventlive_sim.stats.verdicts import Judgement, Looks, Verdict, judge_mean, judge_probability, mean_bounds

__all__ = [
    "Band",
    "Interval",
    "Judgement",
    "Looks",
    "Ranks",
    "Selector",
    "Side",
    "StatisticsError",
    "Threshold",
    "ThresholdError",
    "Verdict",
    "band",
    "bonferroni",
    "histogram_quantile",
    "judge_mean",
    "judge_probability",
    "mean_bounds",
    "mean_interval",
    "paired_interval",
    "parse_selector",
    "parse_threshold",
    "proportion_interval",
    "quantile_ranks",
    "replications_to_bound",
    "replications_to_separate",
    "samples_needed",
]
