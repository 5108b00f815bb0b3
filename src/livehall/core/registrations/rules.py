"""Rules of registrations: pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from livehall.core.participants.model import Consent, Registration
from livehall.core.people.privacy import Terms
from livehall.core.registrations import fields
from livehall.core.registrations.countries import COUNTRIES
from livehall.core.registrations.faults import RegistrationClosed, RegistrationFull
from livehall.core.registrations.model import ConsentWanted, Form, FormField, Place, ReplacedConsent, Said
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session
from livehall.kernel.actor import Actor
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

COUNTING: tuple[Registration, ...] = ("pending", "approved")  # they take a place


def may_handle(actor: Actor, room: Room) -> bool:
    """Whether the actor registers people and handles registrations: host, administrators, their machines."""
    if actor.session_id is not None or actor.organization_id != room.organization_id:
        return False
    return actor.is_admin or (actor.account_id is not None and actor.account_id == room.host_id)


def check_form(form: Form) -> None:
    """Raises: Invalid."""
    seen: set[str] = set()
    for at, field in enumerate(form.fields):
        if field.id in seen:
            raise invalid(f"fields[{at}].id", "Two fields have this id.", rule="unique")
        seen.add(field.id)
        _check_field(field, f"fields[{at}]")


def _check_field(field: FormField, place: str) -> None:
    values = [option.value for option in field.options]
    if (field.kind == "choice") != bool(values):
        raise invalid(f"{place}.options", "A choice has options, and nothing else has.", rule="exclusive")
    if len(set(values)) != len(values):
        raise invalid(f"{place}.options", "Two options have the same value.", rule="unique")
    if field.kind == "hidden" and field.required:
        raise invalid(f"{place}.required", "Nobody can fill in a hidden field.")
    for language, words in field.translations.items():
        if not set(words.options) <= set(values):
            raise invalid(f"{place}.translations.{language}", "An option is translated that is not there.")


def check_open(form: Form, session: Session | None, now: datetime) -> None:
    """Whether the public may register now. Raises: RegistrationClosed."""
    if form.mode == "none":
        raise RegistrationClosed("Nobody needs to register here.")
    if form.closes_at is not None and form.closes_at <= now:
        raise RegistrationClosed("Registration has ended.")
    check_not_over(session)


def check_not_over(session: Session | None) -> None:
    """Raises: RegistrationClosed."""
    if session is not None and session.is_over:
        raise RegistrationClosed("The session is over.")


def taken_in(place: Place, taken: Mapping[Id, int]) -> int:
    """Places that are gone, of the registrants by scope: who comes to all sessions takes one in each."""
    if place.session is not None:
        return taken.get(place.room.id, 0) + taken.get(place.session.id, 0)
    others = (number for scope_id, number in taken.items() if scope_id != place.room.id)
    return taken.get(place.room.id, 0) + max(others, default=0)


def check_has_place(form: Form, place: Place, taken: Mapping[Id, int], more: int = 1) -> None:
    """Raises: RegistrationFull."""
    if form.capacity is not None and taken_in(place, taken) + more > form.capacity:
        raise RegistrationFull


def clean_answers(form: Form, given: Mapping[str, Any], *, is_trusted: bool) -> dict[str, Any]:
    """What is stored, by the id of the field. The host may leave out what others must answer.

    Raises: Invalid, naming `answers.<id>`.
    """
    known = {field.id: field for field in form.fields}
    for name in given:
        if name not in known:
            raise invalid(f"answers.{name}", "The form has no such field.", rule="unknown")
    answers: dict[str, Any] = {}
    for field in form.fields:
        answer = _answer(field, given.get(field.id))
        if answer is not None:
            answers[field.id] = answer
        elif field.required and not is_trusted:
            raise invalid(f"answers.{field.id}", "This is required.", rule="required")
    return answers


def _answer(field: FormField, given: Any) -> str | bool | None:
    """None for no answer: an empty text, and a required box that is not ticked."""
    name = f"answers.{field.id}"
    if given is None:
        return None
    if field.kind == "checkbox":
        if not isinstance(given, bool):
            raise invalid(name, "Give true or false.", rule="type")
        return given or (None if field.required else False)
    if not isinstance(given, str):
        raise invalid(name, "Give a text.", rule="type")
    text = unicodedata.normalize("NFC", given).strip()
    if len(text) > fields.LONGEST_ANSWER:
        raise invalid(name, f"At most {fields.LONGEST_ANSWER} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise invalid(name, "Only readable characters, please.")
    if text and field.kind == "choice" and text not in {option.value for option in field.options}:
        raise invalid(name, "Choose one of the options.")
    if text and field.kind == "country":
        text = text.upper()
        if text not in COUNTRIES:
            raise invalid(name, "Give the code of a country, as `DE`.")
    return text or None


def consent_of(
    wanted: ConsentWanted | None,
    terms: Terms,
    said: Said,
    now: datetime,
    *,
    is_trusted: bool,
) -> Consent | None:
    """What is kept of a consent; None for none that was asked or given.

    Raises: Invalid, when one is needed and was not given, or was given to another text or to other terms.
    """
    accepted, version = said.accepted, said.version
    if wanted is not None and version is not None and version != wanted.version and not is_trusted:
        raise invalid("consent.version", "The text has changed; read it again.")
    if said.terms_version not in (None, terms.version) and not is_trusted:
        raise invalid("consent.terms_version", "The terms have changed; read them again.")
    if wanted is not None and wanted.required and not accepted and not is_trusted:
        raise invalid("consent.accepted", "Without consent nobody can register.", rule="required")
    if accepted is None:
        return None
    return Consent(
        accepted=accepted,
        version=version or (wanted.version if wanted else None),
        at=now,
        terms_version=said.terms_version or terms.version,
    )


def is_outdated(
    consent: Consent | None,
    wanted: ConsentWanted | None,
    terms: Terms,
    replaced: Sequence[ReplacedConsent] = (),
) -> bool:
    """Whether somebody agreed to what does not hold any more: another text of the form, or other terms.

    Who did not agree, and who was never asked, has nothing that could be out of date. `replaced`: the earlier
    texts of the version that the form asks for, in their order.
    """
    if consent is None or not consent.accepted:
        return False
    return _is_to_another_text(consent, wanted, replaced) or _is_under_other_terms(consent, terms)


def _is_to_another_text(
    consent: Consent, wanted: ConsentWanted | None, replaced: Sequence[ReplacedConsent]
) -> bool:
    if wanted is None:
        return False
    text = text_agreed_to(consent, wanted, replaced) if wanted.version == consent.version else None
    return text is None or words_of(text) != words_of(wanted)


def _is_under_other_terms(consent: Consent, terms: Terms) -> bool:
    if terms.version is None:
        return False
    if consent.terms_version is None:  # there were none, or it is older than the keeping of their version
        return terms.since is None or consent.at <= terms.since
    return terms.version != consent.terms_version


def words_of(text: ConsentWanted | ReplacedConsent) -> tuple[object, ...]:
    """What makes it the text that it is."""
    return text.version, text.text, text.translations


def is_same(one: Consent | None, other: Consent | None) -> bool:
    """Whether the same was said of the same, at whatever times."""
    if one is None or other is None:
        return one is other
    return msgspec.structs.replace(one, at=other.at) == other


def text_agreed_to(
    consent: Consent, present: ConsentWanted | None, replaced: Sequence[ReplacedConsent]
) -> ConsentWanted | ReplacedConsent | None:
    """The text behind a consent; None: the form never asked for one with its version.

    `replaced`: the earlier texts of this version, in their order. A host who gives a changed text no other
    version has several under one: the time of the consent tells which it was.
    """
    for each in replaced:
        if consent.at <= each.replaced_at:
            return each
    if present is not None and present.version == consent.version:
        return present
    return replaced[-1] if replaced else None


def clean_name(text: str | None, field: str, *, is_required: bool) -> str | None:
    """A name, trimmed, in NFC, without characters that control or hide. Raises: Invalid."""
    name = unicodedata.normalize("NFC", text or "").strip()
    if not name:
        if is_required:
            raise invalid(field, "This is required.", rule="required")
        return None
    if len(name) > fields.LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in name):
        raise invalid(field, f"Give a name of at most {fields.LONGEST_NAME} readable characters.")
    return name


def check_source(source: Mapping[str, str]) -> None:
    """Raises: Invalid."""
    if len(source) > fields.MOST_LABELS:
        raise invalid("source", f"At most {fields.MOST_LABELS} labels.")
    for name, value in source.items():
        if not 1 <= len(name) <= 50 or len(value) > 500:
            raise invalid("source", "A label has a short name and at most 500 characters.")


def access_purpose(participant_id: Id) -> str:
    """What a sealed access token is bound to."""
    return f"access link {participant_id}"
