"""Colours of all pictures, and how wide one is on a phone."""

from __future__ import annotations

ONE, OTHER = "#d55e00", "#1f83c9"
"""Vermilion and blue, after Okabe and Ito: told apart by everybody, and seen on light and on dark ground."""
GOOD, BAD, DULL = "#009e73", "#d0342c", "#8a8f98"
NARROW = 560
"""Width under which a picture is a phone's [px]."""
