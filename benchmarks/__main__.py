"""``python -m benchmarks`` measures the engines beside C, SimPy and other libraries; ``--help`` says how much."""

from __future__ import annotations

from benchmarks.table import main

if __name__ == "__main__":
    main()
