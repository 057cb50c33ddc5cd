"""Statements of the kernel's language, as blocks of LLVM."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from eventlive_sim.engine.kernel.expressions import MEMORY, Expressions
from eventlive_sim.engine.kernel.kinds import I8, I32, I64, TYPES, Value


class Body(Expressions):
    """The body of one function."""

    def compile(self) -> None:
        """Compile all statements."""
        first = self.builder.block
        arguments = self.made.args[len(self.made.args) - len(self.kinds) :]
        for argument, kind, value in zip(self.tree.args.args, self.kinds, arguments, strict=True):
            self.store(argument.arg, (kind, value))
        self.block(self.tree.body)
        if not self.builder.block.is_terminated:
            self.leave(None)
        ir.IRBuilder(self.entry).branch(first)

    # ---------------------------------------------------------------- statements

    def block(self, statements: list[ast.stmt]) -> None:
        """Compile statements until one of them goes elsewhere."""
        for statement in statements:
            if self.builder.block.is_terminated:
                return
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Compile a statement."""
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return
            case ast.Expr(value=value):
                self.value(value)
            case ast.Assign(targets=targets, value=value):
                self.assign(targets, value)
            case ast.AugAssign(target=target, op=op, value=value):
                loaded = self.value(_loaded(target))
                self.put(target, self.arithmetic(node, op, loaded, self.value(value)))
            case ast.If(test=test, body=body, orelse=orelse):
                self.branch(test, body, orelse)
            case ast.While(test=test, body=body):
                self.loop(lambda: self.truth(self.value(test)), body, lambda: None)
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=[_] | [_, _] as args), body=body):
                self.count(name, [self.cast(self.value(argument), "int") for argument in args], body)
            case ast.Return(value=value):
                self.leave(self.value(value) if value else None)
            case ast.Break():
                self.builder.branch(self.loops[-1][1])
            case ast.Continue():
                self.builder.branch(self.loops[-1][0])
            case ast.Raise():
                self.give_up(node)
            case _:
                raise self.unknown(node)

    def assign(self, targets: list[ast.expr], value: ast.expr) -> None:
        """Assign one value to each target, or several to several."""
        if isinstance(targets[0], ast.Tuple):
            if not isinstance(value, ast.Tuple):
                raise self.unknown(value)
            values = [self.value(element) for element in value.elts]
            for target, found in zip(targets[0].elts, values, strict=True):
                self.put(target, found)
            return
        found = self.value(value)
        for target in targets:
            self.put(target, found)

    def put(self, target: ast.expr, value: Value) -> None:
        """Store to a name or a word of memory."""
        if isinstance(target, ast.Name):
            self.store(target.id, value)
        elif isinstance(target, ast.Subscript):
            part = self.part(target)
            if part is None:
                self.builder.store(self.cast(value, "int"), self.word(target.value, self.value(target.slice)))
            else:
                place, kind = part
                self.builder.store(self.builder.trunc(self.cast(value, "int"), kind), place)
        else:
            raise self.unknown(target)

    def branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        """Compile an if."""
        condition = self.truth(self.value(test))
        then, after = self.made.append_basic_block(), self.made.append_basic_block()
        other = self.made.append_basic_block() if orelse else after
        self.builder.cbranch(condition, then, other)
        for block, statements in ((then, body), (other, orelse)):
            if block is after:
                continue
            self.builder.position_at_end(block)
            self.block(statements)
            if not self.builder.block.is_terminated:
                self.builder.branch(after)
        self.builder.position_at_end(after)

    def loop(self, condition: Callable[[], Any], body: list[ast.stmt], step: Callable[[], None]) -> None:
        """Compile a loop."""
        head, inside, following, after = (self.made.append_basic_block() for _ in range(4))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(condition(), inside, after)
        self.loops.append((following, after))
        self.builder.position_at_end(inside)
        self.block(body)
        if not self.builder.block.is_terminated:
            self.builder.branch(following)
        self.loops.pop()
        self.builder.position_at_end(following)
        step()
        self.builder.branch(head)
        self.builder.position_at_end(after)

    def count(self, name: str, bounds: list[Any], body: list[ast.stmt]) -> None:
        """Compile a loop over a range from 0 or a start, by ones."""
        start, stop = bounds if len(bounds) == 2 else (ir.Constant(I64, 0), bounds[0])
        hidden = f"{name}.{len(self.places)}"
        self.store(hidden, ("int", start))
        place = self.places[hidden][1]

        def condition() -> Any:
            now = self.builder.load(place)
            self.store(name, ("int", now))
            return self.builder.icmp_signed("<", now, stop)

        def step() -> None:
            self.builder.store(self.builder.add(self.builder.load(place), ir.Constant(I64, 1)), place)

        self.loop(condition, body, step)

    # ---------------------------------------------------------------- end of the function

    def give_up(self, node: ast.stmt) -> None:
        """End this function and all its callers: to where the memory says."""
        if MEMORY not in self.places:
            raise self.unknown(node)
        word = self.word(ast.Name(MEMORY, ast.Load()), ("int", ir.Constant(I64, self.compiler.jump)))
        place = self.builder.inttoptr(self.builder.load(word), I8.as_pointer())
        self.builder.call(self.compiler.raised(), [place, ir.Constant(I32, 1)])
        self.builder.unreachable()

    def leave(self, value: Value | None) -> None:
        """Return a value."""
        number = None
        if self.returns != "none":
            kind = TYPES[self.returns]
            number = ir.Constant(kind, ir.Undefined) if value is None else self.cast(value, self.returns)
        if number is None:
            self.builder.ret_void()
        else:
            self.builder.ret(number)


def _loaded(target: ast.expr) -> ast.expr:
    """Return a target as an expression that reads it."""
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
