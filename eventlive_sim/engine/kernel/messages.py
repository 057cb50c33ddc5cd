"""What to say about an error of a program that the loop met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.program.primitives import DEADLINES, HOLDINGS, Knob, Op

if TYPE_CHECKING:
    from eventlive_sim.program.program import Int64Array, Program

MESSAGES = {
    at.E_LOOP: "person {a} acts without end at {b} ns, now at row {c}; a loop needs a hold",
    at.E_PAST_END: "person {a} runs past the end of the program; a block of rows ends with END",
    at.E_TAB: "person {a} has {b} tabs, not tab {c}",
    at.E_DISARM: "row {a}: person {b} disarms a deadline, but none is armed",
    at.E_TAG: f"row {{a}}: a tag lies in {at.TAG_MIN}..{at.TAG_MAX}, not {{b}}",
    at.E_DEADLINES: f"a task has at most {DEADLINES} deadlines; person {{a}} arms one more",
    at.E_HOLDINGS: f"a task holds at most {HOLDINGS} servers; person {{a}} asks for one more",
    at.E_FINALLY_LOOP: "the finally block at row {a} does not end",
    at.E_ORDINALS: "person {a} has more tasks than the kernel's keys hold: {b}",
    at.E_NEVER: "a task was woken at row {a} but waits for nothing",
    at.E_NO_SUCH: "an operand of space {a} cannot be used so",
}
REFUSALS = {0: "enter", 1: "work", 2: "add", 3: "reading"} | {
    100 + int(knob): f"knob {knob.name.lower()}" for knob in Knob
}


_JOINED = {
    at.OP_DRAW_HOLD: "draw and hold",
    at.OP_COPY_THEN_HOLD: "hold",
    at.OP_COUNT_THEN_DRAW_HOLD: "draw and hold",
    at.OP_ADD_THEN_DEADLINE: "deadline",
}


def _name(op: int) -> str:
    return _JOINED.get(op) or Op(op).name.lower()


def message_of(program: Program, memory: Int64Array) -> str:
    """Return the message of the error that stands in the header."""
    error, a, b, c = (int(memory[place]) for place in (at.H_ERROR, at.H_ERROR_A, at.H_ERROR_B, at.H_ERROR_C))
    if error in MESSAGES:
        return MESSAGES[error].format(a=a, b=b, c=c)
    if error == at.E_REGISTER_KEY:
        spec = program.shared[a]
        return f"register {spec.name} has keys 0..{spec.keys - 1}, not {b}"
    if error == at.E_SIGNAL_KEY:
        signal = program.signals[a]
        return f"signal {signal.name} has keys 0..{signal.keys - 1}, not {b}"
    if error == at.E_FINALLY:
        return f"row {a}: a finally block cannot {_name(b)}; it must go on at once"
    if error == at.E_NO_PLACE:
        return f"person {a} works on {program.stations[b].name} without a place on an instance"
    station = program.stations[a]
    if error == at.E_STATION_KEY:
        return f"station {station.name} has keys 0..{station.keys - 1}, not {b}"
    return f"station {station.name} is a {station.kind.name.lower()}: it has no {REFUSALS[b]}"
