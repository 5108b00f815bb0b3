"""From a row of the journal to what is published: which channels, which payload.

A pure function of the row: the relay calls it once after the commit, and a client that was away gets the
same bytes when its channel is read again from the journal. Rows of a type without a mapping are silent.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from livehall.core.ports.realtime import Publication, Publisher
from livehall.dialects.live.realtime.sampling import Sampling
from livehall.kernel.clock import rfc3339
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry

SIZE_LIMIT = 16 * 1024  # bytes of one publication

Message = tuple[str, str, Any]
"""Channel, event type, payload (a wire struct or plain values)."""
Mapping = Callable[[Entry], list[Message]]

log = structlog.get_logger(__name__)

MAPPINGS: dict[str, Mapping] = {}

encode = msgspec.json.Encoder().encode


class ActorInfo(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Who did it; absent for machines."""

    id: Id
    name: str = ""
    role: str | None = None


class Envelope(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What every publication is wrapped in. `id` is the journal row's: a repeat has the same one."""

    v: int
    type: str
    id: Id
    session_id: Id | None = None
    revision: int | None = None
    at: str
    actor: ActorInfo | None = None
    data: Any


class Unsigned(msgspec.Struct, frozen=True):
    """A payload that is told without who did it."""

    data: Any


def publishes(*types: str) -> Callable[[Mapping], Mapping]:
    """Register the mapping of these types of events."""

    def register(mapping: Mapping) -> Mapping:
        for kind in types:
            assert kind not in MAPPINGS, f"{kind} is mapped twice"
            MAPPINGS[kind] = mapping
        return mapping

    return register


def publications(entry: Entry) -> list[tuple[str, Publication]]:
    """What a row publishes, channel by channel."""
    mapping = MAPPINGS.get(entry.type)
    if mapping is None:
        return []
    found = []
    parts: Counter[str] = Counter()
    for channel, kind, data in mapping(entry):
        encoded = encode(envelope(entry, kind, data))
        if len(encoded) > SIZE_LIMIT:
            log.error("a publication is over the limit and was not sent", kind=kind, size=len(encoded))
            continue
        position = entry.position or 0
        found.append((channel, Publication(data=encoded, position=position, part=parts[channel])))
        parts[channel] += 1
    return found


def envelope(entry: Entry, kind: str, data: Any) -> Envelope:
    """What is told of a row, as one of its types, with a payload or an `Unsigned` one."""
    actor = None
    is_signed = not isinstance(data, Unsigned)
    if is_signed and entry.actor_kind == "account" and entry.actor_id:
        actor = ActorInfo(id=entry.actor_id, name=entry.actor_name, role=entry.actor_role)
    return Envelope(
        v=1,
        type=kind,
        id=entry.id,
        session_id=entry.session_id,
        revision=entry.data.get("revision"),
        at=rfc3339(entry.occurred_at),
        actor=actor,
        data=data if is_signed else data.data,
    )


def publish_to(publisher: Publisher) -> Callable[[Entry], None]:
    """The relay's way out."""
    sampling = Sampling()

    def publish(entry: Entry) -> None:
        if not sampling.passes(entry):
            return
        for channel, publication in publications(entry):
            publisher.publish(channel, publication)

    return publish
