"""Who hears what, when it comes again, where it may go: tables of plain values."""

from datetime import timedelta

import pytest

from livehall.core.webhooks import rules
from livehall.core.webhooks.model import Endpoint
from livehall.kernel.faults import Invalid
from tests.support.people import NOON

SECOND = timedelta(seconds=1)
HERE, THERE = "01973c2e-0000-7000-8000-000000000001", "01973c2e-0000-7000-8000-000000000002"


def an_endpoint(types: list[str], libraries: list[str]) -> Endpoint:
    return Endpoint(
        id=HERE,
        organization_id=HERE,
        url="https://example.org",
        description=None,
        format="live",
        event_types=types,
        library_ids=libraries,
        is_enabled=True,
        off_reason=None,
        secret_enc=b"",
        previous_enc=None,
        previous_until=None,
        position=0,
        since=NOON,
        failing_since=None,
        last_success_at=None,
        created_by=None,
        revision=0,
        created_at=NOON,
        updated_at=NOON,
        deleted_at=None,
        replay_after=None,
        replay_until=None,
        give_up_until=None,
    )


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [
        (1, 0.5, 5),
        (1, 0.0, 4.5),
        (1, 1.0, 5.5),
        (2, 0.5, 300),
        (3, 0.5, 1800),
        (4, 0.5, 7200),
        (9, 0.5, 86_400),
        (9, 1.0, 95_040),
        (10, 0.5, None),
        (11, 0.0, None),
    ],
)
def test_pauses_grow_and_end(attempts, chance, seconds):
    pause = rules.pause_after(attempts, chance)
    assert (None if pause is None else pause.total_seconds()) == seconds


@pytest.mark.parametrize(
    ("types", "libraries", "type", "library", "after", "heard"),
    [
        ([], [], "room.created", None, 0, True),
        ([], [], "room.created", HERE, 1, True),
        ([], [], "room.created", HERE, -1, False),
        (["room.created"], [], "room.created", HERE, 0, True),
        (["room.created"], [], "room.deleted", HERE, 0, False),
        (["room.created", "room.deleted"], [], "room.deleted", None, 0, True),
        ([], [HERE], "room.created", HERE, 0, True),
        ([], [HERE], "room.created", THERE, 0, False),
        ([], [HERE], "room.created", None, 0, False),
        ([], [THERE, HERE], "room.created", HERE, 0, True),
        (["room.deleted"], [HERE], "room.created", HERE, 0, False),
        (["room.created"], [HERE], "room.created", HERE, -1, False),
    ],
)
def test_who_hears_what(types, libraries, type, library, after, heard):
    """`after`: seconds from the instant since which the endpoint is told."""
    endpoint = an_endpoint(types, libraries)
    assert rules.hears(endpoint, type, library, NOON + after * SECOND) is heard


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/hooks?key=a%20b",
        "https://8.8.8.8/hooks",
        "https://[2606:4700::1111]/hooks",
        "https://localhost.example.org",
    ],
)
def test_addresses_that_may_be_called(url):
    assert rules.clean_url(f" {url}\n", private=False) == url
    assert rules.clean_url(url, private=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://localhost",
        "https://LOCALHOST./hooks",
        "https://printer.local",
        "https://db.internal:5432",
        "https://a.localhost",
        "https://127.0.0.1",
        "https://10.1.2.3:99",
        "https://192.168.0.1./",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "https://[fd00::1]:8443",
        "https://2130706433",
        "https://0x7f000001/",
        "https://0X7F000001./",
        "https://0x7f.0.0.1/hooks",
        "https://127.0.0.0x1",
        "https://0177.0.0.1",
        "https://010.8.8.8",
        "https://127.1",
        "https://8.8.8.0x8",
    ],
)
def test_addresses_that_need_the_operators_leave(url):
    with pytest.raises(Invalid):
        rules.clean_url(url, private=False)
    assert rules.clean_url(url, private=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "https://",
        "https:///hooks",
        "https://ann@example.org",
        "https://ann:word@example.org",
        "https://example.org/#part",
        "https://example.org/a b",
        "https://exämple.org",
        "https://example.org:99999",
        "https://example.org:port",
        "https://example.org:0/",
        "https://[::1",
        "https://example.org/\x00",
    ],
)
@pytest.mark.parametrize("private", [False, True])
def test_what_is_no_address(url, private):
    with pytest.raises(Invalid):
        rules.clean_url(url, private=private)
