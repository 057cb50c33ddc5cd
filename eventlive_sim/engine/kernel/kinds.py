"""Kinds of values in the kernel's language, what a name stands for, and the complaint about what is not in it."""

from __future__ import annotations

import ast
import builtins
from types import FunctionType
from typing import Any

from llvmlite import ir

I64, I32, I8, I1 = map(ir.IntType, (64, 32, 8, 1))
F64, VOID = ir.DoubleType(), ir.VoidType()
ANNOTATED = {"int": "int", "bool": "bool", "float": "float", "Unsigned": "unsigned", "None": "none", "Words": "int"}
TYPES = {"int": I64, "unsigned": I64, "bool": I1, "float": F64, "none": VOID}

Value = tuple[str, Any]
"""A kind (``int``, ``unsigned``, ``bool``, ``float``, ``none``) and its LLVM value."""


class NotInTheLanguageError(TypeError):
    """A kernel function that the compiler does not know how to compile."""

    def __init__(self, function: FunctionType, node: ast.AST) -> None:
        where = f"{function.__module__}.{function.__qualname__}, line {getattr(node, 'lineno', 0)} of it"
        super().__init__(f"{where}: {ast.unparse(node)} is not in the kernel's language")


def resolve(function: FunctionType, node: ast.expr) -> Any:
    """Return what a name, or an attribute of a module, stands for."""
    if isinstance(node, ast.Name):
        return function.__globals__.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        return getattr(resolve(function, node.value), node.attr, None)
    return None
