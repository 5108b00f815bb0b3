"""Long answers, sent while they are read: memory stays what one piece needs."""

from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec
from starlette.responses import StreamingResponse

from livehall.dialects.kit.body import JSON

Parts = AsyncIterator[Sequence[msgspec.Struct]]

ROWS = 500  # of one piece, at most

encode = msgspec.json.Encoder().encode


async def json_array(parts: Parts) -> StreamingResponse:
    """An array of the rows of all parts, as they are read.

    The first part is read before anything is sent, so that what it raises is an answer.
    """
    first = await anext(parts, None) or ()
    return StreamingResponse(_pieces(first, parts), media_type=JSON)


async def _pieces(first: Sequence[msgspec.Struct], parts: Parts) -> AsyncIterator[bytes]:
    opening = b"["
    for piece in _encoded(first):
        yield opening + piece
        opening = b","
    async for part in parts:
        for piece in _encoded(part):
            yield opening + piece
            opening = b","
    yield b"[]" if opening == b"[" else b"]"


def _encoded(rows: Sequence[msgspec.Struct]) -> Iterator[bytes]:
    """Many at once, without the brackets: a row at a time takes thrice as long."""
    for start in range(0, len(rows), ROWS):
        yield encode(rows[start : start + ROWS])[1:-1]
