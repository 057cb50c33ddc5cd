"""What the pages say, in each language; one catalogue holds all of it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("words.toml")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Sentences by key, such as ``lab.title``, and language."""
    sections = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{section}.{key}": said for section, keys in sections.items() for key, said in keys.items()}


def say(language: str, key: str, /, **values: object) -> str:
    """Sentence of a key in a language, with its values put in.

    Raises
    ------
    KeyError
        If the catalogue has no such key or language: our fault.
    """
    said = catalogue()[key][language]
    return said.format(**values) if values else said
