"""Dates and times in words, in the languages of the templates."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
           "November", "Dezember"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre"),
}  # fmt: skip


def zone_of(name: str) -> ZoneInfo:
    """The zone, or UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def in_words(instant: datetime, zone: str, language: str) -> str:
    """`Tuesday, 24 November 2026, 18:00 (Europe/Berlin)`."""
    where = zone_of(zone)
    local = instant.astimezone(where)
    day, month = DAYS[language][local.weekday()], MONTHS[language][local.month - 1]
    time = f"{local:%H:%M} ({where.key})"
    match language:
        case "de":
            return f"{day}, {local.day}. {month} {local.year}, {time}"
        case "fr":
            first = "1er" if local.day == 1 else str(local.day)
            return f"{day} {first} {month} {local.year} à {time}"
        case _:
            return f"{day}, {local.day} {month} {local.year}, {time}"
