"""A store of results: a folder of Parquet parts and a manifest, to which points are appended one by one.

What was simulated is known by its content: what a design and scenario come to, seed and code. A part is written beside its place, flushed to disk and then
renamed, so that a study that is killed, or finds the disk full, loses no point that was done and leaves no half one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from eventlive_sim.errors import EventLiveError, ModelError

Row = tuple[str, str, str, int, str, float, str]
"""Of a part: setting, content, code, seed, measure, value, why there is none."""

STORE_SCHEMA = "eventlive-store/2"
PARTS_MOST = 64
"""Parts from which they are put together when a store is opened."""
_MANIFEST, _LOCK, _BROKEN = "manifest.json", "lock", "broken"
_COLUMNS = pa.schema(
    [
        ("setting", pa.string()),
        ("content", pa.string()),
        ("code", pa.string()),
        ("seed", pa.int64()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("why", pa.string()),
    ]
)


class StoreError(EventLiveError):
    """Results cannot be kept: the disk is full, or may not be written. What was kept before is whole."""


@dataclass(frozen=True)
class Figure:
    """One measure of a replication; where it is not a number, why there is none."""

    value: float
    why: str = ""


Figures = tuple[Figure, ...]
"""What was measured in a replication, in the order of the measures."""


@dataclass
class Store:
    """An open store; see ``opened``.

    Attributes
    ----------
    broken : list of str
        Parts that could not be read; they were put aside, and what they held is simulated again.
    new : int
        Replications that were kept since it was opened.
    """

    folder: Path
    code: str
    broken: list[str] = field(default_factory=list)
    new: int = 0
    _contents: dict[str, str] = field(default_factory=dict)
    _figures: dict[tuple[str, int, str], Figure] = field(default_factory=dict)
    _parts: int = 0

    # ---------------------------------------------------------------- asking

    def content_of(self, setting: str) -> str | None:
        """What a setting was found to come to; None if nobody asked for it."""
        return self._contents.get(setting)

    def figures(self, content: str, seed: int, measures: Sequence[str]) -> Figures | None:
        """What was measured in a replication; None if it is not known whole."""
        found = [self._figures.get((content, seed, measure)) for measure in measures]
        whole = tuple(one for one in found if one is not None)
        return whole if len(whole) == len(found) else None

    # ---------------------------------------------------------------- keeping

    def ask(self, question: str, told: dict[str, Any]) -> None:
        """Write a question into the manifest, so that people know what the parts are."""
        manifest = self._manifest()
        manifest["asked"][question] = told
        _write(self.folder / _MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())

    def keep(
        self, content: str, replications: dict[int, Figures], measures: Sequence[str], *, setting: str = ""
    ) -> None:
        """Append what was measured, by seed; and of which setting, if it is to be found by that too.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        rows: list[Row] = [
            (setting, content, self.code, seed, measure, one.value, one.why)
            for seed, figures in replications.items()
            for measure, one in zip(measures, figures, strict=True)
        ]
        self._put(rows)
        self._take(rows)
        self.new += len(replications)

    def _put(self, rows: Iterable[Row]) -> Path:
        columns = list(zip(*rows, strict=True))
        table = pa.table(
            [pa.array(column, kind.type) for column, kind in zip(columns, _COLUMNS, strict=True)], _COLUMNS
        )
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        path = self.folder / f"part-{self._parts:08d}.parquet"
        _write(path, sink.getvalue().to_pybytes())
        self._parts += 1
        return path

    def _take(self, rows: Iterable[Row]) -> None:
        for setting, content, code, seed, measure, value, why in rows:
            if code == self.code:
                self._figures[content, seed, measure] = Figure(value, why)
                if setting:
                    self._contents[setting] = content

    # ---------------------------------------------------------------- opening

    def _manifest(self) -> dict[str, Any]:
        path = self.folder / _MANIFEST
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except ValueError as error:
            raise _no_manifest(path, str(error)) from error
        if not isinstance(found, dict) or not isinstance(found.setdefault("asked", {}), dict):
            raise _no_manifest(path, "it holds no mapping, or none of what was asked")
        said = found.setdefault("schema", STORE_SCHEMA)
        if said != STORE_SCHEMA:
            raise ModelError(
                f"{path} says {said!r}", f"this version reads {STORE_SCHEMA}: name another folder", rule="bad-store"
            )
        return dict(found)

    def load(self) -> None:
        """Read every part; put aside what cannot be read, and put many parts together."""
        self._manifest()
        for path in self.folder.glob("*.writing"):
            path.unlink()
        parts, tables = sorted(self.folder.glob(f"part-{'[0-9]' * 8}.parquet")), []
        for path in list(parts):
            try:
                tables.append(pq.read_table(path).cast(_COLUMNS))
            except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, ValueError) as error:
                parts.remove(path)
                self._put_aside(path, str(error).splitlines()[0])
        self._parts = 1 + max((int(path.stem.split("-")[1]) for path in parts), default=-1)
        rows = [tuple(row.values()) for table in tables for row in table.to_pylist()]
        self._take(rows)
        if len(parts) > PARTS_MOST:
            self._put(row for row in rows if row[2] == self.code)
            for path in parts:
                path.unlink()

    def _put_aside(self, path: Path, why: str) -> None:
        aside = self.folder / _BROKEN
        aside.mkdir(exist_ok=True)
        path.replace(aside / path.name)
        self.broken.append(f"{path.name}: {why}")


def opened_if(folder: Path | None) -> AbstractContextManager[Store | None]:
    """Open a store if one is named."""
    return nullcontext() if folder is None else opened(folder)


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open a store, made when it is missing, for one study at a time.

    Raises
    ------
    ModelError
        If another study has it open, it is no store, or of another version.
    StoreError
        If it cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise _cannot(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it, however the study ends
        except OSError as error:
            remedy = "wait for it, or name another folder"
            raise ModelError(f"another study has {folder} open", remedy, rule="store-taken") from error
        store = Store(folder, code_digest())
        try:
            store.load()
        except OSError as error:
            raise _cannot(folder, error) from error
        yield store


@cache
def code_digest() -> str:
    """SHA-256 over the program's own files: what another version simulated is no result of this one."""
    hasher = hashlib.sha256()
    root = Path(str(resources.files("eventlive_sim")))
    for path in sorted(root.rglob("*.py")):
        hasher.update(f"{path.relative_to(root)}|".encode())
        hasher.update(path.read_bytes())
    return hasher.hexdigest()[:16]


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".writing")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
        _settle(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _cannot(path, error) from error


def _settle(folder: Path) -> None:
    """Have the folder itself on disk, so that a renamed file is there after a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_manifest(path: Path, why: str) -> ModelError:
    return ModelError(f"{path} is no manifest: {why}", "remove it, or name another folder", rule="bad-store")


def _cannot(path: Path, error: OSError) -> StoreError:
    why = error.strerror or str(error)
    return StoreError(f"{path} cannot be written: {why}; what was kept before is whole: make room and ask again")
