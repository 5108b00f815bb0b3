"""What a channel remembers, and whether it knows that it is all."""

import pytest

from livehall.core.ports.realtime import Publication
from livehall.engines.realtime.history import History
from livehall.engines.realtime.namespaces import Namespace, namespace_of


def a_publication(position: int, data: bytes = b"{}") -> Publication:
    return Publication(data=data, position=position)


def a_history(*positions: int, size: int = 3, ttl: float = 60.0, limit_bytes: int = 1000) -> History:
    history = History(Namespace(size=size, ttl=ttl), limit_bytes)
    for position in positions:
        history.add(a_publication(position), now=0.0)
    return history


def positions(found: tuple[Publication, ...] | None) -> list[int] | None:
    return None if found is None else [each.position for each in found]


def test_a_new_history_does_not_know_what_was_before() -> None:
    assert a_history().after(0, now=0.0) is None


def test_gaps_between_positions_are_no_loss() -> None:
    assert positions(a_history(10, 17, 40).after(10, now=0.0)) == [17, 40]


def test_the_position_just_before_the_first_publication_is_covered() -> None:
    assert positions(a_history(10, 17).after(9, now=0.0)) == [10, 17]


def test_an_older_position_is_not_covered() -> None:
    assert a_history(10, 17).after(8, now=0.0) is None


def test_the_journal_fills_in_what_was_before() -> None:
    history = a_history(10)
    history.fill_in(5, (a_publication(7), a_publication(10)), now=0.0)
    assert positions(history.after(5, now=0.0)) == [7, 10]
    assert history.after(4, now=0.0) is None


def test_an_empty_journal_tells_where_the_memory_begins() -> None:
    history = a_history()
    history.fill_in(5, (), now=0.0)
    history.add(a_publication(10), now=0.0)
    assert positions(history.after(5, now=0.0)) == [10]


def test_what_the_journal_knew_before_the_relay_is_held_once() -> None:
    history = a_history()
    history.fill_in(5, (a_publication(7), a_publication(8)), now=0.0)
    history.add(a_publication(7), now=0.0)
    assert history.top == 7
    assert positions(history.after(5, now=0.0)) == [7, 8]


def test_what_is_filled_in_is_bounded_too() -> None:
    history = a_history(10, size=3)
    history.fill_in(1, tuple(map(a_publication, (2, 4, 6, 8, 10))), now=0.0)
    assert positions(history.kept(now=0.0)) == [6, 8, 10]
    assert history.after(3, now=0.0) is None
    assert positions(history.after(4, now=0.0)) == [6, 8, 10]


def test_what_is_over_the_size_is_let_go_and_no_more_covered() -> None:
    history = a_history(1, 2, 3, 4)
    assert history.after(0, now=0.0) is None
    assert positions(history.after(1, now=0.0)) == [2, 3, 4]


def test_what_is_too_old_is_let_go() -> None:
    history = a_history(1, ttl=60.0)
    history.add(a_publication(2), now=30.0)
    assert positions(history.kept(now=59.9)) == [1, 2]
    assert positions(history.kept(now=60.0)) == [2]
    assert history.after(0, now=60.0) is None


def test_the_bytes_are_bounded() -> None:
    history = a_history(size=100, limit_bytes=1000)
    for position in range(1, 50):
        history.add(a_publication(position, b"x" * 300), now=0.0)
    assert positions(history.kept(now=0.0)) == [47, 48, 49]


@pytest.mark.parametrize(
    "name", ["", "session", "session:", ":1", "other:1", "chat:" + "x" * 255, "chat:\n1", "chat:é"]
)
def test_a_name_without_a_known_namespace_is_no_channel(name: str) -> None:
    assert namespace_of(name) is None


def test_captions_and_rooms_keep_only_the_last_one() -> None:
    for name in ("caption:1", "room:1"):
        namespace = namespace_of(name)
        assert namespace is not None
        assert namespace.cache
        assert namespace.size == 1
