"""Laws of durations as operands: constants stay constants, the rest are draws from quantile tables."""

from __future__ import annotations

from eventlive_sim.model.values import Distribution
from eventlive_sim.program import quantiles
from eventlive_sim.program.assembler import Assembler
from eventlive_sim.program.primitives import Fn
from eventlive_sim.program.program import Int64Array


def table_of_law(law: Distribution) -> Int64Array:
    """Quantile table of a law that is not constant, in nanoseconds."""
    values = dict(law.arguments)
    match law.law:
        case "exp":
            return quantiles.exponential(values["mean"])
        case "uniform":
            return quantiles.uniform(values["low"], values["high"])
        case "gamma":
            return quantiles.gamma(values["mean"], values["cv"])
        case _ if "cv" in values:
            return quantiles.lognormal(values["mean"], values["cv"])
        case _:
            return quantiles.lognormal_median(values["median"], values["sigma"])


def constant_of(law: Distribution) -> int | None:
    """Nanoseconds of a constant law, None for any other."""
    return int(law.arguments[0][1]) if law.law == "constant" else None


def put(
    asm: Assembler,
    dest: int,
    law: Distribution,
    stream: str,
    *,
    occurrence: int | None = None,
    exogenous: bool = False,
) -> int:
    """Operand of a value of the law: a constant, or `dest` after a draw into it."""
    constant = constant_of(law)
    if constant is not None:
        return asm.const(constant)
    asm.draw(dest, asm.table(table_of_law(law)), stream, occurrence=occurrence, exogenous=exogenous)
    return dest


def hold(asm: Assembler, law: Distribution, stream: str, *, occurrence: int | None = None) -> None:
    """Rows that let a time of this law pass; none for zero."""
    if law.is_zero:
        return
    with asm.temp() as time:
        asm.hold(put(asm, time, law, stream, occurrence=occurrence))


def add_to(asm: Assembler, dest: int, law: Distribution, stream: str, *, occurrence: int | None = None) -> None:
    """Rows that add a value of the law to `dest`; none for zero."""
    if law.is_zero:
        return
    with asm.temp() as value:
        asm.set(dest, Fn.ADD, dest, put(asm, value, law, stream, occurrence=occurrence))
