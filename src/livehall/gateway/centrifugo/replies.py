"""What we say: replies and pushes of Centrifugo's client protocol v2, as JSON, several to a frame.

Several messages in one frame are separated by a line feed, so embedded JSON may not contain one.
As in Centrifugo's own JSON, fields with the value zero, false or empty are left out.
"""

from collections.abc import Iterable, Sequence

import msgspec

from livehall.core.ports.channels import Joined, Page, Present
from livehall.core.ports.realtime import Publication
from livehall.gateway.centrifugo.frames import frame

MAX_FRAME = 128 * 1024  # bytes after which a batch goes on in another frame; clients refuse frames of 1 MiB
TEMPORARY = frozenset({100, 111})  # errors after which the same command may succeed

_encode = msgspec.json.encode

PING = frame(b"{}")


def push_frames(channel: str, publications: Sequence[Publication]) -> bytes:
    """Publications as pushes, joined into as few frames as may be (`core.ports.channels.Encode`)."""
    head = b'{"push":{"channel":%b,"pub":' % _encode(channel)
    lines = [b"%b%b}}" % (head, _publication(each)) for each in publications]
    if sum(map(len, lines)) <= MAX_FRAME:
        return frame(b"\n".join(lines))
    return b"".join(map(frame, lines))


def reply(number: int, method: str, result: bytes) -> bytes:
    """`result` is an encoded object."""
    return frame(b'{"id":%d,"%b":%b}' % (number, method.encode(), result))


def error(number: int, code: int, reason: str) -> bytes:
    temporary = b',"temporary":true' if code in TEMPORARY else b""
    return frame(b'{"id":%d,"error":{"code":%d,"message":%b%b}}' % (number, code, _encode(reason), temporary))


def unsubscribe_push(channel: str, code: int, reason: str) -> bytes:
    return frame(
        b'{"push":{"channel":%b,"unsubscribe":{"code":%d,"reason":%b}}}'
        % (_encode(channel), code, _encode(reason))
    )


def connected(client: str, ping_s: int, subs: dict[str, bytes]) -> bytes:
    """The result of a connect; `subs` are results of subscribes, by channel."""
    members = [
        b'"client":%b' % _encode(client),
        b'"version":"livehall"',
        b'"ping":%d,"pong":true' % ping_s,
    ]
    if subs:
        entries = (b"%b:%b" % (_encode(channel), result) for channel, result in subs.items())
        members.append(b'"subs":{%b}' % b",".join(entries))
    return b"{%b}" % b",".join(members)


def subscribed(joined: Joined) -> bytes:
    """The result of a subscribe. Its expiry stays ours: a client would want a token to refresh it with."""
    members = []
    if joined.recoverable:
        members.append(
            b'"recoverable":true,"positioned":true,"epoch":%b,"offset":%d'
            % (_encode(joined.epoch), joined.position)
        )
    if joined.was_recovering:
        members.append(b'"was_recovering":true')
    if joined.recovered:
        members.append(b'"recovered":true')
    if joined.missed:
        members.append(b'"publications":' + _list(joined.missed))
    members.append(b'"data":' + _one_line(joined.data))
    return b"{%b}" % b",".join(members)


def history(page: Page) -> bytes:
    return b'{"publications":%b,"epoch":%b,"offset":%d}' % (
        _list(page.publications),
        _encode(page.epoch),
        page.position,
    )


def presence(people: Iterable[Present]) -> bytes:
    """Who is there, by the ids of their connections."""
    found = {
        each.client: {"client": each.client, "user": each.user, "conn_info": dict(each.info)}
        for each in people
    }
    return _encode({"presence": found})


def presence_stats(people: Sequence[Present]) -> bytes:
    users = {each.user for each in people}
    return _encode({"num_clients": len(people), "num_users": len(users)})


def refreshed(expires_in_s: int | None) -> bytes:
    if expires_in_s is None:
        return b"{}"
    return b'{"expires":true,"ttl":%d}' % max(1, expires_in_s)


def _publication(publication: Publication) -> bytes:
    if publication.position:
        return b'{"data":%b,"offset":%d}' % (_one_line(publication.data), publication.position)
    return b'{"data":%b}' % _one_line(publication.data)


def _list(publications: Iterable[Publication]) -> bytes:
    return b"[%b]" % b",".join(map(_publication, publications))


def _one_line(data: bytes) -> bytes:
    """In JSON a raw line feed is only ever white space between tokens (RFC 8259 §7)."""
    return data.replace(b"\n", b" ") if b"\n" in data else data
