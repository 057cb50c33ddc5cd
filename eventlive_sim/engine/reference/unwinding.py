"""How tasks are taken out: deadlines, patience, cancels and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive_sim.engine.reference.task import NEVER, Deadline, Task
from eventlive_sim.engine.trace import Act
from eventlive_sim.errors import SimulationError
from eventlive_sim.program.primitives import (
    DEADLINES,
    PRIMITIVES,
    Leaving,
    Op,
)

if TYPE_CHECKING:
    from eventlive_sim.engine.reference.machine import Machine

BLOCKING = frozenset(int(primitive.op) for primitive in PRIMITIVES if primitive.blocks)
CANCELLED = -1
ACTS_OF_A_BLOCK = 1_000_000


class Unwinding:
    """Takes tasks out of what they wait for, gives back what they hold, lets go of their children."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.clock = machine.clock
        self.ops: list[int] = machine.program.code[:, 0].tolist()

    # ---------------------------------------------------------------- deadlines

    def arm(self, task: Task, expiry: int, leaving: int, handler: int) -> None:
        """Arm a deadline on top of the stack; an expiry below 0 is 0."""
        if len(task.deadlines) >= DEADLINES:
            message = f"a task has at most {DEADLINES} deadlines; person {task.person.id} arms one more"
            raise SimulationError(message)
        at = self.machine.time_in(task, max(0, expiry))
        task.deadlines.append(Deadline(at, leaving, handler, task.acquired, task.person.next_ordinal))

    def expire(self, task: Task) -> bool:
        """Let the outermost deadline that is due fire, else the patience; whether one was due.

        Notes
        -----
        The outermost first: it takes the inner ones with it. Those further out stay armed.
        """
        now = self.clock.now
        for at, deadline in enumerate(task.deadlines):
            if deadline.expiry_ns == now:
                self._fire(task, at)
                return True
        if task.patience_ns == now:
            self._lose_patience(task)
            return True
        return False

    def _fire(self, task: Task, at: int) -> None:
        deadline = task.deadlines[at]
        machine = self.machine
        if machine.note:
            machine.tell(Act.FIRE, task, task.row, NEVER, NEVER, deadline.handler)
        del task.deadlines[at:]
        self._take_out(task)
        self.dismiss(task, deadline.leaving, since=deadline.ordinal)
        self.give_back(task, since=deadline.acquired)
        machine.turn(task, deadline.handler)

    def _lose_patience(self, task: Task) -> None:
        self._take_out(task)
        task.outcome = 0
        self.machine.turn(task, task.resume(task))

    # ---------------------------------------------------------------- taking out

    @staticmethod
    def _take_out(task: Task) -> None:
        """Remove the task from whatever it waits for."""
        blocker = task.blocker
        if blocker is not None:
            task.blocker = None
            blocker.take_out(task)
        task.wake_ns = NEVER
        task.patience_ns = NEVER
        task.joining = NEVER

    def give_back(self, task: Task, *, since: int = 0) -> None:
        """Give back what was acquired since, newest first."""
        holdings = task.holdings
        while holdings and holdings[-1].serial >= since:
            holding = holdings.pop()
            if self.machine.note:
                self.tell_leave(task, task.row, holding.station.number, holding.key, holding.ask_ns)
            holding.station.give_back(holding, cut=True)

    def tell_leave(self, task: Task, row: int, station: int, key: int, ask_ns: int) -> None:
        """Note in the trace that a server was given back."""
        self.machine.tell(Act.LEAVE, task, row, station, key, self.clock.now - ask_ns)

    # ---------------------------------------------------------------- children

    def dismiss(self, task: Task, leaving: int, *, since: int = 0) -> None:
        """Let go of the children spawned since: DETACH detaches them, CANCEL leaves it to their own leaving."""
        if task.groups is None:
            return
        leaves: list[Task] = []
        for group in task.groups:
            if group is not None:
                leaves += [child for ordinal, child in group.alive.items() if ordinal >= since]
                group.forget(since)
                for child in leaves:
                    group.alive.pop(child.ordinal, None)
        leaves.sort(key=lambda child: child.ordinal)
        self._let_go(leaves, leaving)

    def dismiss_group(self, task: Task, index: int) -> None:
        """Empty a group: the living go by their own leaving."""
        group = None if task.groups is None else task.groups[index]
        if group is None:
            return
        leaves = [group.alive[ordinal] for ordinal in sorted(group.alive)]
        group.empty()
        self._let_go(leaves, Leaving.CANCEL)

    def _let_go(self, children: list[Task], leaving: int) -> None:
        for child in children:
            child.parent = None
        for child in children:
            if leaving == Leaving.CANCEL and child.leaving == Leaving.CANCEL:
                self.cancel(child)
            elif self.machine.note and not child.ended:
                self.machine.tell(Act.DISMISS, child, child.row, NEVER, NEVER, 0)

    def cancel(self, task: Task) -> None:
        """End a task from outside: status -1."""
        if task.ended:
            return
        if self.machine.note:
            self.machine.tell(Act.CANCEL, task, task.row, NEVER, NEVER, CANCELLED)
        self._take_out(task)
        self.machine.cancelled += 1
        self._close(task, CANCELLED)

    def end(self, task: Task, row: int, status: int) -> None:
        """End a task; a parent that joins becomes ready when this decides."""
        machine = self.machine
        task.row = row
        if machine.note:
            machine.tell(Act.END, task, row, NEVER, NEVER, status)
        machine.ended += 1
        self._close(task, status)
        parent = task.parent
        if parent is not None:
            self._tell_parent(parent, task, status)

    def _close(self, task: Task, status: int) -> None:
        """Let go of children, servers and deadlines; run the finally block."""
        task.ended = True
        task.status = status
        task.deadlines.clear()
        self.dismiss(task, Leaving.CANCEL)
        self.give_back(task)
        if task.finally_row >= 0:
            self._run_block(task, task.finally_row)
        del self.machine.alive[task]

    def _run_block(self, task: Task, row: int) -> None:
        machine = self.machine
        for _ in range(ACTS_OF_A_BLOCK):
            op = self.ops[row]
            if op == Op.END:
                return
            if op in BLOCKING or op in {Op.DEADLINE, Op.SPAWN}:
                message = f"row {row}: a finally block cannot {Op(op).name.lower()}; it must go on at once"
                raise SimulationError(message)
            row = machine.acts[row](task)
        message = f"the finally block at row {task.finally_row} does not end"
        raise SimulationError(message)

    # ---------------------------------------------------------------- joins

    def _tell_parent(self, parent: Task, child: Task, status: int) -> None:
        group = parent.groups[child.parent_group] if parent.groups is not None else None
        if group is None or group.alive.pop(child.ordinal, None) is None:
            return
        group.record(child.ordinal, status)
        if parent.joining == child.parent_group:
            decided = group.decide(parent.mode)
            if decided is not None:
                parent.joining = NEVER
                parent.outcome = decided
                self.machine.ready(parent)
