"""Turns kernel functions into code for LLVM.

The language (`engine.kernel.language`) is small enough to go to LLVM directly, by the library that Numba stands on; Numba's own
front end takes most of the time of a compilation, which whoever simulates for the first time has to wait for.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import FunctionType
from typing import Any

from llvmlite import ir

from eventlive_sim.engine.kernel.kinds import ANNOTATED, I8, I32, I64, TYPES, VOID
from eventlive_sim.engine.kernel.statements import Body


def syntax_of(function: FunctionType) -> ast.FunctionDef:
    """Return the syntax of a function."""
    return parsed(textwrap.dedent(inspect.getsource(function)))


def parsed(source: str) -> ast.FunctionDef:
    """Return the syntax of the text of a function."""
    tree = ast.parse(source).body[0]
    if not isinstance(tree, ast.FunctionDef):
        message = f"{source.splitlines()[0]} ... is no function"
        raise TypeError(message)
    return tree


JUMP_BYTES, JUMP_ALIGNED = 1024, 16
"""Room for what ``setjmp`` keeps, more than any machine needs, and how it is aligned."""


class Compiler:
    """Compiles a function and all that it calls into one module.

    Parameters
    ----------
    sources : dict, optional
        Text of functions, by module and name, that replaces theirs.
    jump : int, optional
        Which word of memory names the place that a failure jumps to.
    """

    def __init__(self, sources: dict[str, str] | None = None, jump: int = 0) -> None:
        self.module = ir.Module("kernel")
        self.sources = sources or {}
        self.jump = jump
        self.known: dict[FunctionType, tuple[Any, str]] = {}
        self.trees: dict[FunctionType, ast.FunctionDef] = {}

    def tree(self, function: FunctionType) -> ast.FunctionDef:
        """Return the syntax of a function, or of the source that replaces it."""
        if function not in self.trees:
            name = f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"
            source = self.sources.get(name)
            self.trees[function] = syntax_of(function) if source is None else parsed(source)
        return self.trees[function]

    def function(self, function: FunctionType) -> tuple[Any, str]:
        """Return the LLVM function, and the kind that it returns."""
        if function not in self.known:
            tree = self.tree(function)
            returns = ANNOTATED[ast.unparse(tree.returns)] if tree.returns else "none"
            kinds = [ANNOTATED[ast.unparse(argument.annotation)] for argument in tree.args.args if argument.annotation]
            name = f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"
            made = ir.Function(self.module, ir.FunctionType(TYPES[returns], [TYPES[kind] for kind in kinds]), name)
            made.linkage = "internal"
            made.attributes.add("nounwind")
            if function.__dict__["kernel"]:
                made.attributes.add(function.__dict__["kernel"])
            self.known[function] = (made, returns)
            Body(self, function, tree, made, kinds, returns).compile()
        return self.known[function]

    def outside(self, name: str, attribute: str, returns: Any, arguments: list[Any]) -> Any:
        """Return a function of the C library."""
        made = self.module.globals.get(name)
        if made is None:
            made = ir.Function(self.module, ir.FunctionType(returns, arguments), name)
            made.attributes.add(attribute)
        return made

    def raised(self) -> Any:
        """Return ``_longjmp``, which belongs to ``_setjmp``: all callers end at once, back to where `entry` called them."""
        return self.outside("_longjmp", "noreturn", VOID, [I8.as_pointer(), I32])

    def entry(self, function: FunctionType, name: str) -> str:
        """Compile a function of words that returns a word, -1 after a failure; the text of the module, in which it has a name."""
        made, _ = self.function(function)
        outer = ir.Function(self.module, ir.FunctionType(I64, [I64] * len(self.tree(function).args.args)), name)
        builder = ir.IRBuilder(outer.append_basic_block())
        if "_longjmp" in self.module.globals:
            made.attributes.add("noinline")  # what is called twice from one place is optimised badly
            place = builder.alloca(ir.ArrayType(I8, JUMP_BYTES))
            place.align = JUMP_ALIGNED
            kept = builder.bitcast(place, I8.as_pointer())
            begin = self.outside("_setjmp", "returns_twice", I32, [I8.as_pointer()])
            again = builder.icmp_signed("!=", builder.call(begin, [kept]), ir.Constant(I32, 0))
            with builder.if_then(again, likely=False):
                builder.ret(ir.Constant(I64, -1))
            word = builder.gep(
                builder.inttoptr(outer.args[0], I64.as_pointer()), [ir.Constant(I64, self.jump)], source_etype=I64
            )
            builder.store(builder.ptrtoint(place, I64), word)
        builder.ret(builder.call(made, outer.args))
        return str(self.module)
