"""Which layers fit."""

import pytest

from livehall.media.congestion.allocation import PAUSED, Demand, allocate, next_step_bps

LAYERS = ((0, 160e3), (1, 450e3), (2, 1700e3))


def camera(key: str, *, wanted: int = 2, present: int = 2) -> Demand:
    return Demand(key, LAYERS, wanted, present=present)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(100e3, PAUSED), (200e3, 0), (460e3, 1), (1600e3, 1), (1750e3, 2), (9e9, 2)],
)
def test_one_picture_has_the_best_layer_that_fits(limit: float, expected: int):
    assert allocate(limit, [camera("a")]) == {"a": expected}


def test_no_more_than_what_is_wanted_is_given():
    assert allocate(9e9, [camera("a", wanted=1)]) == {"a": 1}


def test_everybody_is_seen_before_anybody_is_seen_better():
    assert allocate(500e3, [camera("a"), camera("b"), camera("c")]) == {"a": 0, "b": 0, "c": 0}


def test_what_is_left_raises_one_after_the_other():
    assert allocate(650e3, [camera("a"), camera("b")]) == {"a": 1, "b": 0}


def test_a_screen_comes_before_a_face():
    screen = Demand("screen", ((2, 300e3),), 2, has_precedence=True, present=2)
    assert allocate(350e3, [camera("face"), screen]) == {"face": PAUSED, "screen": 2}


def test_a_better_layer_needs_room_to_spare():
    assert allocate(460e3, [camera("a", present=0)]) == {"a": 0}
    assert allocate(530e3, [camera("a", present=0)]) == {"a": 1}


def test_a_paused_picture_comes_back_with_room_to_spare():
    assert allocate(165e3, [camera("a", present=PAUSED)]) == {"a": PAUSED}
    assert allocate(190e3, [camera("a", present=PAUSED)]) == {"a": 0}


def test_a_picture_without_so_low_a_layer_has_its_lowest():
    assert allocate(2e6, [Demand("a", ((2, 1e6),), 0, present=2)]) == {"a": 2}


def test_nothing_wanted_is_nothing_given():
    assert allocate(1e6, []) == {}


def test_the_next_step_is_the_cheapest():
    demands = [camera("a"), camera("b")]
    assert next_step_bps(demands, {"a": 1, "b": 0}) == pytest.approx((450e3 + 450e3) * 1.15)


def test_there_is_no_next_step_when_all_have_all():
    assert next_step_bps([camera("a")], {"a": 2}) is None
