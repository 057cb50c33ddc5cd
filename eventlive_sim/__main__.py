"""``python -m eventlive_sim`` is the command ``eventlive-sim``."""

from __future__ import annotations

from eventlive_sim.cli import main

if __name__ == "__main__":
    main()
