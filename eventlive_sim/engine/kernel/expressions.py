"""Expressions of the kernel's language, as instructions of LLVM."""

from __future__ import annotations

import ast
import functools
import math
from types import FunctionType
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from eventlive_sim.engine.kernel import language
from eventlive_sim.engine.kernel.kinds import (
    ANNOTATED,
    F64,
    I1,
    I64,
    TYPES,
    VOID,
    NotInTheLanguageError,
    Value,
    resolve,
)

if TYPE_CHECKING:
    from eventlive_sim.engine.kernel.compiler import Compiler

MEMORY = "m"
"""What all functions call the memory of a run."""
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
WHOLE = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor", ast.LShift: "shl",
}  # fmt: skip
REAL = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}


class Expressions:
    """Names and expressions in the body of one function."""

    def __init__(
        self,
        compiler: Compiler,
        function: FunctionType,
        tree: ast.FunctionDef,
        made: Any,
        kinds: list[str],
        returns: str,
    ) -> None:
        self.compiler, self.source, self.tree, self.made = compiler, function, tree, made
        self.kinds, self.returns = kinds, returns
        self.entry = made.append_basic_block("entry")
        self.builder = ir.IRBuilder(made.append_basic_block("body"))
        self.places: dict[str, tuple[str, Any]] = {}
        self.loops: list[tuple[Any, Any]] = []

    def unknown(self, node: ast.AST) -> NotInTheLanguageError:
        """Return the complaint about a node."""
        return NotInTheLanguageError(self.source, node)

    # ---------------------------------------------------------------- names

    def store(self, name: str, value: Value) -> None:
        """Assign to a local name, whose kind is that of its first value."""
        if name not in self.places:
            kind = value[0]
            self.places[name] = (kind, self.place(TYPES[kind]))
        kind, place = self.places[name]
        self.builder.store(self.cast(value, kind), place)

    def place(self, kind: Any) -> Any:
        """Return a place on the stack."""
        builder = ir.IRBuilder(self.entry)
        builder.position_at_start(self.entry)
        return builder.alloca(kind)

    def name(self, node: ast.expr) -> Value:
        """Value of a name."""
        if isinstance(node, ast.Name) and node.id in self.places:
            kind, place = self.places[node.id]
            return kind, self.builder.load(place)
        return self.constant(node, resolve(self.source, node))

    def constant(self, node: ast.AST, value: object) -> Value:
        """Return a number that is known."""
        if isinstance(value, language.Part):
            raise self.unknown(node)
        if isinstance(value, bool):
            return "bool", ir.Constant(I1, int(value))
        if isinstance(value, int):
            kind = "unsigned" if isinstance(value, language.Unsigned) else "int"
            return kind, ir.Constant(I64, language.signed(int(value)))
        if isinstance(value, float):
            return "float", ir.Constant(F64, value)
        raise self.unknown(node)

    # ---------------------------------------------------------------- kinds

    def cast(self, value: Value, kind: str) -> Any:
        """Return a value as another kind."""
        have, number = value
        if have == kind or {have, kind} == {"int", "unsigned"}:
            return number
        if kind == "bool":
            return self.truth(value)
        if kind == "float":
            return self.builder.sitofp(self.cast(value, "int"), F64)
        if have == "bool":
            return self.builder.zext(number, I64)
        return self.builder.fptosi(number, I64)

    def truth(self, value: Value) -> Any:
        """Return whether a value counts as true."""
        kind, number = value
        if kind == "bool":
            return number
        if kind == "float":
            return self.builder.fcmp_unordered("!=", number, ir.Constant(F64, 0.0))
        return self.builder.icmp_signed("!=", number, ir.Constant(I64, 0))

    # ---------------------------------------------------------------- expressions

    def value(self, node: ast.expr) -> Value:
        """Compile an expression."""
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value)
            case ast.Name() | ast.Attribute():
                return self.name(node)
            case ast.Subscript():
                return "int", self.load(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self.arithmetic(node, op, self.value(left), self.value(right))
            case ast.UnaryOp(op=op, operand=operand):
                return self.unary(node, op, self.value(operand))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.compare(left, ops, others)
            case ast.BoolOp(op=op, values=values):
                return self.either(values, stop_at=isinstance(op, ast.Or))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choose(test, body, orelse)
            case ast.Call():
                return self.call(node)
            case _:
                raise self.unknown(node)

    def load(self, node: ast.Subscript) -> Any:
        """Value of a word of memory, or of a part of one."""
        part = self.part(node)
        if part is None:
            return self.builder.load(self.word(node.value, self.value(node.slice)))
        place, kind = part
        return self.builder.sext(self.builder.load(place, typ=kind), I64)

    def part(self, node: ast.Subscript) -> tuple[Any, ir.IntType] | None:
        """Place and type of a part of a word of memory, None if it is a whole one."""
        index, further = node.slice, None
        if isinstance(index, ast.BinOp) and isinstance(index.left, ast.BinOp):
            index, further = index.left, index.right
            if self.part_at(index) is None:
                index, further = node.slice, None
        at = self.part_at(index)
        if at is None or not isinstance(index, ast.BinOp):
            return None
        base = self.cast(self.value(node.value), "int")
        record = self.cast(self.value(index.left), "int")
        place = self.builder.gep(self.builder.inttoptr(base, I64.as_pointer()), [record], source_etype=I64)
        kind, number = ir.IntType(at.bits), ir.Constant(I64, int(at))
        if further is not None:
            number = self.builder.add(number, self.cast(self.value(further), "int"))
        parts = self.builder.bitcast(place, kind.as_pointer())
        return self.builder.gep(parts, [number], source_etype=kind), kind

    def part_at(self, index: ast.expr) -> language.Part | None:
        """Return the part that a sum names at its end, None if it names none."""
        if (
            not isinstance(index, ast.BinOp)
            or not isinstance(index.op, ast.Add)
            or not isinstance(index.right, ast.Name)
        ):
            return None
        if index.right.id in self.places:
            return None
        at = resolve(self.source, index.right)
        return at if isinstance(at, language.Part) else None

    def word(self, memory: ast.expr, index: Value) -> Any:
        """Place of a word of memory."""
        base = self.builder.inttoptr(self.cast(self.value(memory), "int"), I64.as_pointer())
        return self.builder.gep(base, [self.cast(index, "int")], source_etype=I64)

    def arithmetic(self, node: ast.AST, op: ast.operator, left: Value, right: Value) -> Value:
        """Compile an operation on two numbers."""
        builder, kinds = self.builder, {left[0], right[0]}
        if "float" in kinds or isinstance(op, ast.Div):
            if type(op) not in REAL:
                raise self.unknown(node)
            return "float", getattr(builder, REAL[type(op)])(self.cast(left, "float"), self.cast(right, "float"))
        kind = (
            "unsigned"
            if left[0] == "unsigned" or (right[0] == "unsigned" and not isinstance(op, ast.RShift))
            else "int"
        )
        a, b = self.cast(left, "int"), self.cast(right, "int")
        if type(op) in WHOLE:
            return kind, getattr(builder, WHOLE[type(op)])(a, b)
        if isinstance(op, ast.RShift):
            return kind, builder.lshr(a, b) if kind == "unsigned" else builder.ashr(a, b)
        if isinstance(op, ast.FloorDiv) and kind == "int":
            quotient = builder.sdiv(a, b)
            rest = builder.sub(a, builder.mul(quotient, b))
            zero = ir.Constant(I64, 0)
            apart = builder.icmp_signed("<", builder.xor(rest, b), zero)
            below = builder.and_(builder.icmp_signed("!=", rest, zero), apart)
            return kind, builder.sub(quotient, builder.zext(below, I64))
        raise self.unknown(node)

    def unary(self, node: ast.AST, op: ast.unaryop, value: Value) -> Value:
        """Compile an operation on one number."""
        if isinstance(op, ast.Not):
            return "bool", self.builder.not_(self.truth(value))
        if isinstance(op, ast.USub) and value[0] == "float":
            return "float", self.builder.fneg(value[1])
        if isinstance(op, ast.USub):
            return "int", self.builder.neg(self.cast(value, "int"))
        if isinstance(op, ast.Invert):
            return value[0], self.builder.not_(self.cast(value, "int"))
        raise self.unknown(node)

    def compare(self, left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr]) -> Value:
        """Compile comparisons in a row; each is made whatever the one before it says."""
        result, one = None, self.value(left)
        if isinstance(ops[0], ast.In) and isinstance(others[0], ast.Set | ast.Tuple):
            return self.among(one, others[0].elts)
        for op, node in zip(ops, others, strict=True):
            other = self.value(node)
            if type(op) not in COMPARISONS:
                raise self.unknown(node)
            sign = COMPARISONS[type(op)]
            if "float" in {one[0], other[0]}:
                method = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
                found = method(sign, self.cast(one, "float"), self.cast(other, "float"))
            else:
                unsigned = "unsigned" in {one[0], other[0]}
                method = self.builder.icmp_unsigned if unsigned else self.builder.icmp_signed
                found = method(sign, self.cast(one, "int"), self.cast(other, "int"))
            result = found if result is None else self.builder.and_(result, found)
            one = other
        return "bool", result

    def among(self, one: Value, nodes: list[ast.expr]) -> Value:
        """Compile whether a number is one of several."""
        number = self.cast(one, "int")
        found = [self.builder.icmp_signed("==", number, self.cast(self.value(node), "int")) for node in nodes]
        return "bool", functools.reduce(self.builder.or_, found)

    def either(self, nodes: list[ast.expr], *, stop_at: bool) -> Value:
        """Compile ``or`` (stops at true) or ``and`` (stops at false)."""
        after = self.made.append_basic_block()
        found: list[tuple[Any, Any]] = []
        for node in nodes[:-1]:
            value = self.truth(self.value(node))
            found.append((ir.Constant(I1, int(stop_at)), self.builder.block))
            following = self.made.append_basic_block()
            self.builder.cbranch(value, *((after, following) if stop_at else (following, after)))
            self.builder.position_at_end(following)
        found.append((self.truth(self.value(nodes[-1])), self.builder.block))
        return "bool", self.meet(after, I1, found)

    def choose(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> Value:
        """Compile a conditional expression."""
        condition = self.truth(self.value(test))
        then, other, after = (self.made.append_basic_block() for _ in range(3))
        self.builder.cbranch(condition, then, other)
        self.builder.position_at_end(then)
        one = self.value(body)
        kind = one[0]
        ends = [(one[1], self.builder.block)]
        self.builder.position_at_end(other)
        two = self.value(orelse)
        ends.append((self.cast(two, kind), self.builder.block))
        return kind, self.meet(after, TYPES[kind], ends)

    def meet(self, after: Any, kind: Any, ends: list[tuple[Any, Any]]) -> Any:
        """Let blocks go on in one, with the value that each brings; the last of them is the one being written."""
        self.builder.branch(after)
        for _, block in ends:
            if not block.is_terminated:
                ir.IRBuilder(block).branch(after)
        self.builder.position_at_end(after)
        phi = self.builder.phi(kind)
        for value, block in ends:
            phi.add_incoming(value, block)
        return phi

    # ---------------------------------------------------------------- calls

    def call(self, node: ast.Call) -> Value:
        """Compile a call."""
        callee = resolve(self.source, node.func)
        arguments = [self.value(argument) for argument in node.args]
        if isinstance(callee, FunctionType) and "kernel" in callee.__dict__:
            return self.call_kernel(node, callee, arguments)
        return self.call_known(node, callee, arguments)

    def call_kernel(self, node: ast.Call, callee: FunctionType, arguments: list[Value]) -> Value:
        """Call another kernel function."""
        made, returns = self.compiler.function(callee)
        tree = self.compiler.tree(callee)
        kinds = [ANNOTATED[ast.unparse(argument.annotation)] for argument in tree.args.args if argument.annotation]
        if len(arguments) != len(kinds):
            raise self.unknown(node)
        values = [self.cast(value, kind) for value, kind in zip(arguments, kinds, strict=True)]
        result = self.builder.call(made, values)
        return returns, None if returns == "none" else result

    def call_known(self, node: ast.Call, callee: object, arguments: list[Value]) -> Value:
        """Call one of the functions that the language has."""
        builder = self.builder
        if callee is min or callee is max:
            return self.extreme("<" if callee is min else ">", arguments)
        if callee is int:
            return "int", self.cast(arguments[0], "int")
        if callee is language.signed or callee is language.words:
            return "int", self.cast(arguments[0], "int")
        if callee is language.address:
            index = self.builder.shl(self.cast(arguments[1], "int"), ir.Constant(I64, 3))
            return "int", self.builder.add(self.cast(arguments[0], "int"), index)
        if callee is language.prefetch:
            return self.prefetch(arguments)
        if callee is language.unsigned:
            return "unsigned", self.cast(arguments[0], "int")
        if callee is language.real:
            return "float", builder.bitcast(arguments[0][1], F64)
        if callee is language.bits:
            return "int", builder.bitcast(arguments[0][1], I64)
        if callee is math.ceil:
            ceil = self.compiler.module.declare_intrinsic("llvm.ceil", [F64])
            return "float", builder.call(ceil, [self.cast(arguments[0], "float")])
        if callee is language.leading_zeros:
            return "int", builder.ctlz(self.cast(arguments[0], "int"), ir.Constant(I1, 0))
        if callee is language.trailing_zeros:
            return "int", builder.cttz(self.cast(arguments[0], "int"), ir.Constant(I1, 0))
        raise self.unknown(node)

    def prefetch(self, arguments: list[Value]) -> Value:
        """Have a word brought near, to be read and kept."""
        base, index = (self.cast(argument, "int") for argument in arguments)
        place = self.builder.gep(self.builder.inttoptr(base, I64.as_pointer()), [index], source_etype=I64)
        number = ir.IntType(32)
        kind = ir.FunctionType(VOID, [place.type, number, number, number])
        module = self.compiler.module
        known = module.globals.get("llvm.prefetch.p0") or ir.Function(module, kind, "llvm.prefetch.p0")
        self.builder.call(known, [place, *(ir.Constant(number, flag) for flag in (0, 3, 1))])
        return "none", None

    def extreme(self, sign: str, arguments: list[Value]) -> Value:
        """Return the least or the greatest; the first of equals."""
        kind = "float" if "float" in {kind for kind, _ in arguments} else "int"
        best = self.cast(arguments[0], kind)
        for argument in arguments[1:]:
            other = self.cast(argument, kind)
            if kind == "float":
                better = self.builder.fcmp_ordered(sign, other, best)
            else:
                better = self.builder.icmp_signed(sign, other, best)
            best = self.builder.select(better, other, best)
        return kind, best
