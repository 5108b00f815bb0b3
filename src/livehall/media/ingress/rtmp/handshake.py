"""The plain handshake of RTMP (Adobe's specification 1.0, section 5.2)."""

import asyncio
import secrets

from livehall.media.ingress.rtmp.chunks import RtmpInvalid

VERSION = 3
_SIZE = 1536  # bytes of C1, C2, S1 and S2


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, int]:
    """What was read, and how many bytes were answered.

    Raises: RtmpInvalid, IncompleteReadError, OSError.
    """
    first = await reader.readexactly(1)
    if first[0] != VERSION:
        raise RtmpInvalid("not RTMP")
    theirs = await reader.readexactly(_SIZE)
    # Eight bytes of zero: a time of nought, and a version that tells clients not to look for a digest.
    answer = bytes((VERSION,)) + bytes(8) + secrets.token_bytes(_SIZE - 8) + theirs
    writer.write(answer)
    await writer.drain()
    last = await reader.readexactly(_SIZE)  # encoders send whatever they like here
    return first + theirs + last, len(answer)
