"""What people agreed to when they registered: the very text, also after the form asks for another one."""

from collections.abc import Sequence

import msgspec

from livehall.core.participants.model import Consent, Participant
from livehall.core.people import privacy
from livehall.core.registrations import consents_store as store
from livehall.core.registrations import rules
from livehall.core.registrations.model import (
    Agreed,
    ConsentWanted,
    Registrant,
    ReplacedConsent,
    form_of,
)
from livehall.core.rooms.model import Room
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


async def keep_text(
    work: Work, room: Room, earlier: ConsentWanted | None, wanted: ConsentWanted | None
) -> None:
    """Keep the text that the form has asked for until now, if it asks for another one from now on."""
    if earlier is None or (wanted is not None and rules.words_of(earlier) == rules.words_of(wanted)):
        return
    row = ReplacedConsent(
        id=new_id(),
        organization_id=room.organization_id,
        room_id=room.id,
        version=earlier.version,
        text=earlier.text,
        translations=earlier.translations,
        replaced_at=work.now,
    )
    await store.add(work, row)


async def agreed(work: Work, found: Registrant) -> Agreed:
    """What a registrant agreed to. The consent of one who registered twice is that of the last time."""
    row, room = found.participant, found.place.room
    consent, present = consent_of(row), form_of(room).consent
    text, terms = None, await privacy.terms_of(work, room.organization_id)
    replaced: Sequence[ReplacedConsent] = ()
    if consent is not None:
        replaced = await store.of_version(work, room.id, consent.version) if consent.version else []
        text = rules.text_agreed_to(consent, present, replaced)
    return Agreed(
        registrant=found,
        consent=consent,
        text=text.text if text is not None else None,
        translations=text.translations if text is not None else {},
        is_asked=text is not None and present is not None and rules.words_of(text) == rules.words_of(present),
        is_outdated=rules.is_outdated(consent, present, terms, replaced),
        present=present,
        terms=terms,
    )


async def outdated(work: Work, room: Room, rows: Sequence[Participant]) -> frozenset[Id]:
    """Those of a room's registrants who agreed to what does not hold any more; in two queries, or none."""
    if all(row.consent is None for row in rows):
        return frozenset()
    wanted, terms = form_of(room).consent, await privacy.terms_of(work, room.organization_id)
    replaced = await store.of_version(work, room.id, wanted.version) if wanted is not None else []
    return frozenset(row.id for row in rows if rules.is_outdated(consent_of(row), wanted, terms, replaced))


def consent_of(row: Participant) -> Consent | None:
    return msgspec.convert(row.consent, Consent | None)
