"""From a child process into the room: what pushes and pulls have in common."""

import asyncio
import contextlib
import sys

import structlog
from livekit.protocol import ingress as proto

from livehall.media.ingress import wire
from livehall.media.ingress.broadcast import Broadcast
from livehall.media.ingress.guest import Guest
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.rooms import Rooms

_READ = 1 << 16
_WAITING = 1 << 20  # bytes of a child's output that are held at most
log = structlog.get_logger(__name__)


class Pipeline:
    def __init__(self, rooms: Rooms, info: proto.IngressInfo, api_key: str) -> None:
        self._rooms = rooms
        self._info = info
        self._api_key = api_key
        self._guest: Guest | None = None
        self._broadcast: Broadcast | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._size = (0, 0)

    @property
    def participant(self) -> Participant | None:
        return self._guest.participant if self._guest is not None else None

    async def _carry(self, process: asyncio.subprocess.Process) -> str:
        """From the child into the room until the child ends; what it refused, or nothing.

        Raises: RoomRefused, WireInvalid.
        """
        assert process.stdout is not None
        reader = wire.Reader()
        while data := await process.stdout.read(_READ):
            for message in reader.feed(data):
                if isinstance(message, wire.Refused):
                    return message.text
                await self._take(message)
        await process.wait()
        return ""

    def joined(self, participant: Participant) -> None:
        """Our guest is in the room."""

    def key_frame_wanted(self) -> None:
        """The child waits for one."""

    async def _take(self, message: wire.Payload | wire.Report) -> None:
        assert self._broadcast is not None
        match message:
            case wire.Payload():
                if self._guest is None:
                    self._guest = await Guest.join(self._rooms, self._info, self._api_key)
                    self.joined(self._guest.participant)
                self._guest.packet(message.kind, message.timestamp, message.marker, message.data, self._size)
            case wire.SawVideo():
                self._size = (message.width, message.height)
                self._broadcast.saw_video(
                    mime_type=message.mime_type,
                    width=message.width,
                    height=message.height,
                    frame_rate=message.frame_rate,
                )
                if message.is_transcoded:
                    log.info("pictures of an encoder are encoded anew", ingress=self._info.ingress_id)
            case wire.KeyFrameWanted():
                self.key_frame_wanted()
            case wire.SawAudio():
                self._broadcast.saw_audio(
                    mime_type=message.mime_type,
                    channels=message.channels,
                    sample_rate=message.sample_rate,
                )

    async def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process is not None and process.stdin is not None:
            process.stdin.close()


async def spawn(name: str) -> asyncio.subprocess.Process:
    """A child of this package, with pipes. Raises: OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"livehall.media.ingress.{name}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_WAITING,
    )  # fmt: skip
