"""Figures of a rehearsal in words, and what was wrong."""

import statistics
from collections.abc import Iterator

from livehall.cli.rehearsal.host import FPS
from livehall.cli.rehearsal.play import Outcome
from livehall.cli.rehearsal.watching import Kind, Sighting

LATEST_PICTURE_S = 5.0
LOST_SHARE = 0.01
LEAST_PICTURES = 0.8  # of what the host sent meanwhile


def figures(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Rows of name and text, for each kind of viewer."""
    kinds: list[tuple[Kind, str]] = [
        ("SDK", "full SDK clients that decode"),
        ("light", "light receivers that count packets"),
    ]
    for kind, words in kinds:
        seen = [sighting for sighting in outcome.sightings if sighting.kind == kind]
        if not seen:
            continue
        packets, lost = sum(each.packets for each in seen), sum(each.lost for each in seen)
        yield f"{len(seen)} {words}", ""
        yield "  joined", _spread([each.joined_s for each in seen])
        yield "  first picture", _spread([each.picture_s for each in seen])
        yield "  first sound", _spread([each.sound_s for each in seen])
        if kind == "SDK":
            rate = sum(each.pictures for each in seen) / max(sum(each.watched_s for each in seen), 0.001)
            yield "  pictures", f"{rate:.1f} a second, of {FPS} that were sent"
        yield "  packets", f"{packets:,}, lost {lost:,} ({lost / max(packets + lost, 1):.2%})"
    heard = sum(each.messages for each in outcome.sightings)
    yield "Chat", f"{outcome.said} written, {heard:,} of {outcome.said * len(outcome.sightings):,} heard live"
    attended = "not readable" if outcome.attended is None else str(outcome.attended)
    yield "Attendance", f"{attended} of {len(outcome.sightings)} viewers"


def troubles(outcome: Outcome) -> list[str]:
    """Everything that a viewer would have complained about; empty when the rehearsal is clean."""
    found = list(outcome.troubles)
    for seen in outcome.sightings:
        found += [f"{seen.name} ({seen.kind}): {text}" for text in _complaints(seen, outcome)]
    if outcome.attended is not None and outcome.attended != len(outcome.sightings):
        found.append(f"The attendance has {outcome.attended} viewers of {len(outcome.sightings)}.")
    return found


def _complaints(seen: Sighting, outcome: Outcome) -> Iterator[str]:
    if seen.trouble:
        yield seen.trouble
    if seen.joined_s is None:
        return
    if seen.picture_s is None:
        yield "saw nothing"
    elif seen.picture_s > LATEST_PICTURE_S:
        yield f"saw the first picture after {seen.picture_s:.1f} s"
    if seen.sound_s is None:
        yield "heard nothing"
    if seen.lost > LOST_SHARE * max(seen.packets, 1):
        yield f"lost {seen.lost} of {seen.packets + seen.lost} packets"
    if seen.kind == "SDK" and seen.pictures < LEAST_PICTURES * FPS * seen.watched_s:
        yield f"saw {seen.pictures} pictures in {seen.watched_s:.0f} s"
    if seen.messages < outcome.said:
        yield f"got {seen.messages} of {outcome.said} chat messages"


def _spread(values: list[float | None]) -> str:
    known = sorted(value for value in values if value is not None)
    if not known:
        return "never"
    late = known[min(len(known) - 1, int(len(known) * 0.95))]
    text = f"{statistics.median(known):.2f} s in the middle, 95 % within {late:.2f} s, last {known[-1]:.2f} s"
    never = len(values) - len(known)
    return f"{text}, {never} never" if never else text
