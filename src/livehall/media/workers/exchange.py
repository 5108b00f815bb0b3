"""HTTP as the front speaks it: one request for each connection, read whole, then bytes both ways.

What a worker answers, and what follows an upgrade, passes as it is: nothing of a WebSocket is read here.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from http import HTTPStatus

import h11
import msgspec

from livehall.media.workers.pool import Pool, Streams, WorkerAway
from livehall.media.workers.routing import Asked

LARGEST_HEAD = 256 << 10  # bytes: a join request is in the address line
LARGEST_BODY = (1 << 20) + 1  # one more than the API takes, so that a worker sees that it is too much
READ = 1 << 16
_ANSWER_S = 90.0  # of a call that is answered whole; an RPC waits a minute for its callee
_DROPPED = {"connection", "keep-alive", "content-length", "transfer-encoding", "expect", "x-forwarded-for"}


class Answer(msgspec.Struct, frozen=True):
    status: int
    raw: bytes  # as it came, its head included
    body: bytes
    content_type: str


class Malformed(Exception):
    """Not a request that we can read."""


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[Asked, bytes]:
    """The request, and what has come behind it. Raises: Malformed, OSError."""
    machine = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
    head: h11.Request | None = None
    body = bytearray()
    while True:
        try:
            event = machine.next_event()
        except h11.RemoteProtocolError as error:
            raise Malformed(str(error)) from None
        if event is h11.NEED_DATA:
            if machine.they_are_waiting_for_100_continue:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                machine.send(h11.InformationalResponse(status_code=100, headers=[]))
            machine.receive_data(await reader.read(READ))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) >= LARGEST_BODY:
                return _asked(head, bytes(body[:LARGEST_BODY])), b""
        elif isinstance(event, h11.EndOfMessage):
            return _asked(head, bytes(body)), bytes(machine.trailing_data[0])
        else:
            raise Malformed("the connection was closed")


def _asked(head: h11.Request | None, body: bytes) -> Asked:
    assert head is not None  # h11 gives no body without one
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    return Asked(head.method.decode("ascii"), head.target.decode("latin-1"), headers, body)


def is_upgrade(asked: Asked) -> bool:
    return asked.headers.get("upgrade", "").lower() == "websocket"


def written(asked: Asked, address: str) -> bytes:
    """The request for a worker; `address`: who asks."""
    lines = [f"{asked.method} {asked.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in asked.headers.items() if name not in _DROPPED]
    lines.append(f"x-forwarded-for: {address}")
    lines.append(f"connection: {'Upgrade' if is_upgrade(asked) else 'close'}")
    if asked.body or asked.method in ("POST", "PUT", "PATCH"):
        lines.append(f"content-length: {len(asked.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + asked.body


async def ask(pool: Pool, number: int, request: bytes, *, again: bool = False) -> Answer:
    """`again`: a question that changes nothing is put once more when the worker dies over it.

    Raises: WorkerAway.
    """
    try:
        return await _ask(pool, number, request)
    except WorkerAway:
        if not again:
            raise
    return await _ask(pool, number, request)


async def _ask(pool: Pool, number: int, request: bytes) -> Answer:
    reader, writer = await pool.connect(number)
    try:
        writer.write(request)
        async with asyncio.timeout(_ANSWER_S):
            await writer.drain()
            raw = await reader.read()
        return _answer(raw)
    except (OSError, TimeoutError, h11.RemoteProtocolError):
        raise WorkerAway(number) from None
    finally:
        writer.close()


def _answer(raw: bytes) -> Answer:
    machine = h11.Connection(h11.CLIENT)
    machine.send(h11.Request(method="POST", target="/", headers=[("host", "-")]))
    machine.send(h11.EndOfMessage())
    machine.receive_data(raw)
    machine.receive_data(b"")
    status, kind, body = 0, "", bytearray()
    while not isinstance(event := machine.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            status = event.status_code
            kind = dict(event.headers).get(b"content-type", b"").decode("latin-1")
        elif isinstance(event, h11.Data):
            body += event.data
    return Answer(status, raw, bytes(body), kind)


async def splice(one: Streams, other: Streams) -> None:
    """Carry bytes both ways until either side has ended; each waits while the other does not read."""
    tasks = (
        asyncio.create_task(_copy(one[0], other[1])),
        asyncio.create_task(_copy(other[0], one[1])),
    )
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(READ):
            writer.write(data)
            await writer.drain()


def response(status: int, body: bytes, content_type: str, extra: Sequence[tuple[str, str]] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"content-type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in extra]
    lines += [f"content-length: {len(body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + body
