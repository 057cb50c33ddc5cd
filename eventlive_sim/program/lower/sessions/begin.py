"""A person who comes with a session: its first token, the age of its access token, and how its calls are treated."""

from __future__ import annotations

from eventlive_sim.model.sessions import Sessions
from eventlive_sim.model.values import Distribution
from eventlive_sim.program import quantiles
from eventlive_sim.program.lower.conditions import go_unless
from eventlive_sim.program.lower.context import Lowering
from eventlive_sim.program.lower.laws import put
from eventlive_sim.program.lower.sessions.parts import sessions_of, shared, trait
from eventlive_sim.program.primitives import Fn


def begin_session(low: Lowering, name: str, spec: Sessions, age: Distribution) -> None:
    """Rows of a person who joins; whoever the condition leaves out is nobody to the Auth service."""
    asm, parts, without = low.asm, sessions_of(low), low.asm.label("without a session")
    asm.copy(parts.key, asm.const(0))
    if spec.when is not None:
        go_unless(low, spec.when, without)
    asm.set(parts.key, Fn.ADD, low.person, asm.const(1))
    for what, share in (("ssr", spec.ssr), ("kept", spec.written_back)):
        asm.draw(trait(low, what), asm.table(quantiles.bernoulli(share)), f"{name}.session.{what}", exogenous=True)
    fixed = {
        "one_store": spec.storage == "cookie",
        "flight": spec.single_flight.server,
        "checks": not spec.functions_refresh,
        "forgets": spec.after_failure == "sign_out",
        "margin": spec.margin,
    }
    for what, value in fixed.items():
        asm.copy(trait(low, what), asm.const(int(value)))
    for what in ("latest", "held", "cookie"):
        asm.copy(shared(low, what), asm.const(1))
    with asm.temp() as began, asm.temp() as key:
        asm.copy(began, put(asm, began, age, f"{name}.session.age", exogenous=True))
        asm.set(began, Fn.SUB, asm.now, began)
        parts.ring_key(asm, shared(low, "latest"), key)
        asm.copy(asm.shared(parts.made, key), began)
        asm.copy(shared(low, "refreshed"), began)
        for what in ("expires", "cookie_expires"):
            asm.set(shared(low, what), Fn.ADD, began, asm.const(parts.tokens.lifetime))
    asm.place(without)
