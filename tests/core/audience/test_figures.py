"""Figures are computed from intervals alone."""

from datetime import UTC, datetime, timedelta

from livehall.core.audience.figures import Interval, Peak, cut, peak, stretches, timeline, whole_seconds

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def span(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


def test_i13_overlapping_connections_of_a_person_count_once() -> None:
    assert whole_seconds(stretches([span(0, 100), span(50, 120), span(60, 70)])) == 120


def test_i13_the_order_and_the_repetition_of_intervals_do_not_matter() -> None:
    intervals = [span(0, 10), span(100, 160), span(5, 20)]
    assert stretches(intervals) == stretches([*reversed(intervals), *intervals])


def test_c15_back_after_30_s_is_the_same_stretch_and_the_gap_counts() -> None:
    assert stretches([span(0, 60), span(90, 120)]) == [span(0, 120)]


def test_c15_back_after_more_than_30_s_is_a_stretch_of_its_own() -> None:
    assert stretches([span(0, 60), span(90.001, 120)]) == [span(0, 60), span(90.001, 120)]


def test_intervals_are_cut_to_the_time_on_air() -> None:
    assert cut([span(-50, 20), span(30, 90), span(100, 110)], at(0), at(60)) == [span(0, 20), span(30, 60)]


def test_seconds_are_rounded_and_not_cut_off() -> None:
    assert whole_seconds([span(0, 59.6)]) == 60


def test_the_peak_is_the_most_people_at_one_time_and_its_first_instant() -> None:
    assert peak([[span(0, 50)], [span(10, 20), span(40, 60)], [span(15, 45)]]) == Peak(3, at(15))


def test_one_who_leaves_makes_room_before_another_comes() -> None:
    assert peak([[span(0, 10)], [span(10, 20)]]) == Peak(1, at(0))


def test_nobody_has_no_peak() -> None:
    assert peak([]) == Peak(0, None)


def test_the_timeline_has_a_point_for_each_minute() -> None:
    points = timeline([[span(0, 90)], [span(60, 200)]], at(0), at(180))
    assert [(point.at, point.viewers) for point in points] == [
        (at(0), 1), (at(60), 2), (at(120), 1), (at(180), 1),
    ]  # fmt: skip


def test_the_timeline_of_a_week_has_at_most_720_points() -> None:
    week = 7 * 24 * 3600
    points = timeline([[span(0, week)]], at(0), at(week))
    assert 600 < len(points) <= 720
    assert points[-1].at <= at(week)
