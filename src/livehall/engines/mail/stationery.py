"""Words of a mail, by Jinja2: a template for each occasion and language, put into three frames.

A template gives the blocks `subject`, `heading`, `body` (paragraphs, with empty lines between them), `button`
and `why`; the frame makes of them a subject, a text or a page. In the page everything that a person wrote is
escaped. A missing value is an error and not an empty place.
"""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from livehall.core.ports.mail import CalendarEntry, Facts, Method, Occasion, Words
from livehall.engines.mail.dates import in_words
from livehall.engines.mail.message import sender_of
from livehall.engines.mail.texts import plain

LANGUAGES = ("en", "de", "fr")
LONGEST_SUBJECT = 150  # characters


class JinjaStationery:
    def __init__(self, sender: str) -> None:
        """`sender` is the organizer in calendars. Raises: ValueError, for one that is no address."""
        self._organizer = sender_of(sender).addr_spec
        self._text = Environment(  # noqa: S701  # for texts and subjects; pages have the other one
            loader=PackageLoader("livehall.engines.mail"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._page = self._text.overlay(autoescape=True)

    def language(self, tag: str | None) -> str:
        first = (tag or "").replace("_", "-").partition("-")[0].lower()
        return first if first in LANGUAGES else "en"

    def words(self, occasion: Occasion, language: str | None, facts: Facts) -> Words:
        chosen = self.language(language)
        template, values = f"{chosen}/{occasion}.j2", _values(facts, chosen)
        text, page = self._text.get_template(template), self._page.get_template(template)
        subject = " ".join(text.render(values, frame="subject.j2").split())
        if len(subject) > LONGEST_SUBJECT:
            subject = subject[: LONGEST_SUBJECT - 1].rstrip() + "…"
        return Words(
            subject=subject,
            text=text.render(values, frame="text.j2"),
            html=page.render(values, frame="page.j2"),
        )

    def calendar(self, entry: CalendarEntry, method: Method, *more: CalendarEntry) -> bytes:
        # icalendar takes 3 MB, and few halls send a calendar.
        from livehall.engines.mail.calendar import calendar_of

        return calendar_of((entry, *more), method, self._organizer)


def _values(facts: Facts, language: str) -> dict[str, str | None]:
    """What templates may use. Titles are one line, so that they can make no paragraph of their own."""

    def words(instant: datetime | None) -> str | None:
        return None if instant is None else in_words(instant, facts.timezone, language)

    def line(text: str) -> str:
        return " ".join(plain(text).split())

    return {
        "language": language,
        "room": line(facts.room),
        "session": line(facts.session or facts.room),
        "organization": line(facts.organization),
        "starts": words(facts.starts_at),
        "previously": words(facts.previous_start_at),
        "url": facts.url,
        "unsubscribe_url": facts.unsubscribe_url,
        "role": facts.role,
        "invited_by": line(facts.invited_by),
    }
