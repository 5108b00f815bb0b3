"""Layouts of a composed picture, as data: who stands where on the canvas.

| Layout           | Shows                                                                     |
|------------------|---------------------------------------------------------------------------|
| `grid`           | everybody in cells of one size                                            |
| `speaker`        | whoever speaks, or the shared screen, large; up to four others beside it  |
| `single-speaker` | whoever speaks, or the shared screen, alone                               |
| `side-by-side`   | whoever speaks, or the shared screen, and one other, equally large        |
| `picture-in-picture` | whoever speaks, or the shared screen, with one other in its corner    |

Each has a dark and a light form (`grid-light`), as in LiveKit, which knows the first three. Behind the name
may stand who is pinned (`speaker;pinned=ada`): large or alone before a screen and whoever speaks, and first
in a grid and side by side.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

Name = Literal["grid", "speaker", "single-speaker", "side-by-side", "picture-in-picture"]
NAMES: tuple[str, ...] = get_args(Name)
MOST_TILES = 16
GAP = 8  # pixels between tiles
BESIDE = 4  # tiles beside the large one
CORNER = 4  # a picture in the picture takes one in so many of the width and of the height
STRIP = 4  # the strip beside the large tile takes one in so many of the width


PINNED = ";pinned="  # between the name and an identity


class Layout(NamedTuple):
    name: str
    is_light: bool = False
    pinned: str = ""  # an identity, with all its connections (`tracks.programme.is_of`); empty: nobody


class Box(NamedTuple):
    """A tile in pixels; all four are even, as 4:2:0 needs."""

    x: int
    y: int
    width: int
    height: int


def parse(text: str) -> Layout | None:
    """None for a name that is no layout of ours."""
    text, _, pinned = text.partition(PINNED)
    name, is_light = text.removesuffix("-light"), text.endswith("-light")
    name = name.removesuffix("-dark")
    return Layout(name, is_light, pinned) if name in NAMES else None


def pinned_in(text: str) -> str:
    """Who is pinned by a layout's text; empty: nobody."""
    return text.partition(PINNED)[2]


def arrange(layout: Layout, tiles: Sequence[int], first: int | None, size: tuple[int, int]) -> dict[int, Box]:
    """Where each tile stands. `first`: the tile that counts most, if any; it is one of `tiles`."""
    if not tiles:
        return {}
    main = first if first is not None and first in tiles else tiles[0]
    if layout.name == "single-speaker" or len(tiles) == 1:
        return {main: Box(0, 0, *size)}
    if layout.name == "grid":
        return _grid(tiles[:MOST_TILES], size)
    others = [tile for tile in tiles if tile != main][:BESIDE]
    if layout.name == "side-by-side":
        return _grid(sorted((main, others[0]), key=tiles.index), size)  # nobody changes sides to speak
    if layout.name == "picture-in-picture":
        width, height = _even(size[0] / CORNER), _even(size[1] / CORNER)
        left, top = size[0] - width - 4 * GAP, size[1] - height - 4 * GAP
        return {main: Box(0, 0, *size), others[0]: Box(left, top, width, height)}
    strip = _even(size[0] / STRIP)
    found = {main: Box(0, 0, size[0] - strip - GAP, size[1])}
    height = _even((size[1] - GAP * (BESIDE - 1)) / BESIDE)
    for row, tile in enumerate(others):
        found[tile] = Box(size[0] - strip, row * (height + GAP), strip, height)
    return found


def _grid(tiles: Sequence[int], size: tuple[int, int]) -> dict[int, Box]:
    columns = math.ceil(math.sqrt(len(tiles)))
    rows = math.ceil(len(tiles) / columns)
    width = _even((size[0] - GAP * (columns - 1)) / columns)
    height = _even((size[1] - GAP * (rows - 1)) / rows)
    found = {}
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        in_row = min(columns, len(tiles) - row * columns)
        # A last row that is not full stands in the middle.
        left = _even((size[0] - in_row * width - (in_row - 1) * GAP) / 2)
        found[tile] = Box(left + column * (width + GAP), row * (height + GAP), width, height)
    return found


def _even(length: float) -> int:
    return int(length) // 2 * 2
