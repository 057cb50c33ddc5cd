"""Pages of memory: where hardly any word is ever touched, the machine is asked to bring small ones."""

from __future__ import annotations

import ctypes
import mmap
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventlive_sim.program.program import Int64Array

_NO_HUGE_PAGES = 15
"""``MADV_NOHUGEPAGE`` of Linux, where numpy asks for pages of 2 MiB for every large array; mmap(2) knows its number, Python
only that of mappings it made itself."""


def small_pages(memory: Int64Array, first: int, stop: int) -> None:
    """Ask for small pages between two words; whether the machine does so costs memory, nothing else."""
    if not sys.platform.startswith("linux"):
        return
    start = -(-(memory.ctypes.data + first * memory.itemsize) // mmap.PAGESIZE) * mmap.PAGESIZE
    length = (memory.ctypes.data + stop * memory.itemsize - start) // mmap.PAGESIZE * mmap.PAGESIZE
    if length <= 0:
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    advise(start, length, _NO_HUGE_PAGES)
