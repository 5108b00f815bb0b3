"""A canvas with several pictures on it. Pictures wait, scaled to their tile, until their time has come."""

from collections import deque
from collections.abc import Iterable

import av

from livehall.media.egress import layouts
from livehall.media.egress.layouts import Box, Layout

WAITING = 30  # pictures of one view that may wait for their time
BLACK, GREY, WHITE = 16, 128, 235  # luma of an empty canvas, chroma without colour


class _View:
    """One sender: what it showed last, and what it will show."""

    def __init__(self) -> None:
        self.last: av.VideoFrame | None = None  # as it came, for another size
        self.shown: av.VideoFrame | None = None
        self.coming: deque[tuple[int, av.VideoFrame]] = deque(maxlen=WAITING)

    def at(self, position: int) -> av.VideoFrame | None:
        while self.coming and self.coming[0][0] <= position:
            self.shown = self.coming.popleft()[1]
        return self.shown


class Composer:
    """Tiles are known by their index; positions are 1/90,000 s on the recording's line."""

    def __init__(self, layout: Layout, size: tuple[int, int]) -> None:
        self._layout, self._size = layout, size
        self._tiles: tuple[int, ...] = ()
        self._first: int | None = None
        self._views: dict[int, _View] = {}
        self._boxes: dict[int, Box] = {}

    def arrange(
        self, tiles: Iterable[int] | None = None, first: int | None = None, layout: Layout | None = None
    ) -> None:
        """Who is to be seen, who counts most, and how they stand; None: as it is."""
        self._tiles = self._tiles if tiles is None else tuple(tiles)
        self._first = self._first if first is None else first
        self._layout = layout or self._layout
        for index in [index for index in self._views if index not in self._tiles]:
            del self._views[index]
        # Somebody of whom there is no picture yet takes no room.
        visible = [tile for tile in self._tiles if tile in self._views]
        boxes = layouts.arrange(self._layout, visible, self._first, self._size)
        for index, box in boxes.items():
            if self._boxes.get(index, box)[2:] != box[2:]:
                self._rescale(self._views[index], box)
        self._boxes = boxes

    def see(self, index: int, image: av.VideoFrame, position: int) -> None:
        """A picture of a tile, to be shown from `position` on."""
        if index not in self._tiles:
            return
        view = self._views.get(index)
        if view is None:
            view = self._views[index] = _View()
            self.arrange()
        view.last = image
        box = self._boxes.get(index)
        if box is not None:
            view.coming.append((position, _scaled(image, box)))

    def compose(self, position: int) -> av.VideoFrame:
        """The canvas at `position`; call it with rising positions."""
        canvas = _empty(self._size, WHITE if self._layout.is_light else BLACK)
        for index, box in self._boxes.items():
            picture = self._views[index].at(position)
            if picture is not None:
                _paint(canvas, picture, box)
        return canvas

    def _rescale(self, view: _View, box: Box) -> None:
        view.coming.clear()
        if view.last is not None:
            view.shown = _scaled(view.last, box)


def _scaled(image: av.VideoFrame, box: Box) -> av.VideoFrame:
    """As large as fits into the box, with its aspect."""
    scale = min(box.width / image.width, box.height / image.height)
    width = max(2, int(image.width * scale) // 2 * 2)
    height = max(2, int(image.height * scale) // 2 * 2)
    return image.reformat(width, height, format="yuv420p")


def _empty(size: tuple[int, int], luma: int) -> av.VideoFrame:
    canvas = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(canvas.planes, (luma, GREY, GREY), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return canvas


def _paint(canvas: av.VideoFrame, picture: av.VideoFrame, box: Box) -> None:
    """Into the middle of the box."""
    left = box.x + (box.width - picture.width) // 4 * 2
    top = box.y + (box.height - picture.height) // 4 * 2
    for plane, (target, source) in enumerate(zip(canvas.planes, picture.planes, strict=True)):
        half = plane > 0
        to, of = memoryview(target), memoryview(source)
        x, y = (left // 2, top // 2) if half else (left, top)
        width = picture.width // 2 if half else picture.width
        for row in range(picture.height // 2 if half else picture.height):
            start = (y + row) * target.line_size + x
            to[start : start + width] = of[row * source.line_size : row * source.line_size + width]
