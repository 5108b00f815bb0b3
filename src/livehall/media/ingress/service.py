"""The ingress service of the media server: which encoders may come, and which are there.

Definitions lie on disk before they are answered, so a restart of the server changes nothing for an encoder
that comes back. A push belongs to one ingress; a second one with the same key takes its place, since an
encoder that lost its network comes back before the old connection is known to be dead.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog
from livekit.protocol import ingress as proto
from livekit.protocol import models, webhook

from livehall.media.ingress.broadcast import Broadcast, Source, State
from livehall.media.ingress.definitions import Definitions, is_spent
from livehall.media.ingress.faults import IngressFault, KeyRefused, TooManyTries
from livehall.media.ingress.fetching import is_allowed
from livehall.media.ingress.guard import Guard
from livehall.media.rooms.publication import new_sid
from livehall.media.rooms.rooms import RoomElsewhere
from livehall.media.workers.place import ALONE, Place

MOST = 1000  # that may still be used, and as many that may not
SPENT_FOR_S = 24 * 3600  # after its end what is not pulled again is listed
MOST_PULLS = 8  # at once: each is a process that decodes and encodes
_LOOK_S = 0.25
_DROP_S = 600
_LONGEST = 512
_AUDIO_SOURCES = (models.UNKNOWN, models.MICROPHONE, models.SCREEN_SHARE_AUDIO)
_VIDEO_SOURCES = (models.UNKNOWN, models.CAMERA, models.SCREEN_SHARE)
log = structlog.get_logger(__name__)


class IngressService:
    """`tell` gets `ingress_started` and `ingress_ended`."""

    def __init__(
        self,
        tell: Callable[[webhook.WebhookEvent], None],
        folder: Path,
        place: Place = ALONE,
    ) -> None:
        self._tell = tell
        self.place = place
        self._urls: dict[int, str] = {}
        self._hosts: tuple[str, ...] = ()
        self._pull: Callable[[proto.IngressInfo], object] = lambda info: None
        self._definitions = Definitions(folder, place)
        self._known: dict[str, proto.IngressInfo] = {}
        self._by_key: dict[str, str] = {}
        self._running: dict[str, Broadcast] = {}
        self._guard = Guard()
        self._is_closing = False
        self._looking: asyncio.Task[None] | None = None

    def open(
        self,
        urls: Mapping[int, str],
        hosts: Sequence[str] = (),
        pull: Callable[[proto.IngressInfo], object] = lambda info: None,
    ) -> None:
        """Take up what an earlier process knew, and begin to look after pushes.

        `urls`: what encoders are told, by kind of input; one that is empty is closed. `hosts` that may be
        pulled from, and `pull`, which begins that.
        """
        self._urls = dict(urls)
        self._hosts = tuple(hosts)
        self._pull = pull
        self._look_at_definitions()
        self._drop_spent()
        for info in self._known.values():
            if info.input_type == proto.URL_INPUT and info.enabled:
                self._pull(info)  # an earlier process was pulling it
        self._looking = asyncio.create_task(self._look(), name="ingresses")

    async def close(self) -> None:
        self._is_closing = True
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        for running in tuple(self._running.values()):
            await self._end(running, "The server ends.")

    # The server API

    async def create(self, request: proto.CreateIngressRequest) -> proto.IngressInfo:
        """Raises: IngressFault."""
        self._check_kind(request)
        self._look_at_definitions()
        self._drop_spent()
        if sum(not is_spent(info) for info in self._known.values()) >= MOST:
            raise IngressFault("resource_exhausted", f"there are {MOST} ingresses already")
        is_pulled = request.input_type == proto.URL_INPUT
        info = proto.IngressInfo(
            ingress_id=new_sid("IN_"),
            name=request.name,
            stream_key="" if is_pulled else _new_key(),
            url=request.url if is_pulled else self._urls[request.input_type],
            input_type=request.input_type,
            room_name=request.room_name,
            participant_identity=request.participant_identity,
            participant_name=request.participant_name,
            participant_metadata=request.participant_metadata,
            reusable=not is_pulled,
            enabled=request.enabled if request.HasField("enabled") else True,
            enable_transcoding=request.enable_transcoding or request.input_type != proto.WHIP_INPUT,
            bypass_transcoding=not request.enable_transcoding and request.input_type == proto.WHIP_INPUT,
        )
        info.audio.CopyFrom(request.audio)
        info.video.CopyFrom(request.video)
        info.state.status = State.ENDPOINT_INACTIVE
        _check(info)
        if not self.place.owns(info.room_name):  # whose list would not have it
            raise IngressFault("failed_precondition", RoomElsewhere.text)
        self._known[info.ingress_id] = info
        self._by_key[info.stream_key] = info.ingress_id
        self._save(undo=lambda: self._forget(info))
        if info.input_type == proto.URL_INPUT:
            self._pull(info)
        return info

    async def update(self, request: proto.UpdateIngressRequest) -> proto.IngressInfo:
        """What is not given stays. A running push goes on as it began, unless it is switched off.

        Raises: IngressFault.
        """
        info = self._find(request.ingress_id)
        if not info.reusable:
            raise IngressFault("invalid_argument", "ingress is not reusable and cannot be modified")
        changed = proto.IngressInfo()
        changed.CopyFrom(info)
        for name in (
            "name",
            "room_name",
            "participant_identity",
            "participant_name",
            "participant_metadata",
        ):
            if value := getattr(request, name):
                setattr(changed, name, value)
        if request.HasField("enabled"):
            changed.enabled = request.enabled
        if request.HasField("enable_transcoding"):
            _check_transcoding(changed.input_type, request.enable_transcoding)
            changed.enable_transcoding = request.enable_transcoding
            changed.bypass_transcoding = not request.enable_transcoding
        if request.HasField("audio"):
            changed.audio.CopyFrom(request.audio)
        if request.HasField("video"):
            changed.video.CopyFrom(request.video)
        _check(changed)
        before = proto.IngressInfo()
        before.CopyFrom(info)
        info.CopyFrom(changed)
        self._save(undo=lambda: info.CopyFrom(before))
        running = self._running.get(info.ingress_id)
        if not self.place.owns(info.room_name):  # it is another worker's from now on
            self._forget(info)
            if running is not None:
                await self._end(running, "The ingress has been given to another room.")
        elif not info.enabled and running is not None:
            await self._end(running, "The ingress is switched off.")
        return info

    async def list(self, request: proto.ListIngressRequest) -> proto.ListIngressResponse:
        self._look_at_definitions()
        found = [
            info
            for info in self._known.values()
            if (not request.room_name or info.room_name == request.room_name)
            and (not request.ingress_id or info.ingress_id == request.ingress_id)
        ]
        return proto.ListIngressResponse(items=found)

    async def delete(self, request: proto.DeleteIngressRequest) -> proto.IngressInfo:
        """End what runs, and forget the key. Raises: IngressFault."""
        info = self._find(request.ingress_id)
        self._forget(info)
        self._save(undo=lambda: self._remember(info))
        if (running := self._running.get(info.ingress_id)) is not None:
            await self._end(running, "The ingress is deleted.")
        return info

    # Encoders

    def admit(self, key: str, kind: int, address: str) -> proto.IngressInfo:
        """The ingress that takes this key. The key is told to nobody, logs included.

        Raises: KeyRefused, TooManyTries.
        """
        if self._guard.is_shut(address):
            raise TooManyTries
        self._look_at_definitions()
        info = self._known.get(self._by_key.get(key, ""))
        if info is None or not key or info.input_type != kind:
            self._guard.wrong(address)
            log.info("an encoder came with a wrong key", address=address)
            raise KeyRefused
        if not info.enabled:
            log.info("an encoder came while its ingress is off", ingress=info.ingress_id)
            raise KeyRefused
        return info

    def is_shut(self, address: str) -> bool:
        """Whether this address has given too many wrong keys."""
        return self._guard.is_shut(address)

    async def begin(self, info: proto.IngressInfo, source: Source) -> Broadcast:
        """A push begins; one that runs under the same key ends.

        Raises: KeyRefused, when the ingress has been deleted meanwhile.
        """
        while (before := self._running.get(info.ingress_id)) is not None:
            await self._end(before, "Another encoder has taken over.")
        if self._known.get(info.ingress_id) is not info:
            raise KeyRefused
        begun = self._running[info.ingress_id] = Broadcast(info, source, self._tell)
        log.info("an encoder is there", ingress=info.ingress_id, room=info.room_name)
        return begun

    def ended(self, broadcast: Broadcast, error: str = "", *, is_complete: bool = False) -> None:
        """A push or a pull is over, by its own doing. Harmless when repeated."""
        if self._running.get(broadcast.info.ingress_id) is broadcast:
            del self._running[broadcast.info.ingress_id]
        if not broadcast.is_over:
            log.info("an encoder has gone", ingress=broadcast.info.ingress_id, fault=error)
        is_last = not broadcast.is_over and not broadcast.info.reusable and not self._is_closing
        if is_last:  # what is pulled once is not pulled again: a film would begin anew
            broadcast.info.enabled = False
        broadcast.over(error, is_complete=is_complete)
        if is_last and broadcast.info.ingress_id in self._known:
            with suppress(OSError):  # then the next process begins it once more
                self._definitions.save(self._known)

    # Within

    def _drop_spent(self) -> None:
        """Forget what will not be pulled again and ended long ago, or before too many others."""
        spent = [
            info for info in self._known.values() if is_spent(info) and info.ingress_id not in self._running
        ]
        spent.sort(key=lambda info: info.state.ended_at)
        horizon = time.time_ns() - SPENT_FOR_S * 10**9
        dropped = [
            info
            for place, info in enumerate(spent)
            if 0 < info.state.ended_at < horizon or place < len(spent) - MOST
        ]
        for info in dropped:
            self._forget(info)
        if dropped:
            with suppress(OSError):  # then they are dropped the next time
                self._definitions.save(self._known)

    async def _end(self, broadcast: Broadcast, reason: str) -> None:
        if self._running.get(broadcast.info.ingress_id) is broadcast:
            del self._running[broadcast.info.ingress_id]
        await broadcast.source.stop(reason)
        self.ended(broadcast)

    async def _look(self) -> None:
        drop_at = time.monotonic() + _DROP_S
        while True:
            await asyncio.sleep(_LOOK_S)
            if time.monotonic() >= drop_at:
                drop_at = time.monotonic() + _DROP_S
                self._drop_spent()
            for running in tuple(self._running.values()):
                try:
                    running.look()
                    participant = running.source.participant
                    if participant is not None and participant.is_gone:
                        await self._end(running, "The room is closed, or the participant was removed.")
                except Exception:  # the loop's edge: the others go on
                    log.exception("an ingress could not be looked after")

    def _look_at_definitions(self) -> None:
        """Learn of those that are new: from an earlier process, or given to us by another worker."""
        if not self._definitions.changed():
            return
        for name, info in self._definitions.load().items():
            if name not in self._known and self.place.owns(info.room_name):
                if info.input_type != proto.URL_INPUT:
                    info.url = self._urls.get(info.input_type, "") or info.url
                if is_spent(info) and not info.state.ended_at:
                    info.state.ended_at = time.time_ns()  # nobody has noted it
                self._remember(info)

    def _find(self, ingress_id: str) -> proto.IngressInfo:
        self._look_at_definitions()
        info = self._known.get(ingress_id)
        if info is None:
            raise IngressFault("not_found", "ingress does not exist")
        return info

    def _forget(self, info: proto.IngressInfo) -> None:
        self._known.pop(info.ingress_id, None)
        self._by_key.pop(info.stream_key, None)

    def _remember(self, info: proto.IngressInfo) -> None:
        self._known[info.ingress_id] = info
        self._by_key[info.stream_key] = info.ingress_id

    def _save(self, *, undo: Callable[[], None]) -> None:
        try:
            self._definitions.save(self._known)
        except OSError as error:
            undo()
            log.exception("ingresses not saved")
            raise IngressFault("internal", "the server cannot write to its data folder") from error

    def _check_kind(self, request: proto.CreateIngressRequest) -> None:
        if request.input_type == proto.URL_INPUT:
            self._check_address(request)
            return
        if request.input_type not in self._urls:
            raise IngressFault("invalid_argument", "invalid ingress type")
        if not self._urls[request.input_type]:
            raise IngressFault("unavailable", "this way of ingress is switched off on this server")
        if request.HasField("enable_transcoding"):
            _check_transcoding(request.input_type, request.enable_transcoding)

    def _check_address(self, request: proto.CreateIngressRequest) -> None:
        if not self._hosts:
            raise IngressFault("unavailable", "this server may not pull from addresses: it names no hosts")
        if not request.url:
            raise IngressFault("invalid_argument", "url parameter is required")
        if not is_allowed(request.url, self._hosts):
            raise IngressFault("invalid_argument", "this server may not pull from this address")
        if request.HasField("enable_transcoding") and not request.enable_transcoding:
            raise IngressFault("invalid_argument", "what is pulled is always transcoded")
        if sum(info.enabled and not info.reusable for info in self._known.values()) >= MOST_PULLS:
            raise IngressFault("resource_exhausted", f"{MOST_PULLS} addresses are pulled from already")


def _check_transcoding(kind: int, wanted: bool) -> None:
    if kind == proto.RTMP_INPUT and not wanted:
        raise IngressFault("invalid_argument", "sound from RTMP is always transcoded")


def _check(info: proto.IngressInfo) -> None:
    if not info.room_name:
        raise IngressFault("invalid_argument", "no room name")
    if not info.participant_identity:
        raise IngressFault("invalid_argument", "no participant identity")
    if any(len(text) > _LONGEST for text in (info.name, info.room_name, info.participant_identity)):
        raise IngressFault("invalid_argument", "name, room name or identity is too long")
    if len(info.participant_metadata) > 64 * 1024 or len(info.participant_name) > _LONGEST:
        raise IngressFault("invalid_argument", "the participant's name or metadata is too long")
    if info.audio.source not in _AUDIO_SOURCES:
        raise IngressFault("invalid_argument", "invalid audio source")
    if info.video.source not in _VIDEO_SOURCES:
        raise IngressFault("invalid_argument", "invalid video source")


def _new_key() -> str:
    """128 bits, in letters that survive being read aloud."""
    letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(letters) for _ in range(24))
