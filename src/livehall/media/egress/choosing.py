"""Which tracks are seen: a screen before a camera, who speaks before who is shown, nobody who is muted."""

from collections.abc import Iterable

from livehall.media.tracks.programme import Published


def choose_views(tracks: Iterable[Published], most: int) -> list[Published]:
    """The video tracks on a composed canvas: screens first, then in the order of publishing."""
    visible = [track for track in tracks if track.kind == "video" and not track.muted]
    return sorted(visible, key=lambda track: track.source != "SCREEN_SHARE")[:most]


def choose_picture(tracks: Iterable[Published], current: str, speaker: str = "") -> Published | None:
    """The video track to show; `current` is the sid of the one that is shown, or empty, and `speaker` the
    identity of who speaks or spoke last, or empty."""
    visible = [track for track in tracks if track.kind == "video" and not track.muted]
    screens = [track for track in visible if track.source == "SCREEN_SHARE"]
    best = screens or [track for track in visible if track.identity == speaker] or visible
    for track in best:
        if track.sid == current:
            return track
    return best[0] if best else None
