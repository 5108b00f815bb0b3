"""All hubs of the hall as one: what one process says beside the journal reaches the sockets of every other.

Rows of the journal are not said here: every process reads them and tells its own hub (`kernel.relay`), so
that positions agree everywhere. What has no position goes over the bus as it is; channels that are taken
away and people who are put out, too. Who is present in a channel is said by each hub for its own listeners,
whole, `SETTLE_S` after a change; what a process said is dropped when it is gone.

A process that was cut off may have missed a revocation: it sends its people back to connect anew, to
whichever process, where the gate is asked again and everything missed is recovered.
"""

import asyncio

import msgspec

from livehall.core.ports.channels import Present
from livehall.core.ports.realtime import Publication
from livehall.engines.realtime.hub import Hub
from livehall.kernel.bus import Bus

SETTLE_S = 0.1
PUBLISH, UNSUBSCRIBE, DISCONNECT, PRESENT, ASK, BYE = (
    "publish",
    "unsubscribe",
    "disconnect",
    "present",
    "ask",
    "bye",
)


class Said(msgspec.Struct, frozen=True):
    channel: str
    data: msgspec.Raw


class TakenAway(msgspec.Struct, frozen=True):
    channel: str
    user: str | None
    code: int
    reason: str


class PutOut(msgspec.Struct, frozen=True):
    user: str
    code: int
    reason: str


class Here(msgspec.Struct, frozen=True):
    channel: str
    present: tuple[Present, ...]


encode = msgspec.json.encode
decode = msgspec.json.decode


class Everywhere:
    """Implements `core.ports.realtime.Publisher` for the hubs of all processes."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub, self._bus = hub, bus
        self._elsewhere: dict[str, dict[str, tuple[Present, ...]]] = {}  # process → channel → who
        self._changed: set[str] = set()
        self._telling: asyncio.TimerHandle | None = None
        hub.join_others(self._presence_changed, self._present_elsewhere)
        for topic, hear in (
            (PUBLISH, self._hear_publication),
            (UNSUBSCRIBE, self._hear_taken_away),
            (DISCONNECT, self._hear_put_out),
            (PRESENT, self._hear_present),
            (ASK, self._hear_question),
            (BYE, self._hear_farewell),
        ):
            bus.on(topic, hear)
        bus.on_missed(hub.send_back)

    # Publisher ------------------------------------------------------------

    def publish(self, channel: str, publication: Publication) -> None:
        self._hub.publish(channel, publication)
        if not publication.position:
            self._bus.say(PUBLISH, encode(Said(channel, msgspec.Raw(publication.data))))

    def unsubscribe(
        self, channel: str, user: str | None = None, *, code: int = 2000, reason: str = ""
    ) -> None:
        self._hub.unsubscribe(channel, user, code=code, reason=reason)
        self._bus.say(UNSUBSCRIBE, encode(TakenAway(channel, user, code, reason)))

    def disconnect(self, user: str, *, code: int, reason: str) -> None:
        self._hub.disconnect(user, code=code, reason=reason)
        self._bus.say(DISCONNECT, encode(PutOut(user, code, reason)))

    # Presence -------------------------------------------------------------

    def _presence_changed(self, channel: str) -> None:
        self._changed.add(channel)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(SETTLE_S, self._tell_presence)

    def _tell_presence(self) -> None:
        self._telling = None
        changed, self._changed = self._changed, set()
        for channel in changed:
            self._bus.say(PRESENT, encode(Here(channel, self._hub.present_here(channel))))

    def listened(self, kind: str) -> frozenset[str]:
        """The ids of the channels of a kind that shows presence to which somebody listens, at any hub."""
        here = self._hub.shown_channels(kind)
        there = (name for process in self._bus.others for name in self._elsewhere.get(process, ()))
        parts = (name.partition(":") for name in (*here, *there))
        return frozenset(subject for each, _, subject in parts if each == kind)

    def _present_elsewhere(self, channel: str) -> tuple[Present, ...]:
        return tuple(
            each for process in self._bus.others for each in self._elsewhere.get(process, {}).get(channel, ())
        )

    # From the others ------------------------------------------------------

    async def _hear_publication(self, _speaker: str, body: bytes) -> None:
        said = decode(body, type=Said)
        self._hub.publish(said.channel, Publication(data=bytes(said.data)))

    async def _hear_taken_away(self, _speaker: str, body: bytes) -> None:
        said = decode(body, type=TakenAway)
        self._hub.unsubscribe(said.channel, said.user, code=said.code, reason=said.reason)

    async def _hear_put_out(self, _speaker: str, body: bytes) -> None:
        said = decode(body, type=PutOut)
        self._hub.disconnect(said.user, code=said.code, reason=said.reason)

    async def _hear_present(self, speaker: str, body: bytes) -> None:
        said = decode(body, type=Here)
        theirs = self._elsewhere.setdefault(speaker, {})
        if said.present:
            theirs[said.channel] = said.present
        else:
            theirs.pop(said.channel, None)

    async def _hear_question(self, _speaker: str, _body: bytes) -> None:
        """A process is new, or was cut off: it is told who is here, and who died meanwhile is forgotten."""
        for process in set(self._elsewhere) - self._bus.others:
            del self._elsewhere[process]
        for channel in self._hub.shown_channels():
            self._presence_changed(channel)

    async def _hear_farewell(self, speaker: str, _body: bytes) -> None:
        self._elsewhere.pop(speaker, None)
