"""What an organization says of data: its terms, under a version, and for how long the server keeps what.

The terms are the organization's. For how long something is kept is the operator's to say: what is told of it
is what the server's own rounds remove, and nothing besides.
"""

import unicodedata
from datetime import datetime, timedelta
from itertools import count

import msgspec

from livehall.core.people import fields, organizations_store, plans_store, store
from livehall.core.people.events import PrivacyPolicyChanged
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.model import Organization
from livehall.core.people.rules import administered, clean_name
from livehall.kernel.addresses import is_web_address
from livehall.kernel.faults import check_revision, invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long after its end something is removed by itself.

    `deleted_recordings`: files of recordings, since these were deleted. `history`: the record of what has
    happened, and mails that went out. `audit`: the record of privileged acts. `webhook_deliveries`: what was
    sent to the organization's own software. `exports`: files that were asked for.
    """

    deleted_recordings: timedelta
    history: timedelta
    audit: timedelta
    webhook_deliveries: timedelta
    exports: timedelta


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where they stand, or what they say, or both. `since`: when they were given this version."""

    url: str | None = None
    text: str | None = None
    version: str | None = None  # None: there are none
    since: datetime | None = None
    past: tuple[str, ...] = ()  # versions of terms there were before, the latest last


class SetTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Replaces them as a whole. `version`: None counts up where words or address change."""

    url: str | None = None
    text: str | None = None
    version: str | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    organization: Organization
    terms: Terms


async def policy(work: Work, organization_id: Id | None) -> Policy:
    """Of the organization that is named, else of the caller's, else of the only one.

    Raises: OrganizationNotFound, Invalid (there are several, and none is named).
    """
    wanted = organization_id or work.actor.organization_id
    if wanted is not None:
        found = await store.organization_by_id(work, wanted)
    else:
        found = await store.only_organization(work)
        if found is None:
            raise invalid("organization_id", "Say whose terms, by `organization_id` or `room_id`.")
    if found is None:
        raise OrganizationNotFound
    return Policy(organization=found, terms=_terms_of(found))


async def terms_of(work: Work, organization_id: Id) -> Terms:
    """What holds in an organization that is known; whoever asks."""
    found = await store.organization_by_id(work, organization_id)
    return _terms_of(found) if found is not None else Terms()


async def set_terms(work: Work, cmd: SetTerms, expected_revision: int | None = None) -> Policy:
    """By an administrator of the whole organization. The same again changes nothing.

    Who agreed while others held is asked again: their consent counts as outdated.

    Raises: Forbidden, Conflict, Invalid. Emits: PrivacyPolicyChanged.
    """
    organization_id = administered(work.actor)
    await plans_store.hold_organization(work, organization_id)  # of two at once the second counts on
    found = await policy(work, organization_id)
    check_revision(found.organization.revision, expected_revision)
    terms = following(found.terms, cmd, work.now)
    if terms == found.terms:
        return found
    changed = await organizations_store.set_privacy(work, organization_id, msgspec.to_builtins(terms))
    work.emit(PrivacyPolicyChanged(organization_id=organization_id, version=terms.version))
    return Policy(organization=changed, terms=terms)


def following(terms: Terms, cmd: SetTerms, now: datetime) -> Terms:
    """What the terms are from now on: other words never stand under the same version. Raises: Invalid."""
    url, text, version = cmd.url, _clean_text(cmd.text), _clean_version(cmd.version)
    if url is not None and not is_web_address(url):
        raise invalid("terms_url", "Give an http or https address.")
    used = terms.past if terms.version is None else (*terms.past, terms.version)
    if url is None and text is None:
        if version is not None:
            raise invalid("version", "A version names terms: give their address, or what they say.")
        return Terms(past=used)
    if (url, text) == (terms.url, terms.text) and version in (None, terms.version):
        return terms
    if version is None:
        version = _counted_up(used)
    elif version in used:
        raise invalid("version", "Other terms had this version; give them another one.", rule="unique")
    return Terms(url=url, text=text, version=version, since=now, past=used)


def _counted_up(used: tuple[str, ...]) -> str:
    """Raises: Invalid."""
    if not used:
        return "1"
    last = used[-1]
    if not (last.isascii() and last.isdigit() and len(last) < fields.LONGEST_COUNT):
        raise invalid("version", f"After {last} no version follows by itself; name it.", rule="required")
    return next(version for version in map(str, count(int(last) + 1)) if version not in used)


def _clean_version(version: str | None) -> str | None:
    return clean_name(version, "version", fields.LONGEST_VERSION) if version is not None else None


def _clean_text(text: str | None) -> str | None:
    """In NFC, trimmed, with no characters but readable ones and line ends. Raises: Invalid."""
    if text is None:
        return None
    cleaned = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in "\r\n\t" for c in cleaned):
        raise invalid("text", "Only readable characters, please.")
    if len(cleaned) > fields.LONGEST_TERMS:
        raise invalid("text", f"At most {fields.LONGEST_TERMS} characters.")
    return cleaned or None


def _terms_of(row: Organization) -> Terms:
    return msgspec.convert(row.privacy, Terms)
