"""Signed addresses open one thing, for one purpose, for a while."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from livehall.core.recordings.faults import LinkExpired, LinkInvalid
from livehall.core.recordings.links import Links

NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LINKS = Links(b"k" * 32)


def test_a_token_gives_back_what_it_was_made_for() -> None:
    assert LINKS.read(LINKS.sign("file", "abc", LATER), "file", NOW) == "abc"


def test_a_token_of_another_purpose_opens_nothing() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(LINKS.sign("hls", "abc", LATER), "file", NOW)


def test_a_token_of_another_server_opens_nothing() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(Links(b"x" * 32).sign("file", "abc", LATER), "file", NOW)


def test_an_old_token_says_that_it_is_old() -> None:
    with pytest.raises(LinkExpired):
        LINKS.read(LINKS.sign("file", "abc", NOW), "file", NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "a.b.c", "é.é", "x" * 600, "====.===="])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(token, "file", NOW)


def test_no_changed_character_is_accepted() -> None:
    token = LINKS.sign("file", "abc", LATER)
    for place, character in enumerate(token):
        for other in "Ag0_":
            if other != character:
                with pytest.raises(LinkInvalid):
                    LINKS.read(token[:place] + other + token[place + 1 :], "file", NOW)


def test_a_payload_with_a_longer_life_is_not_accepted() -> None:
    _, signature = LINKS.sign("file", "abc", NOW).split(".")
    forged = base64.urlsafe_b64encode(b'["file","abc",9999999999]').rstrip(b"=").decode()
    with pytest.raises(LinkInvalid):
        LINKS.read(f"{forged}.{signature}", "file", NOW)
