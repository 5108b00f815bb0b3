"""Words and calendars: three languages, nothing that a person wrote becomes markup or another line."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import icalendar
import msgspec
import pytest

from livehall.core.ports.mail import CalendarEntry, Facts, Occasion
from livehall.engines.mail import JinjaStationery

OCCASIONS = get_args(Occasion)
FACTS = Facts(
    room="Physics",
    session="Waves",
    starts_at=datetime(2026, 11, 24, 17, tzinfo=UTC),
    previous_start_at=datetime(2026, 11, 23, 17, tzinfo=UTC),
    timezone="Europe/Berlin",
    url="https://live.example.org/w/abc",
    unsubscribe_url="https://live.example.org/unsubscribe/token",
    organization="Acme",
)
ENTRY = CalendarEntry(
    uid="1@example.org",
    sequence=4,
    title="Waves",
    description="In Physics",
    url="https://live.example.org/w/abc",
    starts_at=FACTS.starts_at,
    ends_at=None,
    written_at=datetime(2026, 11, 1, tzinfo=UTC),
    attendee="ben@example.org",
)


@pytest.fixture
def stationery() -> JinjaStationery:
    return JinjaStationery("Livehall <live@example.org>")


def event_of(raw: bytes) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    return event


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_every_occasion_has_words_in_every_language(stationery, occasion, language):
    words = stationery.words(occasion, language, FACTS)
    is_dated = occasion in ("reminder", "moved")
    bare = stationery.words(
        occasion,
        language,
        msgspec.structs.replace(
            FACTS, starts_at=FACTS.starts_at if is_dated else None, previous_start_at=None
        ),
    )
    english = stationery.words(occasion, "en", FACTS)
    assert (language == "en") == (words.text == english.text)
    for each in (words, bare):
        assert "None" not in each.text
        assert "None" not in each.html
        assert "\n" not in each.subject
        assert f'lang="{language}"' in each.html
        for text in (each.text, each.html):
            assert FACTS.unsubscribe_url in text
            assert FACTS.url in text


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("fr_CA", "fr"), ("EN", "en"), ("pt", "en"), ("", "en"), (None, "en"), ("../de", "en")],
)
def test_the_nearest_language_is_taken_else_english(stationery, tag, language):
    assert stationery.language(tag) == language


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Tuesday, 24 November 2026, 18:00 (Europe/Berlin)"),
        ("de", "Dienstag, 24. November 2026, 18:00 (Europe/Berlin)"),
        ("fr", "mardi 24 novembre 2026 à 18:00 (Europe/Berlin)"),
    ],
)
def test_times_are_written_as_people_of_the_language_write_them(stationery, language, words):
    assert words in stationery.words("reminder", language, FACTS).text


def test_paragraphs_are_paragraphs_in_text_and_page(stationery):
    words = stationery.words("moved", "en", FACTS)
    assert words.html.count('<p class="ink"') == 3
    assert ".\n\nBefore, it was planned for" in words.text


def test_threat_23_titles_become_neither_markup_nor_lines(stationery):
    title = '</p><script>alert(1)</script>\r\n\r\n<img src=x onerror="x">'
    facts = msgspec.structs.replace(FACTS, room=title, session=title, organization=title)
    for occasion in OCCASIONS:
        words = stationery.words(occasion, "en", facts)
        assert "<script" not in words.html
        assert "<img" not in words.html
        assert "&lt;script" in words.html
        assert "\n" not in words.subject
        assert "</script> <img" in words.text


def test_a_long_title_is_cut_in_the_subject_only(stationery):
    words = stationery.words("live", "en", msgspec.structs.replace(FACTS, session="x" * 200))
    assert len(words.subject) == 150
    assert "x" * 200 in words.text


def test_an_entry_keeps_its_uid_and_raises_its_sequence(stationery):
    event = event_of(stationery.calendar(ENTRY, "REQUEST"))
    moved = msgspec.structs.replace(ENTRY, sequence=5, starts_at=ENTRY.starts_at + timedelta(hours=1))
    later = event_of(stationery.calendar(moved, "REQUEST"))
    assert event["UID"] == later["UID"] == "1@example.org"
    assert (event["SEQUENCE"], later["SEQUENCE"]) == (4, 5)
    assert event["DTSTART"].dt == FACTS.starts_at
    assert event["DTEND"].dt == FACTS.starts_at + timedelta(hours=1)
    assert event["ATTENDEE"] == "mailto:ben@example.org"
    assert event["ORGANIZER"] == "mailto:live@example.org"


def test_a_cancellation_says_so_twice(stationery):
    raw = stationery.calendar(ENTRY, "CANCEL")
    assert icalendar.Calendar.from_ical(raw)["METHOD"] == "CANCEL"
    assert event_of(raw)["STATUS"] == "CANCELLED"


def test_a_published_entry_names_nobody(stationery):
    assert "ATTENDEE" not in event_of(stationery.calendar(ENTRY, "PUBLISH"))


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x00"])
def test_threat_23_no_text_begins_another_line_of_a_calendar(stationery, ending):
    text = f"Waves{ending}ATTENDEE:mailto:eve@example.org{ending}X-EVIL:1"
    entry = msgspec.structs.replace(ENTRY, title=text, description=text, attendee=None)
    raw = stationery.calendar(entry, "PUBLISH")
    lines = raw.replace(b"\r\n ", b"").split(b"\r\n")
    assert not [line for line in lines if line.startswith((b"ATTENDEE", b"X-EVIL"))]
    assert not {b"\n", b"\r", b"\x0b", b"\x00"} & {
        line[i : i + 1] for line in lines for i in range(len(line))
    }
    event = event_of(raw)
    assert "ATTENDEE" not in event
    assert len(raw.splitlines()) == len(raw.split(b"\r\n")) - 1


def test_lines_are_folded_at_75_octets(stationery):
    entry = msgspec.structs.replace(ENTRY, title="ü" * 200)
    raw = stationery.calendar(entry, "PUBLISH")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert event_of(raw)["SUMMARY"] == "ü" * 200
