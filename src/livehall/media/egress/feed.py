"""From a room's tracks to a recorder's input. Runs on the media process's event loop and never waits.

Every message since the last safe place stays in a journal, so that a successor of a killed recorder sees
all of it again. When a recorder falls so far behind that the journal would pass `MOST_BYTES`, packets are
left out and counted; the recorder then asks for a key frame by itself.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from livehall.media.egress import wire
from livehall.media.egress.choosing import choose_picture, choose_views
from livehall.media.egress.layouts import MOST_TILES, pinned_in
from livehall.media.egress.plans import Plan
from livehall.media.tracks.programme import Packet, Programme, Published
from livehall.media.tracks.speaker import Speaker

MOST_BYTES = 64 * 2**20
TICK_S = 0.2
ABSENT_S = 10.0  # a participant who shows nothing for so long has left
GATHER_S = 0.02  # packets of this long go into one write


class _Tapped:
    """A tap on one track; every tap has an index of its own."""

    def __init__(self, index: int, track: Published, feed: "Feed") -> None:
        self.index = index
        self.track = track
        self._feed = feed
        self._untap: Callable[[], None] | None = track.tap(self)

    def packet(self, packet: Packet) -> None:
        self._feed.send_packet(self.index, packet)

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self._feed.send(wire.SenderReport(self.index, ntp, timestamp))

    def ended(self) -> None:
        self._feed.release(self.track.sid)

    def close(self) -> None:
        if self._untap is not None:
            untap, self._untap = self._untap, None
            untap()


class Feed:
    """The observer and tapper of one room for one egress. `on_closed` is called when the room is gone."""

    def __init__(
        self, programme: Programme, plan: Plan, on_closed: Callable[[], None], *, most_bytes: int = MOST_BYTES
    ) -> None:
        self.dropped = 0  # messages that no recorder was given
        self._most_bytes = most_bytes
        self._programme = programme
        self._plan = plan
        self._on_closed = on_closed
        self._tapped: dict[str, _Tapped] = {}
        self._speaker = Speaker()
        self._shown = ""  # sid of the track that is the picture or will be
        self._views: tuple[int, ...] = ()  # indices of the tracks on a composed canvas
        self._indices = 0
        self._announced: dict[int, wire.Track] = {}
        self._ended: dict[int, int] = {}  # index of an ended tap → number of the message that says so
        self._streams = wire.Streams(())
        self._layout = wire.Arrange(plan.layout)
        self._pinned = plan.pinned
        self._journal: deque[tuple[int, bytes]] = deque()
        self._journal_bytes = 0
        self._number = 0
        self._resume = wire.Resume()
        self._writer: asyncio.StreamWriter | None = None
        self._pending: list[bytes] = []
        self._flushing: asyncio.TimerHandle | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._unobserve: Callable[[], None] | None = None
        self._is_over = False
        self._present_at: float | None = None  # when what is recorded was last there

    def open(self) -> None:
        """Begin to watch the room and to tap what belongs into the recording."""
        self._unobserve = self._programme.observe(self)
        for track in self._programme.published():
            self.track_published(track)
        self._tick()

    def attach(self, writer: asyncio.StreamWriter) -> None:
        """Feed a recorder: the first one, or a successor from the last safe place on."""
        self._pending.clear()
        self._writer = writer
        writer.write(wire.encode(0.0, self._resume_from_journal()))  # at no time: the journal is in the past
        for track in self._announced.values():
            writer.write(wire.encode(0.0, track))
        writer.write(wire.encode(0.0, self._streams))
        writer.write(wire.encode(0.0, self._layout))
        writer.writelines(data for _, data in self._journal)
        if self._is_over:
            writer.write_eof()

    def stream_to(self, wanted: tuple[wire.Stream, ...]) -> None:
        """The targets from now on; outside the journal, since a successor needs the last word only."""
        self._streams = wire.Streams(wanted)
        self._write(wire.encode(0.0, self._streams))

    def arrange(self, layout: str) -> None:
        """The layout from now on, and who is pinned; outside the journal, as the targets."""
        self._layout, self._pinned = wire.Arrange(layout), pinned_in(layout)
        self._choose()
        self._write(wire.encode(0.0, self._layout))

    def detach(self) -> None:
        self._writer = None

    def skip(self) -> None:
        """Leave out what no recorder has survived; the next one begins with the present."""
        end = [self._journal[-1]] if self._is_over and self._journal else []
        self.dropped += len(self._journal) - len(end)
        self._journal = deque(end)
        self._journal_bytes = sum(len(data) for _, data in end)

    def end(self) -> None:
        """The recording is over now; the room is left alone from here on."""
        if self._is_over:
            return
        self._leave_room()
        self.send(wire.End())
        self._is_over = True
        self._flush()
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write_eof()

    def close(self) -> None:
        """Forget everything, with or without an end before."""
        self._leave_room()
        self._is_over = True
        if self._flushing is not None:
            self._flushing.cancel()
        self._writer = None
        self._journal.clear()

    def _leave_room(self) -> None:
        if self._unobserve is not None:
            unobserve, self._unobserve = self._unobserve, None
            unobserve()
        for tapped in list(self._tapped.values()):
            tapped.close()
        self._tapped.clear()
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    # What the recorder says.

    @property
    def safe_number(self) -> int:
        """All messages before this one are on disk."""
        return self._resume.number

    def safe(self, resume: wire.Resume) -> None:
        """All before `resume.number` is on disk."""
        self._resume = resume
        while self._journal and self._journal[0][0] < resume.number:
            self._journal_bytes -= len(self._journal.popleft()[1])
        for index in [index for index, number in self._ended.items() if number < resume.number]:
            del self._ended[index], self._announced[index]

    def key_frame_wanted(self, index: int) -> None:
        for tapped in self._tapped.values():
            if tapped.index == index:
                tapped.track.request_key_frame()

    def shown(self, index: int) -> None:
        """The recorder has switched to this picture, so the others are not needed any more."""
        for sid, tapped in list(self._tapped.items()):
            if tapped.track.kind == "video" and tapped.index != index and sid != self._shown:
                self.release(sid)

    # What the room says.

    def track_published(self, track: Published) -> None:
        if track.kind == "video":
            self._choose()
        elif not self._takes(track):
            return
        elif self._plan.has_audio and track.sid not in self._tapped and track.codec == "opus":
            self._tap(track)

    def track_unpublished(self, track: Published) -> None:
        self.release(track.sid)
        self._choose()

    def track_muted(self, track: Published) -> None:
        if track.kind == "video":
            self._choose()

    def closed(self) -> None:
        self._on_closed()

    def _takes(self, track: Published) -> bool:
        return self._plan.takes(track.sid, track.identity, track.source)

    def _is_deserted(self) -> bool:
        """Whether what was to be recorded has been there and is gone for good."""
        if not self._plan.identity and not self._plan.tracks:
            return False
        now = time.monotonic()
        if any(self._takes(track) for track in self._programme.published()):
            self._present_at = now
        patience_s = ABSENT_S if self._plan.identity else 0.0
        return self._present_at is not None and now - self._present_at > patience_s

    def _choose(self) -> None:
        if not self._plan.has_video:
            return
        usable = [track for track in self._programme.published() if self._takes(track)]
        if self._plan.layout:
            self._choose_views(usable)
            return
        track = choose_picture(usable, self._shown, self._speaker.identity, self._pinned)
        if track is None:
            self._shown = ""
            self.send(wire.Picture(wire.NO_TRACK))
        elif track.sid != self._shown or track.sid not in self._tapped:
            self._shown = track.sid
            tapped = self._tapped.get(track.sid) or self._tap(track)
            self.send(wire.Picture(tapped.index))

    def _listen(self) -> None:
        """With one picture at a time it is that of whoever speaks; a canvas is composed by the recorder,
        which hears for itself."""
        before = self._speaker.identity
        self._speaker.heard(self._programme.speaking(), time.monotonic())
        if self._speaker.identity != before and not self._plan.layout:
            self._choose()

    def _choose_views(self, usable: list[Published]) -> None:
        views = choose_views(usable, MOST_TILES, self._pinned)
        wanted = {track.sid for track in views}
        for tapped in list(self._tapped.values()):
            if tapped.track.kind == "video" and tapped.track.sid not in wanted:
                self.release(tapped.track.sid)
        for track in views:
            if track.sid not in self._tapped:
                self._tap(track)
        indices = tuple(self._tapped[track.sid].index for track in views)
        if indices != self._views:
            self._views = indices
            self.send(wire.Views(indices))

    def _tap(self, track: Published) -> _Tapped:
        self._indices += 1
        announcement = wire.Track(
            index=self._indices,
            sid=track.sid,
            identity=track.identity,
            kind=track.kind,
            codec=track.codec,
            clock_rate=track.clock_rate,
            source=track.source,
        )
        self._announced[announcement.index] = announcement
        self._write(wire.encode(0.0, announcement))
        tapped = self._tapped[track.sid] = _Tapped(announcement.index, track, self)
        return tapped

    def release(self, sid: str) -> None:
        tapped = self._tapped.pop(sid, None)
        if tapped is not None:
            tapped.close()
            self._ended[tapped.index] = self._number
            self.send(wire.Ended(tapped.index))

    # The way to the recorder.

    def send_packet(self, index: int, packet: Packet) -> None:
        if self._journal_bytes > self._most_bytes:
            self.dropped += 1
            return
        self.send(wire.Media(index, packet), packet.arrived_at)

    def send(self, message: wire.Message, at: float | None = None) -> None:
        if self._is_over:
            return
        data = wire.encode(time.time() if at is None else at, message)
        self._journal.append((self._number, data))
        self._journal_bytes += len(data)
        self._number += 1
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._writer is None:
            return
        self._pending.append(data)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(GATHER_S, self._flush)

    def _flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        if self._writer is not None and self._pending and not self._writer.is_closing():
            self._writer.write(b"".join(self._pending))
        self._pending.clear()

    def _tick(self) -> None:
        self.send(wire.Tick())
        if self._is_deserted():
            asyncio.get_running_loop().call_soon(self._on_closed)
            return
        self._listen()
        self._ticking = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _resume_from_journal(self) -> wire.Resume:
        first = self._journal[0][0] if self._journal else self._number
        if first <= self._resume.number:
            return self._resume
        shown = self._tapped.get(self._shown)
        return wire.Resume(
            number=first,
            epoch=self._resume.epoch,
            picture=shown.index if shown else wire.NO_TRACK,
            views=self._views,
            frames_in=self._resume.frames_in,
        )
