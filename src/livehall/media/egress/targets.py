"""Addresses of RTMP targets: what is taken, what is shown of them, and what has become of each."""

import secrets
from collections.abc import Iterable
from typing import Literal

import msgspec
from livekit.protocol import egress as proto

from livehall.kernel.addresses import is_rtmp_address
from livehall.media.egress.faults import EgressFault

MOST = 8
LONGEST = 2048  # characters
SHOWN = 3  # characters at both ends of a secret, as LiveKit shows them

State = Literal["starting", "active", "retrying", "failed", "finished"]


class Target(msgspec.Struct, kw_only=True):
    """Times are Unix nanoseconds, 0 when not reached."""

    id: str
    url: str
    state: State = "starting"
    started_at: int = 0
    ended_at: int = 0
    retries: int = 0
    last_retry_at: int = 0
    error: str = ""

    @property
    def is_open(self) -> bool:
        return self.state not in ("failed", "finished")

    def learn(self, state: Literal["active", "retrying", "failed"], at: int, error: str) -> None:
        """What a recorder said of it."""
        self.state, self.error = state, error
        match state:
            case "active":
                self.started_at = self.started_at or at
            case "retrying":
                self.retries += 1
                self.last_retry_at = at
            case "failed":
                self.ended_at = at

    def finish(self, at: int) -> None:
        self.state, self.ended_at = "finished", at


def plan(output: proto.StreamOutput) -> tuple[str, ...]:
    """Raises: EgressFault (`invalid_argument`, `unimplemented`)."""
    if output.protocol not in (proto.DEFAULT_PROTOCOL, proto.RTMP) or output.destinations:
        raise EgressFault("unimplemented", "Streams are RTMP or RTMPS on this server.")
    if not output.urls:
        raise EgressFault("invalid_argument", "A stream output without an address.")
    return checked(output.urls)


def checked(urls: Iterable[str]) -> tuple[str, ...]:
    """Each once. Raises: EgressFault (`invalid_argument`, `resource_exhausted`)."""
    found = tuple(dict.fromkeys(urls))
    if len(found) > MOST:
        raise EgressFault("resource_exhausted", f"At most {MOST} streams.")
    for url in found:
        _check(url)
    return found


def begin(urls: Iterable[str]) -> list[Target]:
    return [Target(id="ES_" + secrets.token_hex(6), url=url) for url in urls]


def shown(url: str) -> str:
    """The address with its last part hidden, as LiveKit hides it: `rtmp://host/app/{abc...xyz}`."""
    base, slash, key = url.rpartition("/")
    hidden = f"{{{key[:SHOWN]}...{key[-SHOWN:]}}}" if len(key) > 4 * SHOWN else "{...}"
    return base + slash + hidden


def to_info(target: Target) -> proto.StreamInfo:
    status = {"failed": proto.StreamInfo.FAILED, "finished": proto.StreamInfo.FINISHED}
    ended_at = target.ended_at
    return proto.StreamInfo(
        id=target.id,
        url=shown(target.url),
        started_at=target.started_at,
        ended_at=ended_at,
        duration=ended_at - target.started_at if ended_at and target.started_at else 0,
        status=status.get(target.state, proto.StreamInfo.ACTIVE),
        error=target.error,
        retries=target.retries,
        last_retry_at=target.last_retry_at,
    )


def _check(url: str) -> None:
    """No character that ffmpeg could take for an option of its own, no other protocol."""
    if len(url) > LONGEST or not is_rtmp_address(url):
        raise EgressFault("invalid_argument", "A stream's address is rtmp:// or rtmps:// with host and path.")
