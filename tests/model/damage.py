"""Ways to damage the text of a file: slips of the pen, of an editor, and of a disk. Each is a choice of its generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Damage = Callable[[str, random.Random], bytes]

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_VALUE = re.compile(r"(?<=: )[^\s{}\[\],#][^{}\[\],#\n]*|(?<=- )[^\s{}\[\],#:]+$", re.MULTILINE)
_ODD = (
    *("-1", "0", "-5s", "0s", "1e400", "99999999999999999999", "9" * 50, ".nan", "-.inf", "1e9h", "100000d", "12"),
    *(
        "null",
        "true",
        "[]",
        "{}",
        "[1, 2]",
        "{a: {b: c}}",
        "''",
        '"\\0"',
        "text",
        "*x",
        "&x 3",
        "!!python/name:os.system 1",
    ),
    *("{value: }", "{value: 3, range: [9, 1]}", "{like: nothing/here}", "uniform(9s, 1s)", "lognormal(mean=1s, cv=-1)"),
    *("'커피'", "|", ">-", "?", "%", "@", "`", "$(id)", "../../../etc/passwd", "0x7fffffffffffffffffff", "=", "<<"),
)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _line_lost(text: str, draw: random.Random) -> bytes:
    lines = _lines(text)
    del lines[draw.randrange(len(lines))]
    return "".join(lines).encode()


def _line_twice(text: str, draw: random.Random) -> bytes:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    return "".join([*lines[: at + 1], *lines[at:]]).encode()


def _lines_changed_over(text: str, draw: random.Random) -> bytes:
    lines = _lines(text)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines).encode()


def _shifted(text: str, draw: random.Random) -> bytes:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    lines[at] = draw.choice([" ", "  ", "    ", "\t", "\u00a0"]) + lines[at]
    return "".join(lines).encode()


def _odd_value(text: str, draw: random.Random) -> bytes:
    found = list(_VALUE.finditer(text))
    if not found:
        return _line_lost(text, draw)
    place = draw.choice(found)
    return (text[: place.start()] + draw.choice(_ODD) + text[place.end() :]).encode()


def _renamed(text: str, draw: random.Random) -> bytes:
    """One word, so that whoever names it names what is not there, or the other way round."""
    place = draw.choice(list(_WORD.finditer(text)))
    word: str = place.group()
    other: str = draw.choice(
        [word[:-1], word + "x", word.upper(), word[1:], "__class__", draw.choice(_WORD.findall(text))]
    )
    return (text[: place.start()] + other + text[place.end() :]).encode()


def _cut_off(text: str, draw: random.Random) -> bytes:
    raw = text.encode()
    return raw[: draw.randrange(len(raw))]


def _put_in(text: str, draw: random.Random) -> bytes:
    at = draw.randrange(len(text))
    sign = draw.choice(
        ["\t", "\0", "\u2028", "\ufeff", "{", "}", "[", ":", ": ", "#", "'", '"', "\n", "\r", "---\n", "*"]
    )
    return (text[:at] + sign + text[at:]).encode()


def _other_encoding(text: str, draw: random.Random) -> bytes:
    encoding: str = draw.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037"])
    return (text + "# é\n").encode(encoding, "replace")


def _bit_turned(text: str, draw: random.Random) -> bytes:
    raw = bytearray(text.encode())
    raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return bytes(raw)


WAYS: tuple[Damage, ...] = (
    *(_line_lost, _line_twice, _lines_changed_over, _shifted, _odd_value, _odd_value, _odd_value),
    *(_renamed, _renamed, _cut_off, _put_in, _put_in, _other_encoding, _bit_turned),
)
"""Those that go furthest into the loader stand here more than once."""


def damaged(text: str, draw: random.Random) -> bytes:
    """Damage a text once."""
    way: Damage = draw.choice(WAYS)
    return way(text, draw)
