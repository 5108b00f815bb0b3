"""The recorder of a composed canvas: several pictures at once, at a steady rate, by a layout."""

from collections.abc import Callable
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from livehall.media.egress import layouts, wire
from livehall.media.egress.arrivals import View, Voice
from livehall.media.egress.composing import Composer
from livehall.media.egress.encoders import HIGHEST, WIDEST, PictureEncoder, is_dark, make_decoder
from livehall.media.egress.plans import Plan
from livehall.media.egress.recorder import MIX_DELAY_S, Recorder
from livehall.media.egress.speaking import Speaker
from livehall.media.tracks.programme import Packet, is_of

STEP = 3600  # 1/90,000 s between two pictures: 25 a second
DELAY_S = MIX_DELAY_S  # pictures of all have come by then
LOOK_EVERY = 25  # pictures of a sender between two looks at its brightness


class CompositeRecorder(Recorder):
    def __init__(self, folder: Path, plan: Plan, report: Callable[[wire.Report], None]) -> None:
        super().__init__(folder, plan, report)
        layout = layouts.parse(plan.layout)
        assert layout is not None, "the plan was checked"
        self._composer = Composer(layout, (WIDEST, HIGHEST))
        self._pinned = layout.pinned
        self._encoder = PictureEncoder((WIDEST, HIGHEST), self._key_every_s)
        self._decoders: dict[int, VideoCodecContext] = {}
        self._speaker = Speaker()
        self._next: int | None = None  # position of the next composed picture
        self._decoded = 0

    def finish(self) -> None:
        self._drain_all()
        if self._epoch is not None:
            self._compose(round((self._now - self._epoch) * 90_000))
        super().finish()

    def _adopt(self, resume: wire.Resume) -> None:
        super()._adopt(resume)
        self._view(resume.views)

    def _view(self, indices: tuple[int, ...]) -> None:
        self._views = indices
        self._composer.arrange(indices, self._main())

    def _arrange(self, layout: str) -> None:
        found = layouts.parse(layout)
        assert found is not None, "the name was checked"
        was, self._pinned = self._pinned, found.pinned
        first = self._main()
        if was and first is None and self._views:
            first = self._views[0]  # nobody has spoken yet, and who was pinned is large no more
        self._composer.arrange(first=first, layout=found)

    def _heard(self, voice: Voice, pcm: bytes) -> None:
        if self._speaker.heard(voice.track.identity, pcm, self._now):
            self._composer.arrange(first=self._main())

    def _main(self) -> int | None:
        """Who is pinned, a shared screen, or the camera of whoever speaks."""
        tracks = [self._tracks[index].track for index in self._views if index in self._tracks]
        for track in tracks:
            if is_of(track.identity, self._pinned):
                return track.index
        for track in tracks:
            if track.source == "SCREEN_SHARE" or track.identity == self._speaker.identity:
                return track.index
        return None

    def _lose(self, index: int) -> None:
        super()._lose(index)
        self._decoders.pop(index, None)

    def _show_what_is_due(self) -> None:
        if self._epoch is not None:
            self._compose(round((self._attention.settled - self._epoch - DELAY_S) * 90_000))

    def _is_seen(self, view: View) -> bool:
        return view.track.index in self._views

    def _see(self, view: View, packet: Packet | None) -> None:
        index = view.track.index
        frames = self._assemble(view, packet, is_wanted=True)
        for frame in frames:
            opens_line = self._epoch is None
            if self._outputs is None:
                self._begin_with_picture(view, frame)
                self._hear_early()  # pictures are composed before their sound is mixed
            assert self._epoch is not None
            placed = view.place(frame.timestamp, self._epoch)
            position = 0 if opens_line else max(0, placed)
            try:
                for image in self._decoder_of(view).decode(av.Packet(frame.data)):
                    self._take_in(index, image, position)
            except av.FFmpegError:
                view.assembler.is_broken = True
        fresh = view.count()
        self._frames_in += fresh
        self._frames_lost += max(0, fresh - len(frames))

    def _take_in(self, index: int, image: av.VideoFrame, position: int) -> None:
        self._composer.see(index, image, position)
        self._decoded += 1
        if self._decoded % LOOK_EVERY == 1:
            self._showing.look(is_black=is_dark(image))
        if self._next is None:
            self._next = -(-position // STEP) * STEP

    def _decoder_of(self, view: View) -> VideoCodecContext:
        index = view.track.index
        if index not in self._decoders:
            self._decoders[index] = make_decoder(view.track.codec)
        return self._decoders[index]

    def _compose(self, until: int) -> None:
        while self._outputs is not None and self._next is not None and self._next <= until:
            force_key = self._outputs.wants_key_frame
            canvas = self._composer.compose(self._next)
            for picture in self._encoder.encode(canvas, self._next, force_key=force_key):
                self._outputs.write_picture(picture)
                if picture.is_key:
                    self._key_at = self._now
                    self._offer_place()
            self._end = self._next
            self._next += STEP
