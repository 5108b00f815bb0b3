"""The rehearsal's own parts: what it sends, and when it complains."""

import pytest

from livehall.cli.rehearsal.host import HEIGHT, WIDTH, picture
from livehall.cli.rehearsal.play import Outcome
from livehall.cli.rehearsal.verdict import figures, troubles
from livehall.cli.rehearsal.watching import Sighting


def sighting(**changes) -> Sighting:
    """A viewer who has nothing to complain about, for 10 seconds."""
    sound = {
        "name": "Robot 1", "kind": "SDK", "joined_s": 0.2, "picture_s": 0.6, "sound_s": 0.7,
        "pictures": 150, "watched_s": 10.0, "packets": 1000, "lost": 0, "messages": 1,
    }  # fmt: skip
    return Sighting(**{**sound, **changes})


def outcome(*seen: Sighting, **changes) -> Outcome:
    return Outcome(**{"sightings": list(seen), "said": 1, "attended": len(seen), **changes})


def test_the_picture_is_whole_and_moves():
    assert len(picture(0)) == WIDTH * HEIGHT * 3 // 2
    assert picture(0) != picture(1)


def test_a_sound_rehearsal_has_no_complaint():
    light = sighting(name="Robot 2", kind="light", pictures=0)
    assert troubles(outcome(sighting(), light)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trouble": "join: 409 full"}, "409 full"),
        ({"picture_s": None}, "saw nothing"),
        ({"picture_s": 9.0}, "first picture after 9.0 s"),
        ({"sound_s": None}, "heard nothing"),
        ({"lost": 50}, "lost 50 of 1050"),
        ({"pictures": 60}, "saw 60 pictures"),
        ({"messages": 0}, "0 of 1 chat messages"),
    ],
)
def test_what_a_person_would_complain_about_is_a_trouble(changes, words):
    found = troubles(outcome(sighting(**changes)))
    assert len(found) == 1
    assert words in found[0]


def test_a_viewer_missing_in_the_attendance_is_a_trouble():
    assert troubles(outcome(sighting(), attended=0)) == ["The attendance has 0 viewers of 1."]


def test_the_figures_say_which_viewers_decode_and_which_count():
    rows = dict(figures(outcome(sighting(), sighting(kind="light", joined_s=None))))
    assert "1 full SDK clients that decode" in rows
    assert "1 light receivers that count packets" in rows
