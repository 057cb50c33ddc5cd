"""Which designs and scenarios a visitor may name: those that come with the program, and what visitors uploaded."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any, Literal

import platformdirs

from eventlive_sim.errors import ModelError
from eventlive_sim.model.resolve import design_names, resolve_design, resolve_scenario, scenario_names
from eventlive_sim.model.yaml import load

UPLOAD = re.compile(r"upload-[0-9a-f]{16}")
"""Name of an uploaded file: of its content, so that it says nothing of who sent it, and names nothing else."""
TEXT_MOST = 2_000
UPLOAD_MOST = 1 << 17
"""Bytes of a file: the largest design that ships has 25,000 when it is written out."""
_UPLOADS_MOST = 500


def home() -> Path:
    """Folder of what the application keeps; EVENTLIVE_APP_HOME says another."""
    return Path(os.environ.get("EVENTLIVE_APP_HOME") or platformdirs.user_cache_path("eventlive-sim") / "app")


def uploads() -> Path:
    """Folder of uploaded files."""
    return home() / "uploads"


def known_expression(text: str) -> str:
    """Expression as the model reads it, its base a design that comes with the program or was uploaded.

    Raises
    ------
    ModelError
        If the base is anything else: a visitor does not get to read the files of the server.
    """
    base, plus, tickets = text.strip().partition("+")
    names = design_names()
    if len(text) > TEXT_MOST:
        raise ModelError(f"a design named in {len(text):,} letters", f"write at most {TEXT_MOST:,}", rule="too-long")
    if base.strip() in names:
        return text.strip()
    file = _uploaded(base.strip())
    if file is None:
        shown = base.strip()[:60]
        remedy = f"write one of {', '.join(names)}, then +TICKET:OPTION, or upload a file"
        raise ModelError(f"there is no design called {shown!r}", remedy, rule="unknown-design")
    return f"{file}{plus}{tickets}"


def known_scenario(name: str) -> str:
    """Scenario as the model reads it; otherwise as ``known_expression``."""
    names = scenario_names()
    if name in names or (len(name) < 60 and name in {one.split("_", 1)[0] for one in names}):
        return name
    file = _uploaded(name)
    if file is None:
        remedy = f"write one of {', '.join(names)}, or upload a file"
        raise ModelError(f"there is no scenario called {name[:60]!r}", remedy, rule="unknown-scenario")
    return str(file)


def _uploaded(name: str) -> Path | None:
    file = uploads() / f"{name}.yaml"
    return file if UPLOAD.fullmatch(name) and file.is_file() else None


def uploaded_names() -> list[str]:
    """Names of all uploaded files, the newest first."""
    files = sorted(uploads().glob("upload-*.yaml"), key=lambda path: -path.stat().st_mtime) if home().exists() else []
    return [path.stem for path in files]


def take(content: bytes) -> tuple[Literal["design", "scenario"], str]:
    """Keep an uploaded design or scenario, if it is one.

    Returns
    -------
    kind, name : str
        What it is, and by which name it goes from now on.

    Raises
    ------
    ModelError, ModelErrors
        If it is too large, no YAML, has aliases, names files of the server, or is no valid design or scenario.
    """
    if len(content) > UPLOAD_MOST:
        raise ModelError(f"the file has {len(content):,} bytes", f"give at most {UPLOAD_MOST:,}", rule="too-large")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError("the file is no UTF-8 text", "save it as UTF-8", rule="not-text") from error
    parts = load(text, "upload").data
    if not isinstance(parts, dict):
        raise ModelError("the file is no mapping", "write a design or a scenario", rule="not-a-mapping")
    _refuse_paths(parts)
    kind: Literal["design", "scenario"] = "design" if {"endpoints", "base"} & set(parts) else "scenario"
    name = f"upload-{hashlib.sha256(content).hexdigest()[:16]}"
    file = uploads() / f"{name}.yaml"
    fresh = not file.exists()
    uploads().mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        if kind == "design":
            resolve_design(str(file))
        else:
            resolve_scenario(str(file))
    except Exception:
        if fresh:
            file.unlink()
        raise
    for old in uploaded_names()[_UPLOADS_MOST:]:
        (uploads() / f"{old}.yaml").unlink(missing_ok=True)
    return kind, name


def _refuse_paths(parts: dict[str, Any]) -> None:
    """Refuse what would read other files than this one and the program's own."""
    if "include" in parts:
        raise ModelError("an uploaded file includes others", "write everything in one file", rule="upload-include")
    if "base" in parts and parts["base"] not in design_names():
        remedy = f"write one of {', '.join(design_names())}"
        raise ModelError(f"an uploaded design is based on {str(parts['base'])[:60]!r}", remedy, rule="upload-base")
