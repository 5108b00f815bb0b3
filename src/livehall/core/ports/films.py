"""What the core asks of who can look into a film that was made elsewhere. Adapter: `engines.films`."""

from pathlib import Path
from typing import Literal, Protocol

import msgspec

from livehall.kernel.faults import Unavailable

Refusal = Literal["unreadable", "incomplete", "no_tracks", "codec", "too_long"]


class FilmsUnavailable(Unavailable):
    message = "The film cannot be looked at just now; try again in a moment."


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a file. Without a picture, `width` and `height` are None."""

    duration_ms: int
    width: int | None = None
    height: int | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file is none that players show; `codec` names the one that they do not know."""

    why: Refusal
    codec: str = ""


class FilmInspector(Protocol):
    async def look(self, path: Path) -> Film | Refused:
        """Read the file, and lay a picture of it beside, as `<path>.jpeg`, if it has one that can be shown.

        May be repeated. Raises: FilmsUnavailable.
        """
        ...
