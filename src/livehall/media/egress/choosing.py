"""Which tracks are seen: who is pinned before all others, a screen before a camera, who speaks before who is
shown, nobody who is muted."""

from collections.abc import Iterable

from livehall.media.tracks.programme import Published, is_of


def choose_views(tracks: Iterable[Published], most: int, pinned: str = "") -> list[Published]:
    """The video tracks on a composed canvas: who is pinned, screens, then in the order of publishing."""
    visible = [track for track in tracks if track.kind == "video" and not track.muted]
    order = sorted(visible, key=lambda track: track.source != "SCREEN_SHARE")
    return sorted(order, key=lambda track: not is_of(track.identity, pinned))[:most]


def choose_picture(
    tracks: Iterable[Published], current: str, speaker: str = "", pinned: str = ""
) -> Published | None:
    """The video track to show; `current` is the sid of the one that is shown, or empty, `speaker` the
    identity of who speaks or spoke last, and `pinned` of who comes first, or empty."""
    visible = [track for track in tracks if track.kind == "video" and not track.muted]
    visible = [track for track in visible if is_of(track.identity, pinned)] or visible
    screens = [track for track in visible if track.source == "SCREEN_SHARE"]
    best = screens or [track for track in visible if track.identity == speaker] or visible
    for track in best:
        if track.sid == current:
            return track
    return best[0] if best else None
