"""Long answers, sent while they are read: memory stays what one piece needs."""

from collections.abc import AsyncIterator

import msgspec
from starlette.responses import StreamingResponse

from livehall.dialects.kit.body import JSON

PIECE = 64 * 1024  # bytes

encode_into = msgspec.json.Encoder().encode_into


async def json_array(rows: AsyncIterator[msgspec.Struct]) -> StreamingResponse:
    """An array of `rows`. The first is read before anything is sent, so that what it raises is an answer."""
    first = await anext(rows, None)
    return StreamingResponse(_pieces(first, rows), media_type=JSON)


async def _pieces(first: msgspec.Struct | None, rows: AsyncIterator[msgspec.Struct]) -> AsyncIterator[bytes]:
    piece = bytearray(b"[")
    if first is not None:
        encode_into(first, piece, -1)
        async for row in rows:
            piece += b","
            encode_into(row, piece, -1)
            if len(piece) >= PIECE:
                yield bytes(piece)
                piece.clear()
    yield bytes(piece) + b"]"
