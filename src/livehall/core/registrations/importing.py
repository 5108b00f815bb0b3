"""Lists of people as CSV: what each line says, and what is wrong with it. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from livehall.core.people.rules import clean_email
from livehall.core.registrations import rules
from livehall.core.registrations.fields import MOST_LINES, ExternalId, Language
from livehall.core.registrations.model import Form, Said
from livehall.core.registrations.ops import Person
from livehall.kernel.faults import Fault, invalid

NAMES = ("email", "first_name", "last_name", "display_name", "external_id", "language")
ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
WORDS: dict[str, Any] = {"external_id": ExternalId, "language": Language}  # bounds as in the API
YES, NO = ("true", "yes", "1", "x"), ("false", "no", "0", "")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`number`: in the file, from 1. Either `person` or `problem` is set."""

    number: int
    email: str
    person: Person | None = None
    problem: str | None = None


def lines_of(text: str, form: Form) -> list[Line]:
    """The people of a file. Its first line names the columns: those of `NAMES`, and fields of the form.

    Raises: Invalid, when it is no such file.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text), strict=True)
    rows = _rows(reader)
    first = next(rows, None)
    if first is None:
        raise invalid("csv", "The file is empty.")
    columns = [name.strip().lower() for name in first[1]]
    known = {*NAMES, "consent", *(field.id for field in form.fields)}
    if "email" not in columns:
        raise invalid("csv", "The first line names the columns, and one is `email`.")
    if len(set(columns)) != len(columns):
        raise invalid("csv", "Two columns have the same name.")
    for name in columns:
        if name not in known:
            raise invalid("csv", f"There is no field called `{name}`.")
    found = [_line(number, dict(zip(columns, cells, strict=False)), form) for number, cells in rows]
    if len(found) > MOST_LINES:
        raise invalid("csv", f"At most {MOST_LINES} people at once.")
    return _once(found)


def _rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise invalid("csv", f"Line {reader.line_num} cannot be read: {error}.") from error


def _delimiter(text: str) -> str:
    """Programs of some countries write semicolons."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _line(number: int, cells: Mapping[str, str], form: Form) -> Line:
    email = clean_email(cells.get("email", ""))
    try:
        if not ADDRESS.fullmatch(email):
            raise invalid("email", "This is no address.")
        return Line(number=number, email=email, person=_person(email, cells, form))
    except Fault as fault:
        words = "; ".join(f"{each.field}: {each.message}" for each in fault.details)
        return Line(number=number, email=email, problem=words or fault.text)


def _person(email: str, cells: Mapping[str, str], form: Form) -> Person:
    answers: dict[str, Any] = {}
    for field in form.fields:
        given = cells.get(field.id, "").strip()
        answers[field.id] = _ticked(given, field.id) if field.kind == "checkbox" else given
    said = {name: cells.get(name, "").strip() or None for name in NAMES}
    ticked = cells.get("consent", "").strip()
    person = Person(
        email=email,
        first_name=said["first_name"],
        last_name=said["last_name"],
        display_name=said["display_name"],
        external_id=said["external_id"],
        language=said["language"],
        answers=rules.clean_answers(form, answers, is_trusted=True),
        consent=Said(accepted=_ticked(ticked, "consent") if ticked else None),
    )
    for name in ("first_name", "last_name", "display_name"):
        rules.clean_name(getattr(person, name), name, is_required=False)
    for name, kind in WORDS.items():
        try:
            msgspec.convert(getattr(person, name), kind | None)
        except msgspec.ValidationError as error:
            raise invalid(name, str(error).partition(" - ")[0]) from error
    return person


def _ticked(given: str, field: str) -> bool:
    if given.lower() in YES:
        return True
    if given.lower() in NO:
        return False
    raise invalid(field, "Write `true` or `false`.")


def _once(lines: list[Line]) -> list[Line]:
    """The first line of each address counts."""
    seen: dict[str, int] = {}
    found = []
    for line in lines:
        if line.person is not None and line.email in seen:
            words = f"Line {seen[line.email]} has this address too."
            line = Line(number=line.number, email=line.email, problem=words)
        elif line.person is not None:
            seen[line.email] = line.number
        found.append(line)
    return found
