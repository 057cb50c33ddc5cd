"""Joins decoded rows that nothing can come between, so that the loop decides less often what to do next.

Every row stays at its place: whatever goes to it finds it. What changes is which row comes next, and how much the row
before it has done by then. Only rows that leave no trace are joined.
"""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.layout import NEXT
from eventlive_sim.program.primitives import Fn, Op

Row = list[int]
FIRST = NEXT + 1
"""Where the fields of a row begin."""
_TESTS = range(at.OP_TEST, at.OP_TEST + 6)
_SETS = range(at.OP_SET, at.OP_SET + 7)
_COPY, _ADD = at.OP_SET + int(Fn.COPY), at.OP_SET + int(Fn.ADD)
_TARGET = FIRST + 2
_FUNCTIONS: dict[int, Callable[[int, int], int]] = {
    int(Fn.COPY): lambda a, _: a,
    int(Fn.ADD): lambda a, b: a + b,
    int(Fn.SUB): lambda a, b: a - b,
    int(Fn.MUL): lambda a, b: a * b,
    int(Fn.DIV): lambda a, b: a // b if b else 0,
    int(Fn.MIN): min,
    int(Fn.MAX): max,
}


def simple(operand: int) -> bool:
    """Whether an operand is a word at an index from a base."""
    return operand >> at.SPACE_SHIFT <= at.SPACE_PERSON


class Fusing:
    """Joins the rows of a program.

    Parameters
    ----------
    rows : list of list of int
        Decoded rows with room for eight words each; changed in place.
    value_of : callable
        Number of an operand that is a constant, else None.
    constant : callable
        Operand of a number.
    """

    def __init__(self, rows: list[Row], value_of: Callable[[int], int | None], constant: Callable[[int], int]) -> None:
        self.rows = rows
        self.value_of = value_of
        self.constant = constant

    def fuse(self) -> None:
        """Join what can be joined."""
        for row in self.rows:
            if row[0] != Op.SPAWN:
                row[NEXT] = self.beyond_jumps(row[NEXT])
            if row[0] in _TESTS or row[0] >= at.OP_ANY_TEST:
                row[_TARGET] = self.beyond_jumps(row[_TARGET])
        # A row joins those after it as they were written, so the last of them is joined first.
        written = [list(row) for row in self.rows]
        for number in range(len(written)):
            fused = self.copies(written, number) or self.drawing(written, number)
            if fused:
                self.rows[number] = fused

    def beyond_jumps(self, row: int) -> int:
        """Return the row at which a chain of jumps ends; a circle of them is left alone."""
        seen = {row}
        while row < len(self.rows) and self.rows[row][0] == at.OP_JUMP:
            row = self.rows[row][FIRST]
            if row in seen:
                return row
            seen.add(row)
        return row

    def copies(self, rows: list[Row], number: int) -> Row | None:
        """Return up to three copies for sets in a row whose values are copied, or known by now."""
        pairs: dict[int, int] = {}
        known: dict[int, int] = {}
        row, joined = number, 0
        while row < len(rows) and rows[row][0] in _SETS:
            dest, a, b = rows[row][FIRST : FIRST + 3]
            value = self._value(rows[row][0] - at.OP_SET, a, b, known)
            if rows[row][0] != _COPY and value is None:
                break
            if dest not in pairs and len(pairs) == at.COPIES:
                break
            if dest in pairs and dest in list(pairs.values()):
                break  # what stood there before has been copied elsewhere
            pairs.pop(dest, None)
            known.pop(dest, None)
            pairs[dest] = a if value is None else self.constant(value)
            if value is not None:
                known[dest] = value
            row, joined = rows[row][NEXT], joined + 1
        if joined < 2:
            return None
        fields = [word for pair in pairs.items() for word in pair]
        return _row(at.OP_COPIES + len(pairs) - 1, row, fields)

    def _value(self, fn: int, a: int, b: int, known: dict[int, int]) -> int | None:
        """Return the value of a set, if it is known."""
        left = known.get(a, self.value_of(a))
        right = left if fn == int(Fn.COPY) else known.get(b, self.value_of(b))
        if left is None or right is None:
            return None
        value = _FUNCTIONS[fn](left, right)
        return value if -(1 << 62) < value < 1 << 62 else None

    def drawing(self, rows: list[Row], number: int) -> Row | None:
        """Return a draw with the hold or the sum that follows it."""
        row = rows[number]
        if row[0] != at.OP_DRAW or row[NEXT] >= len(rows):
            return None
        dest, table, state, occurrence, exogenous = row[FIRST : FIRST + 5]
        if exogenous or not simple(dest) or not simple(occurrence):
            return None
        after = rows[row[NEXT]]
        if after[0] == Op.HOLD and after[FIRST] == dest:
            return _row(at.OP_DRAW_HOLD, row[NEXT], [dest, table, state, occurrence])
        if after[0] == _ADD:
            total, a, b = after[FIRST : FIRST + 3]
            if dest in {a, b} and a != b and simple(total):
                other = a if b == dest else b
                if simple(other):
                    return _row(at.OP_DRAW_ADD, after[NEXT], [dest, table, state, occurrence, other, total])
        return None


def _row(op: int, following: int, fields: list[int]) -> Row:
    return [op, following, *fields, *[0] * (at.ROW - NEXT - 1 - len(fields))]
