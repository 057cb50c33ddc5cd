"""Joins decoded rows that nothing can come between, so that the loop decides less often what to do next.

Every row stays at its place: whatever goes to it finds it. What changes is which row comes next, and how much the row
before it has done by then. Only rows that leave no trace are joined.
"""

from __future__ import annotations

from collections.abc import Callable

from eventlive_sim.engine.kernel import layout as at
from eventlive_sim.engine.kernel.layout import NEXT
from eventlive_sim.program.primitives import Cmp, Fn, Op

Row = list[int]
FIRST = NEXT + 1
"""Where the fields of a row begin."""
_TESTS = range(at.OP_TEST, at.OP_TEST + 6)
_SETS = range(at.OP_SET, at.OP_SET + 7)
_COPY, _ADD = at.OP_SET + int(Fn.COPY), at.OP_SET + int(Fn.ADD)
_EQUAL, _UNEQUAL = at.OP_TEST + int(Cmp.EQ), at.OP_TEST + int(Cmp.NE)
_TARGET, _OUTCOME = FIRST + 2, FIRST + 3
_CHAINS = {
    (_COPY, int(Op.HOLD)): at.OP_COPY_THEN_HOLD,
    (at.OP_COPIES, int(Op.HOLD)): at.OP_COPY_THEN_HOLD,
    (at.OP_COUNT, at.OP_DRAW_HOLD): at.OP_COUNT_THEN_DRAW_HOLD,
    (_ADD, int(Op.DEADLINE)): at.OP_ADD_THEN_DEADLINE,
    (at.OP_COPIES + 1, at.OP_DRAW_ADD): at.OP_COPIES_THEN_DRAW_ADD,
    (at.OP_DISARM, at.OP_LEAVE): at.OP_DISARM_THEN_LEAVE,
    (_UNEQUAL, _UNEQUAL): at.OP_NE_THEN_NE,
}
"""Op of a row by its op and that of the row which comes next, where both are acted on at once."""
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
    nowhere : int
        Operand that nobody reads.
    """

    def __init__(
        self, rows: list[Row], value_of: Callable[[int], int | None], constant: Callable[[int], int], nowhere: int
    ) -> None:
        self.rows = rows
        self.value_of = value_of
        self.constant = constant
        self.nowhere = nowhere

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
            for join in (self.copies, self.adding, self.drawing, self.entering):
                self.rows[number] = join(written, number) or self.rows[number]
        joined = [list(row) for row in self.rows]
        for row in self.rows:
            if row[0] != Op.SPAWN and row[NEXT] < len(joined):
                row[0] = _CHAINS.get((row[0], joined[row[NEXT]][0]), row[0])

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

    def entering(self, rows: list[Row], number: int) -> Row | None:
        """Return an enter with the test of whether it was refused, which goes where it goes."""
        row = rows[number]
        if row[0] != Op.ENTER:
            return None
        row = [*row[: at.REFUSED], row[NEXT], *row[at.REFUSED + 1 :]]
        after = rows[row[NEXT]] if row[NEXT] < len(rows) else []
        if after and after[0] == _EQUAL and after[FIRST] == row[_OUTCOME] and self.value_of(after[FIRST + 1]) == 0:
            row[NEXT], row[at.REFUSED] = after[NEXT], after[_TARGET]
        return row

    def adding(self, rows: list[Row], number: int) -> Row | None:
        """Return a draw and its hold with a sum before them that goes into one of its numbers."""
        row = rows[number]
        if row[0] != _ADD or row[NEXT] >= len(rows):
            return None
        total, a, b = row[FIRST : FIRST + 3]
        held = self.drawing(rows, row[NEXT])
        if total != a or held is None or held[0] != at.OP_DRAW_HOLD:
            return None
        return [*held[:-2], total, b]

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
            return _row(at.OP_DRAW_HOLD, row[NEXT], [dest, table, state, occurrence, self.nowhere, self.constant(0)])
        if after[0] == _ADD:
            total, a, b = after[FIRST : FIRST + 3]
            if dest in {a, b} and a != b and simple(total):
                other = a if b == dest else b
                if simple(other):
                    return _row(at.OP_DRAW_ADD, after[NEXT], [dest, table, state, occurrence, other, total])
        return None


def _row(op: int, following: int, fields: list[int]) -> Row:
    return [op, following, *fields, *[0] * (at.ROW - NEXT - 1 - len(fields))]
