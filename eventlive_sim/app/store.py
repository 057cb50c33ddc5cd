"""Results of long studies on disk, by what made them: a link brings them back, whoever opens it and whenever."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from eventlive_sim.app.places import home
from eventlive_sim.errors import ModelError

SCHEMA = "eventlive-study/1"
BYTES_MOST = 8 << 20
_KEPT = 500
_KEY = re.compile(r"[0-9a-f]{16}|upload-[0-9a-f]{16}")


@dataclass(frozen=True)
class Kept:
    """A study that is over: what was asked, and the document that came of it."""

    key: str
    kind: str
    params: dict[str, Any]
    document: dict[str, Any]

    @property
    def ours(self) -> bool:
        """Whether it was computed here, and not brought by somebody."""
        return not self.key.startswith("upload-")

    @property
    def text(self) -> str:
        """Text of its file."""
        parts = {"schema": SCHEMA, "kind": self.kind, "params": self.params, "document": self.document}
        return json.dumps(parts, indent=1, ensure_ascii=False) + "\n"


def key_of(kind: str, params: dict[str, Any]) -> str:
    """Key of a study: the same question to the same version has the same one."""
    asked = json.dumps([metadata.version("eventlive-sim"), kind, params], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def put(kept: Kept) -> None:
    """Keep a result; who reads meanwhile sees all of it or nothing."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(kept.text)
    Path(name).replace(folder / f"{kept.key}.json")
    files = sorted(folder.glob("*.json"), key=lambda path: -path.stat().st_mtime)
    for old in files[_KEPT:]:
        old.unlink(missing_ok=True)


def get(key: str) -> Kept | None:
    """Result of a key; None if there is none, or the key is none."""
    file = _folder() / f"{key}.json"
    if not _KEY.fullmatch(key) or not file.is_file():
        return None
    return _read(key, file.read_bytes())


def take(content: bytes) -> Kept:
    """Keep a result that somebody brings, under a name of its own: it never stands for one that was computed here.

    Raises
    ------
    ModelError
        If it is no result of a study.
    """
    kept = _read(f"upload-{hashlib.sha256(content).hexdigest()[:16]}", content)
    put(kept)
    return kept


def _read(key: str, content: bytes) -> Kept:
    remedy = "give a file that a page of this application wrote"
    if len(content) > BYTES_MOST:
        raise ModelError(f"the result has {len(content):,} bytes", f"give at most {BYTES_MOST:,}", rule="too-large")
    try:
        parts = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelError("the result is no JSON", remedy, rule="not-a-result") from error
    if not isinstance(parts, dict) or parts.get("schema") != SCHEMA:
        raise ModelError(f"the result does not say {SCHEMA}", remedy, rule="not-a-result")
    kind, params, document = (parts.get(name) for name in ("kind", "params", "document"))
    if not isinstance(kind, str) or not isinstance(params, dict) or not isinstance(document, dict):
        raise ModelError("the result lacks kind, params or document", remedy, rule="not-a-result")
    return Kept(key, kind, params, document)


def _folder() -> Path:
    return home() / "results"
