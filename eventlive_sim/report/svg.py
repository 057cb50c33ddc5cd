"""Pieces of pictures as SVG: text, shades of one hue, the frame with its title and its description."""

from __future__ import annotations

from html import escape

GREY = "#444444"
_PALE, _DARK = (255, 247, 236), (153, 27, 27)
"""Colours of 0 and 1: one hue from light to dark, which everybody can tell apart."""
_LUMINANCE_WHITE = 0.179
"""Relative luminance below which white text stands out more than black, and either by 4.5 to 1 at least."""


def text(
    x: float, y: float, said: str, *, anchor: str = "start", fill: str = "#1a1a1a", size: int = 14, bold: bool = False
) -> str:
    """A line of text at a point [px]."""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{weight} fill="{fill}">{escape(said)}</text>'


def shade(share: float) -> str:
    """Colour of a share, 0 to 1, from light to dark."""
    return "#" + "".join(f"{part:02x}" for part in _mixed(share))


def _mixed(share: float) -> tuple[int, ...]:
    return tuple(round(pale + share * (dark - pale)) for pale, dark in zip(_PALE, _DARK, strict=True))


def ink(share: float) -> str:
    """Colour of text that can be read on that shade."""
    parts = [part / 255 for part in _mixed(share)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#ffffff" if luminance < _LUMINANCE_WHITE else "#000000"


def picture(width: float, height: float, title: str, told: str, parts: list[str]) -> str:
    """A whole picture; `told` says in sentences what it shows, for those who do not see it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        'role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">'
    )
    lines = [
        head,
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(told)}</desc>',
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
