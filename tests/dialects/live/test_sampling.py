"""Above 50 messages a second a chat is sampled for those who listen (realtime.md §6)."""

from datetime import timedelta

import pytest

from livehall.dialects.live.realtime.sampling import MOST, SECOND, Sampling
from livehall.kernel.journal import Entry
from tests.support.people import NOON


def message(ms: float, session_id: str = "s", kind: str = "chat.message") -> Entry:
    """A row so many milliseconds after noon."""
    told = {"type": kind, "session_id": session_id, "occurred_at": NOON + timedelta(milliseconds=ms)}
    return Entry(**dict.fromkeys(Entry.__struct_fields__) | told)  # type: ignore[arg-type] # the rest is not read


@pytest.mark.parametrize("rate", [51, 100, 500, 2000])
def test_a_channel_carries_at_most_fifty_messages_within_any_second(rate: int) -> None:
    sampling = Sampling()
    times = [NOON + timedelta(seconds=number / rate) for number in range(rate * 5)]
    passed = [at for number, at in enumerate(times) if sampling.passes(message(number * 1000 / rate))]
    for first, beyond in zip(passed, passed[MOST:], strict=False):
        assert beyond - first >= SECOND
    assert len(passed) >= 0.8 * 5 * min(rate, MOST)  # and not much fewer


def test_up_to_fifty_within_a_second_all_pass_though_they_come_at_once() -> None:
    sampling = Sampling()
    spread = [sampling.passes(message(number * 20)) for number in range(500)]
    burst = [sampling.passes(message(20_000 + number)) for number in range(25)]
    assert all(spread + burst)


def test_each_session_is_counted_alone_and_nothing_but_chat_is_sampled() -> None:
    sampling = Sampling()
    assert all(sampling.passes(message(0, str(number))) for number in range(1000))
    assert all(sampling.passes(message(0, kind="poll.opened")) for _ in range(1000))
    assert sum(sampling.passes(message(5000)) for _ in range(1000)) < MOST
