"""The recorder: messages in, parts and segments out. Its only clock is the time that messages carry.

The recording's line begins with the first sound or picture. A first picture that comes within `PATIENCE_S` of
the first sound is shown from the beginning on; one that comes later joins then. Pictures are placed by their
RTP timestamps one to one; sound is mixed `MIX_DELAY_S` behind the present, and is silence where nothing came.
The present is what has been read and put in order: the mix waits for pictures that wait for a packet, and
after a lapse of the media process for what lay in its sockets (`attention`).

Failure story: every key frame is a place where a successor may begin. `Beat` names the newest one from
which on not all may be on disk; the media process keeps the messages since then and feeds them again.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import av

from livehall.media.egress import wire
from livehall.media.egress.arrivals import TOLERANCE_S, Arrival, View, Voice
from livehall.media.egress.attention import Attention
from livehall.media.egress.clocks import PublisherClock
from livehall.media.egress.encoders import OpusEncoder, SoundEncoder, SoundSource, VideoEncoder
from livehall.media.egress.frames import Frame
from livehall.media.egress.mixing import BLOCK, RATE, Mixer
from livehall.media.egress.outputs import Outputs
from livehall.media.egress.parts import PartNote, samples
from livehall.media.egress.plans import Plan
from livehall.media.egress.showing import Shower, Showing
from livehall.media.tracks.programme import Packet

PATIENCE_S = 3.0
MIX_DELAY_S = 0.6  # the wait for late packets, and what a picture may lag behind its sound
SAFE_S = 3.0  # after this long a picture and its sound are surely in a flushed fragment
REWIND_S = 1.0  # a successor hears the sound again from this long before its first picture
KEY_FRAME_EVERY_S = 4.0  # a killed recorder begins again at a key frame
BEAT_S = 1.0
LEARNED_S = 1.0  # so much later than was thought a line may have begun; more is another clock
STEP = 90  # 1/90,000 s between two pictures at least


class Recorder:
    """Feed it with `handle`; what it has to say goes to `report`."""

    def __init__(self, folder: Path, plan: Plan, report: Callable[[wire.Report], None]) -> None:
        self._folder = folder
        self._plan = plan
        self._report = report
        self._now = self._beat_at = 0.0
        self._attention = Attention()
        self._number = 0  # of the next message
        self._recent: deque[tuple[float, int]] = deque()  # time and number of messages, REWIND_S back
        self._resume = wire.Resume()
        self._candidates: deque[tuple[float, wire.Resume]] = (
            deque()
        )  # since when a successor could begin there
        self._publishers: dict[str, PublisherClock] = {}
        self._tracks: dict[int, Voice | View] = {}
        self._current = self._wanted = wire.NO_TRACK
        self._early: deque[tuple[Voice, Packet]] = deque()  # sound before the beginning
        self._epoch: float | None = None
        self._outputs: Outputs | None = None
        self._streams: tuple[wire.Stream, ...] = ()
        self._views: tuple[int, ...] = ()  # of a composed canvas
        self._mixer = Mixer()
        self._sound = self._make_sound() if plan.has_audio else None
        self._key_every_s = min(
            plan.segments.duration_s if plan.segments else KEY_FRAME_EVERY_S, KEY_FRAME_EVERY_S
        )
        self._showing = self._make_shower()
        self._frames_in = self._frames_lost = 0
        self._key_at = 0.0  # when the last key frame came
        self._end: int | None = None  # position of the last picture

    def _make_shower(self) -> Shower:
        return Showing(VideoEncoder(self._key_every_s))

    def _make_sound(self) -> SoundSource:
        return OpusEncoder() if self._plan.container == "ogg" else SoundEncoder()

    def handle(self, at: float, message: wire.Message) -> None:
        self._now = max(self._now, at)
        if at:
            self._attention.see(at)
        match message:
            case wire.Media(index, packet):
                self._take(index, packet)
            case wire.SenderReport(index, ntp, timestamp):
                if index in self._tracks:
                    self._tracks[index].report(ntp, timestamp)
            case wire.Track():
                self._announce(message)
                return  # outside the count: a successor gets all announcements at once
            case wire.Ended(index):
                self._lose(index)
            case wire.Picture(index):
                self._wanted = index
                if index == self._current:  # as before, after all: what was wanted meanwhile may be let go
                    self._report(wire.Shown(index))
            case wire.Views(indices):
                self._view(indices)
            case wire.Resume():
                self._adopt(message)
                return
            case wire.Streams(wanted):
                self._stream_to(wanted)
                return  # nor is this, nor the next: a successor gets the last word at once
            case wire.Arrange(layout):
                self._arrange(layout)
                return
            case wire.Tick():
                self._pass_time()
            case wire.End():
                self.finish()
        self._number += 1
        if self._now - self._beat_at >= BEAT_S:
            self._beat()

    def finish(self) -> None:
        """The end is now: write what is still on its way and close the outputs."""
        self._drain_all()
        if self._outputs is None and self._early:
            self._begin_with_sound()
        if self._outputs is None or self._epoch is None:
            return
        end = max(round((self._now - self._epoch) * 90_000), (self._end or 0) + STEP)
        self._mix(samples(end) + BLOCK - 1)
        if self._sound is not None:
            for sound in self._sound.flush():
                self._outputs.write_sound(sound)
        self._outputs.note(self._figures())
        for state in self._outputs.close(end):
            self._report(state)
        self._outputs = None

    def _drain_all(self) -> None:
        """At the end. A picture that is not whole by then has not come yet, and is not lost."""
        lost = self._frames_lost
        for track in list(self._tracks.values()):
            self._drain(track, float("inf"))
        self._frames_in -= self._frames_lost - lost
        self._frames_lost = lost

    def _adopt(self, resume: wire.Resume) -> None:
        self._resume = resume
        self._number = resume.number
        self._epoch = resume.epoch
        self._wanted = resume.picture
        self._frames_in = resume.frames_in

    def _view(self, indices: tuple[int, ...]) -> None:
        """Who is seen on a composed canvas; one picture at a time has none."""

    def _arrange(self, layout: str) -> None:
        """How a composed canvas is laid out."""

    def _heard(self, voice: Voice, pcm: bytes) -> None:
        """Somebody sounds."""

    def _announce(self, track: wire.Track) -> None:
        if track.index in self._tracks:
            return
        publisher = self._publishers.setdefault(track.identity, PublisherClock())
        kind = Voice if track.kind == "audio" else View
        self._tracks[track.index] = kind(track, publisher, self._resume.anchors.get(track.index))

    def _stream_to(self, wanted: tuple[wire.Stream, ...]) -> None:
        self._streams = wanted
        if self._outputs is not None:
            self._outputs.stream_to(wanted)

    def _lose(self, index: int) -> None:
        track = self._tracks.pop(index, None)
        if track is None:
            return
        self._drain(track, float("inf"))
        self._mixer.remove(index)
        if index == self._current:
            self._current = wire.NO_TRACK

    def _take(self, index: int, packet: Packet) -> None:
        self._recent.append((self._now, self._number))
        while self._recent[0][0] < self._now - REWIND_S:
            self._recent.popleft()
        track = self._tracks.get(index)
        if track is not None:
            track.push(packet, self._attention.attended)
            self._drain(track, self._attention.attended)

    def _pass_time(self) -> None:
        for track in list(self._tracks.values()):
            self._drain(track, self._attention.attended)
            self._ask_early(track)
        for state in self._outputs.said() if self._outputs is not None else ():
            self._report(state)
        patience_s = PATIENCE_S if self._plan.has_video else 0.0
        if self._outputs is None and self._early and self._now - self._early[0][1].arrived_at > patience_s:
            self._begin_with_sound()
        self._show_what_is_due()
        if self._epoch is not None:
            self._mix(round((self._present() - self._epoch - MIX_DELAY_S) * RATE))
            if self._now - self._key_at >= KEY_FRAME_EVERY_S and self._end_is_old():
                self._key_at = self._now
                self._offer_place()

    def _show_what_is_due(self) -> None:
        """Pictures that go by the clock; before their sound, since a file begins with a picture if it can."""

    def _present(self) -> float:
        """Unix seconds: what arrived until now has been read, and the picture of now waits for nothing."""
        shown = (self._tracks.get(index) for index in {self._current, self._wanted})
        waiting = [track.reorderer.waits_since for track in shown if track is not None]
        return min([self._attention.settled, *(since for since in waiting if since is not None)])

    def _end_is_old(self) -> bool:
        """Nobody shows anything, so no key frame will come."""
        epoch = self._epoch or 0.0
        return self._end is None or self._now - (epoch + self._end / 90_000) > KEY_FRAME_EVERY_S

    def _drain(self, track: Arrival, now: float) -> None:
        for packet in track.reorderer.pop(now):
            if isinstance(track, View):
                self._see(track, packet)
            elif isinstance(track, Voice) and packet is not None and packet.payload:
                self._hear(track, packet)

    def _ask_early(self, track: Arrival) -> None:
        """Whoever waits for a packet gets a key frame to go on with if that never comes."""
        if isinstance(track, View) and track.needs_key(self._attention.attended) and self._is_seen(track):
            self._report(wire.KeyFrameWanted(track.track.index))

    def _is_seen(self, view: View) -> bool:
        return view.track.index in (self._current, self._wanted)

    def _hear(self, voice: Voice, packet: Packet) -> None:
        if self._outputs is None:
            self._early.append((voice, packet))
            if self._now - self._early[0][1].arrived_at > PATIENCE_S + 1:
                self._begin_with_sound()
            return
        self._put(voice, packet)

    def _put(self, voice: Voice, packet: Packet) -> None:
        assert self._epoch is not None
        try:
            pcm = voice.decoder.decode(packet.payload)
        except av.FFmpegError:
            return  # silence instead of one broken packet
        self._mixer.write(voice.track.index, voice.place(packet.timestamp, self._epoch), pcm)
        self._heard(voice, pcm)

    def _see(self, view: View, packet: Packet | None) -> None:
        index = view.track.index
        frames = self._assemble(view, packet, is_wanted=self._is_seen(view))
        for frame in frames:
            if index == self._wanted != self._current and frame.is_key:
                self._current = index
                view.count_from_here()
                self._report(wire.Shown(index))
            if index == self._current:
                self._show(view, frame)
        fresh = view.count()
        if index == self._current:
            self._frames_in += fresh
            self._frames_lost += fresh - len(frames) if fresh else 0

    def _assemble(self, view: View, packet: Packet | None, *, is_wanted: bool) -> list[Frame]:
        """The pictures that a packet, or a gap, completes; one that is wanted and broken gets a key frame."""
        frames: list[Frame] = []
        if packet is None:
            view.assembler.gap()
        else:
            frames = view.assembler.push(packet)
        has_ended = packet is None or packet.marker  # before that, the key frame may be on its way
        if is_wanted and view.assembler.is_broken and has_ended and view.may_ask(self._now):
            self._report(wire.KeyFrameWanted(view.track.index))
        return frames

    def _show(self, view: View, frame: Frame) -> None:
        opens_line, is_first = self._epoch is None, self._outputs is None
        if is_first:
            self._begin_with_picture(view, frame)
        assert self._epoch is not None
        ahead_s = view.ahead_s(frame.timestamp, self._epoch)
        if TOLERANCE_S < ahead_s < LEARNED_S:
            # The first pictures had been late on their way: the line began earlier, and no picture moves.
            self._epoch -= ahead_s
        position = view.place(frame.timestamp, self._epoch)
        if self._end is not None:
            position = max(position, self._end + STEP)
        position = max(position, 0)
        if frame.is_key:
            self._key_at = self._now
            self._offer_place()
        elif self._now - self._key_at >= self._key_every_s and view.may_ask(self._now):
            self._report(wire.KeyFrameWanted(view.track.index))
        self._end = position
        if opens_line and position > 0:  # under it is heard what was said before
            self._write(view, frame, 0)
        self._write(view, frame, position)
        if is_first:
            self._hear_early()

    def _write(self, view: View, frame: Frame, position: int) -> None:
        assert self._outputs is not None
        try:
            pictures = self._showing.show(
                frame, view.track.codec, position, force_key=self._outputs.wants_key_frame
            )
        except av.FFmpegError:
            view.assembler.is_broken = True
            self._frames_lost += 1
            return
        for picture in pictures:
            self._outputs.write_picture(picture)

    def _begin_with_picture(self, view: View, frame: Frame) -> None:
        """A line that begins here begins with the sound that was there before. `_hear_early` follows when the
        picture is written, since a file begins with one if it can.
        """
        walls = [voice.wall(packet.timestamp) for voice, packet in self._early] if self._epoch is None else []
        self._begin(min([view.wall(frame.timestamp), *walls]))

    def _begin_with_sound(self) -> None:
        voice, packet = self._early[0]
        self._begin(voice.wall(packet.timestamp))
        self._hear_early()

    def _begin(self, wall: float) -> None:
        """The outputs begin at `wall` (Unix seconds); so does the line, unless there is one already."""
        if self._epoch is None:
            self._epoch = wall
            self._report(wire.Started(wall))
        start = max(0, int((wall - self._epoch) * RATE))
        self._mixer = Mixer(start // BLOCK * BLOCK)
        template = self._sound.template if self._sound is not None else None
        self._outputs = Outputs(self._folder, self._plan, self._epoch, template)
        self._outputs.stream_to(self._streams)

    def _hear_early(self) -> None:
        early, self._early = self._early, deque()
        for voice, packet in early:
            self._hear(voice, packet)

    def _mix(self, until: int) -> None:
        if self._outputs is None or self._sound is None:
            return
        for position, block in self._mixer.blocks(until):
            for sound in self._sound.encode(position, block):
                self._outputs.write_sound(sound)

    def _offer_place(self) -> None:
        number = self._recent[0][1] if self._recent else self._number
        anchors = {index: track.anchor for index, track in self._tracks.items() if track.anchor is not None}
        resume = wire.Resume(
            number=number,
            epoch=self._epoch,
            picture=self._current,
            views=self._views,
            anchors=anchors,
            frames_in=self._frames_in,
        )
        self._candidates.append((self._now, resume))

    def _beat(self) -> None:
        self._beat_at = self._now
        while self._candidates and self._candidates[0][0] <= self._now - SAFE_S:
            self._resume = self._candidates.popleft()[1]
        if self._outputs is not None:
            self._outputs.note(self._figures())
        self._report(wire.Beat(self._resume))

    def _figures(self) -> PartNote:
        return PartNote(
            start=0,
            epoch=0.0,
            has_video=False,
            frames_in=self._frames_in,
            frames_lost=self._frames_lost,
            looked_at=self._showing.looked_at,
            black=self._showing.black,
            blocks=self._mixer.mixed,
            silent=self._mixer.silent,
        )
