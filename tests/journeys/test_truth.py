"""The comparisons of the journeys, on plain values."""

import random

from tests.journeys import truth
from tests.support.detour import SentFrame


def test_the_camera_is_told_from_the_sound_and_unwrapped() -> None:
    camera = [SentFrame(1, 96, (2**32 - 12_000 + 6000 * n) % 2**32, n / 15) for n in range(40)]
    sound = [SentFrame(2, 111, 960 * n, n / 50) for n in range(150)]

    found = truth.video_of([*sound, *camera])

    assert [round(at * 15) for at, _ in found] == list(range(40))


def test_a_recording_lacks_what_came_after_its_beginning_and_is_not_in_it() -> None:
    chance = random.Random(15)
    sent = [n / 15 + chance.uniform(0, 0.003) for n in range(100)]
    recorded = [round(sent[n] - sent[3] + 0.5, 3) for n in range(3, 96) if n not in {50, 51}]

    lost, due = truth.missing(sent, recorded)

    assert (lost, due) == ([sent[n] for n in (50, 51, 96, 97, 98, 99)], 97)


def test_numbers_may_begin_again_but_not_go_back() -> None:
    assert truth.is_in_order([597, 598, 599, 0, 0, 1], 600)
    assert not truth.is_in_order([1, 2, 2, 3], 600)
    assert not truth.is_in_order([4, 3], 600)
