"""What one viewer saw and heard."""

from typing import Literal, Protocol

import msgspec

from livehall.cli.rehearsal.door import Seat

Kind = Literal["SDK", "light"]


class Sighting(msgspec.Struct, kw_only=True):
    """Filled while a viewer watches. Times are seconds from the beginning of its join."""

    name: str
    kind: Kind
    joined_s: float | None = None  # until the media server had taken it in
    picture_s: float | None = None  # until the first whole picture
    sound_s: float | None = None  # until the first sound above silence (SDK), or the first packet (light)
    pictures: int = 0  # decoded; light receivers decode none
    watched_s: float = 0.0  # from the first picture to the end
    packets: int = 0
    lost: int = 0
    messages: int = 0  # chat messages that arrived live
    trouble: str = ""


class Viewer(Protocol):
    """One robot in the audience."""

    kind: Kind

    async def watch(self, seat: Seat, seen: Sighting, born: float) -> None:
        """Connect and begin to count into `seen`; `born` is `time.monotonic()` at the join."""
        ...

    async def stop(self) -> None:
        """Take the last counts and go."""
        ...
