"""What people agreed to when they registered: the very text, also after the form asks for another one."""

import msgspec

from livehall.core.participants.model import Consent
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
from livehall.kernel.ids import new_id
from livehall.kernel.work import Work


async def keep_text(
    work: Work, room: Room, earlier: ConsentWanted | None, wanted: ConsentWanted | None
) -> None:
    """Keep the text that the form has asked for until now, if it asks for another one from now on."""
    if earlier is None or (wanted is not None and _words(earlier) == _words(wanted)):
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
    if row.consent is None:
        return Agreed(registrant=found, consent=None, text=None, translations={}, is_asked=False)
    consent, present = msgspec.convert(row.consent, Consent), form_of(room).consent
    replaced = await store.of_version(work, room.id, consent.version) if consent.version is not None else []
    text = rules.text_agreed_to(consent, present, replaced)
    return Agreed(
        registrant=found,
        consent=consent,
        text=text.text if text is not None else None,
        translations=text.translations if text is not None else {},
        is_asked=text is not None and present is not None and _words(text) == _words(present),
    )


def _words(text: ConsentWanted | ReplacedConsent) -> tuple[object, ...]:
    return text.version, text.text, text.translations
