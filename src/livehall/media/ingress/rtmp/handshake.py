"""The plain handshake of RTMP (Adobe's specification 1.0, section 5.2)."""

import asyncio
import secrets

from livehall.media.ingress.rtmp.chunks import RtmpInvalid

VERSION = 3
_SIZE = 1536  # bytes of C1, C2, S1 and S2


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Raises: RtmpInvalid, IncompleteReadError, OSError."""
    if (await reader.readexactly(1))[0] != VERSION:
        raise RtmpInvalid("not RTMP")
    theirs = await reader.readexactly(_SIZE)
    # Eight bytes of zero: a time of nought, and a version that tells clients not to look for a digest.
    writer.write(bytes((VERSION,)) + bytes(8) + secrets.token_bytes(_SIZE - 8) + theirs)
    await writer.drain()
    await reader.readexactly(_SIZE)  # encoders send whatever they like here
