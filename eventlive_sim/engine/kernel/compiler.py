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

from eventlive_sim.engine.kernel.kinds import ANNOTATED, I1, I64, TYPES, resolve
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


class Compiler:
    """Compiles a function and all that it calls into one module."""

    def __init__(self, sources: dict[str, str] | None = None) -> None:
        self.module = ir.Module("kernel")
        self.sources = sources or {}
        self.known: dict[FunctionType, tuple[Any, str, bool]] = {}
        self.trees: dict[FunctionType, ast.FunctionDef] = {}
        self._failing: dict[FunctionType, bool] = {}

    def tree(self, function: FunctionType) -> ast.FunctionDef:
        """Return the syntax of a function, or of the source that replaces it."""
        if function not in self.trees:
            name = f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"
            source = self.sources.get(name)
            self.trees[function] = syntax_of(function) if source is None else parsed(source)
        return self.trees[function]

    def callees(self, function: FunctionType) -> list[FunctionType]:
        """Kernel functions that a function calls."""
        calls = (node.func for node in ast.walk(self.tree(function)) if isinstance(node, ast.Call))
        found = (resolve(function, call) for call in calls)
        return [callee for callee in found if isinstance(callee, FunctionType) and "kernel" in callee.__dict__]

    def failing(self, function: FunctionType) -> bool:
        """Whether a function, or one that it calls, raises."""
        if function not in self._failing:
            self._failing[function] = False  # of a recursion the other members decide
            raises = any(isinstance(node, ast.Raise) for node in ast.walk(self.tree(function)))
            self._failing[function] = any([raises, *(self.failing(callee) for callee in self.callees(function))])
        return self._failing[function]

    def function(self, function: FunctionType) -> tuple[Any, str, bool]:
        """Return the LLVM function, the kind that it returns, and whether it can fail."""
        if function not in self.known:
            tree = self.tree(function)
            returns = ANNOTATED[ast.unparse(tree.returns)] if tree.returns else "none"
            fails = self.failing(function)
            kinds = [ANNOTATED[ast.unparse(argument.annotation)] for argument in tree.args.args if argument.annotation]
            value = TYPES[returns]
            places = [value.as_pointer()] if fails and returns != "none" else []
            name = f"{function.__module__.rsplit('.', 1)[1]}.{function.__name__}"
            made = ir.Function(
                self.module, ir.FunctionType(I1 if fails else value, [*places, *(TYPES[kind] for kind in kinds)]), name
            )
            made.linkage = "internal"
            made.attributes.add("nounwind")
            if function.__dict__["kernel"]:
                made.attributes.add(function.__dict__["kernel"])
            self.known[function] = (made, returns, fails)
            Body(self, function, tree, made, kinds, returns, fails=fails).compile()
        return self.known[function]

    def entry(self, function: FunctionType, name: str) -> str:
        """Compile a function of words that returns a word; the text of the module, in which it has a name."""
        made, _, fails = self.function(function)
        outer = ir.Function(self.module, ir.FunctionType(I64, [I64] * len(self.tree(function).args.args)), name)
        builder = ir.IRBuilder(outer.append_basic_block())
        if fails:
            place = builder.alloca(I64)
            failed = builder.call(made, [place, *outer.args])
            builder.ret(builder.select(failed, ir.Constant(I64, -1), builder.load(place)))
        else:
            builder.ret(builder.call(made, outer.args))
        return str(self.module)
