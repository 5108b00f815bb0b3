"""When people are reminded: tables of plain values."""

from datetime import timedelta

import pytest

from livehall.core.reminders import rules
from livehall.kernel.faults import Invalid
from tests.support.people import NOON


@pytest.mark.parametrize(
    ("leads", "start_in", "at_once", "due_in"),
    [
        ([15], 60, True, [45]),
        ([15, 60, 1440], 90, True, [30, 75]),
        ([15], 15, True, [0]),
        ([15], 15, False, []),
        ([15, 60], 10, True, [0]),
        ([15, 60], 10, False, []),
        ([15], 0, True, []),
        ([15], -10, True, []),
        ([], 60, True, []),
        ([15, 15], 60, True, [45]),
    ],
)
def test_due_times(leads, start_in, at_once, due_in):
    start = NOON + timedelta(minutes=start_in)
    found = rules.due_times(leads, start, NOON, at_once=at_once)
    assert [(due - NOON) / timedelta(minutes=1) for _, due in found] == due_in


@pytest.mark.parametrize(
    ("channels", "leads", "has_address", "wish"),
    [
        (None, None, True, (["email"], [15])),
        (None, None, False, (["realtime"], [15])),
        (["realtime", "email"], [5, 60], True, (["email", "realtime"], [60, 5])),
        (["email", "email"], [], True, (["email"], [])),
    ],
)
def test_a_wish_has_defaults_and_an_order(channels, leads, has_address, wish):
    found = rules.wish_of(channels, leads, has_address=has_address)
    assert (found.channels, found.lead_times) == wish


@pytest.mark.parametrize(
    ("channels", "has_address", "field"),
    [
        (["push"], True, "channels[0]"),
        (["email", "pigeon"], True, "channels[1]"),
        (["email"], False, "channels"),
    ],
)
def test_a_channel_that_is_not_there_is_named(channels, has_address, field):
    with pytest.raises(Invalid) as caught:
        rules.wish_of(channels, None, has_address=has_address)
    assert caught.value.details[0].field == field


def test_tries_are_further_and_further_apart_and_end():
    waits = [rules.retry_at(attempts, NOON) for attempts in range(1, rules.ATTEMPTS + 1)]
    minutes = [(at - NOON) / timedelta(minutes=1) for at in waits if at is not None]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert waits[-1] is None
