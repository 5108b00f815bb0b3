"""Calendar entries: iCalendar (RFC 5545) with the methods of iTIP (RFC 5546)."""

from collections.abc import Sequence
from datetime import timedelta

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from livehall.core.ports.mail import CalendarEntry, Method
from livehall.engines.mail.texts import plain

PRODUCT = "-//Livehall//Livehall//EN"
USUAL = timedelta(hours=1)  # set aside for a session without a planned end


def calendar_of(entries: Sequence[CalendarEntry], method: Method, organizer: str) -> bytes:
    """Times are in UTC, which every calendar shows in its owner's zone."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for entry in entries:
        calendar.add_component(_event(entry, method, organizer))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: CalendarEntry, method: Method, organizer: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.written_at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at or entry.starts_at + USUAL)
    event.add("summary", vText(plain(entry.title)))
    event.add("description", vText(plain(entry.description)))
    event.add("location", vText(entry.url))
    event.add("url", vUri(entry.url))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    if entry.attendee is not None and method != "PUBLISH":  # RFC 5546 §3.2.1: none in PUBLISH
        attendee = vCalAddress(f"mailto:{entry.attendee}")
        # They asked for it, so no answer is wanted; programs then move and remove the entry by themselves.
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        attendee.params["RSVP"] = vText("FALSE")
        attendee.params["ROLE"] = vText("OPT-PARTICIPANT")
        event.add("attendee", attendee, encode=False)
    return event
