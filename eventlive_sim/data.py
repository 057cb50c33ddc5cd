"""Where the models and experiments that come with the program lie.

In a checkout they are folders at its root, where people read and edit them. A wheel carries them inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_data"


def models_dir() -> Path:
    """Folder of the designs, tickets and platforms."""
    return _home() / "models"


def experiments_dir() -> Path:
    """Folder of the scenarios with their budgets."""
    return _home() / "experiments"


def _home() -> Path:
    return _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
