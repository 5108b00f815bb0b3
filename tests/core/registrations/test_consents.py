"""What people agreed to, told later."""

from datetime import timedelta

import msgspec
import pytest

from livehall.core.people import privacy
from livehall.core.people.privacy import SetTerms
from livehall.core.registrations import consents_store as store
from livehall.core.registrations import own
from livehall.core.registrations import store as registrations
from livehall.core.registrations.events import RegistrationCorrected
from livehall.core.registrations.faults import NoSuchAccess, WrongState
from livehall.core.registrations.model import Agreed, Said
from livehall.kernel.actor import ANONYMOUS
from livehall.kernel.faults import Invalid
from livehall.kernel.work import Event
from tests.support.people import a_person, actor_of

FIRST = {"text": "We keep your data.", "version": "1", "translations": {"de": "Wir speichern."}}
SECOND = {"text": "We keep it for a year.", "version": "2"}


async def agreed(door, token) -> Agreed:
    async with door.desk.read(ANONYMOUS) as read:
        return await own.consent(read, token)


async def mia(door, email="mia@example.org", **said) -> str:
    """The end of her link."""
    return await door.link_of(await door.register(email, **{"consent": Said(accepted=True), **said}))


async def test_the_present_text_is_told_with_the_time_and_the_place(door):
    await door.define(consent=FIRST)
    told = await agreed(door, await mia(door))
    assert told.consent is not None
    assert (told.consent.accepted, told.consent.version) == (True, "1")
    assert told.consent.at == told.registrant.participant.registered_at
    assert told.registrant.place.room.id == door.session.room_id
    assert (told.text, told.translations, told.is_asked) == (FIRST["text"], FIRST["translations"], True)


async def test_the_text_stays_that_of_the_consent_when_the_form_asks_for_another(door):
    await door.define(consent=FIRST)
    early = await mia(door)
    await door.define(consent=SECOND)
    late = await mia(door, "leo@example.org", consent=Said(accepted=True, version="2"))
    await door.define()
    for token, text in ((early, FIRST), (late, SECOND)):
        told = await agreed(door, token)
        assert (told.text, told.is_asked) == (text["text"], False)


async def test_of_two_texts_under_one_version_the_time_tells_which_it_was(door, hands):
    tokens = []
    texts = ["Once.", "Twice.", "Thrice."]
    for number, text in enumerate(texts):
        await door.define(consent={"text": text, "version": "1"})
        hands.forward(seconds=1)
        tokens.append(await mia(door, f"mia{number}@example.org"))
        hands.forward(seconds=1)
    assert [(await agreed(door, token)).text for token in tokens] == texts


async def test_what_changes_no_word_keeps_no_text(door, desk):
    await door.define(consent=FIRST)
    await door.define(consent={**FIRST, "required": False}, capacity=5)
    async with desk.read(door.host) as read:
        assert await store.of_version(read, door.session.room_id, "1") == []
    await door.define(consent=SECOND)
    async with desk.read(door.host) as read:
        kept = await store.of_version(read, door.session.room_id, "1")
    assert [(row.text, row.translations) for row in kept] == [(FIRST["text"], FIRST["translations"])]


async def test_without_a_consent_nothing_is_told_and_a_foreign_version_has_no_text(door):
    silent = await agreed(door, await door.link_of(await door.register("leo@example.org")))
    assert (silent.consent, silent.text, silent.is_asked) == (None, None, False)
    await door.define(consent={**FIRST, "required": False})
    declined = await agreed(door, await mia(door, "kim@example.org", consent=Said(accepted=False)))
    assert declined.consent is not None
    assert (declined.consent.accepted, declined.text) == (False, FIRST["text"])
    foreign = await mia(door, actor=door.host, consent=Said(accepted=True, version="of our paper form"))
    told = await agreed(door, foreign)
    assert told.consent is not None
    assert (told.consent.version, told.text, told.is_asked) == ("of our paper form", None, False)


async def test_a_consent_that_came_just_after_its_text_was_replaced_keeps_that_text(door):
    await door.define(consent=FIRST)
    token = await mia(door)
    await door.define(consent=SECOND)
    async with door.desk.work(door.host) as work:
        row = (await own.by_token(work, token)).participant
        assert row.consent is not None
        later = msgspec.to_builtins(work.now + timedelta(seconds=1))
        await registrations.change(work, row.id, {"consent": {**row.consent, "at": later}})
    assert (await agreed(door, token)).text == FIRST["text"]


async def set_terms(door, admin, text) -> None:
    async with door.desk.work(admin) as work:
        await privacy.set_terms(work, SetTerms(text=text))


async def agree(door, token, **said) -> tuple[Agreed, list[Event]]:
    async with door.desk.work(ANONYMOUS) as work:
        return await own.agree_again(work, token, Said(**{"accepted": True, **said})), work.events


async def outdated(door, token) -> set[bool]:
    """What the registrant, the list and the one registration say of it."""
    told = await agreed(door, token)
    listed = {shown.participant.id: shown.is_outdated for shown in (await door.page()).registrations}
    row = told.registrant.participant
    one, own = await door.get(row.id), await door.own_page(token)
    return {told.is_outdated, own.is_outdated, one.is_outdated, listed[row.id]}


async def test_with_other_terms_who_agreed_is_asked_again_and_nobody_else(door, desk):
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    await door.define(consent={**FIRST, "required": False})
    early = await mia(door)
    declined = await mia(door, "kim@example.org", consent=Said(accepted=False))
    silent = await door.link_of(await door.register("leo@example.org"))
    await set_terms(door, admin, "Ours.")
    assert await outdated(door, early) == {True}
    late = await mia(door, "zoe@example.org")
    for token in (declined, silent, late):
        assert await outdated(door, token) == {False}
    assert (await agreed(door, early)).terms.text == "Ours."

    told, events = await agree(door, early, version="1", terms_version="1")
    assert told.consent is not None
    assert (told.consent.terms_version, told.is_outdated) == ("1", False)
    (event,) = events
    assert isinstance(event, RegistrationCorrected)
    assert event.changed == ["consent"]
    assert await outdated(door, early) == {False}
    again, events = await agree(door, early)
    assert (again.consent, events) == (told.consent, [])

    await set_terms(door, admin, "Ours, and more.")
    assert await outdated(door, early) == await outdated(door, late) == {True}
    with pytest.raises(Invalid):
        await agree(door, early, terms_version="1")
    await set_terms(door, admin, None)
    assert await outdated(door, early) == {False}


async def test_a_consent_without_a_version_of_the_terms_counts_by_its_time(door, desk, hands):
    """As rows do that were written before that version was kept."""
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    await door.define(consent={**FIRST, "required": False})
    await set_terms(door, admin, "Ours.")
    hands.forward(seconds=1)
    token = await mia(door)
    async with door.desk.work(door.host) as work:
        row = (await own.by_token(work, token)).participant
        assert row.consent is not None
        assert row.consent["terms_version"] == "1"
        older = {key: value for key, value in row.consent.items() if key != "terms_version"}
        await registrations.change(work, row.id, {"consent": older})
    assert await outdated(door, token) == {False}, "it came after the terms"
    hands.forward(seconds=1)
    await set_terms(door, admin, "Ours, and more.")
    assert await outdated(door, token) == {True}


async def test_other_words_under_the_same_version_are_asked_for_again(door, hands):
    await door.define(consent={"text": "Once.", "version": "1"})
    token = await mia(door)
    hands.forward(seconds=1)
    await door.define(consent={"text": "Twice.", "version": "1"})
    assert await outdated(door, token) == {True}
    hands.forward(seconds=1)
    told, events = await agree(door, token, version="1")
    assert (told.text, told.is_outdated, len(events)) == ("Twice.", False, 1)
    assert await outdated(door, token) == {False}
    hands.forward(seconds=1)
    await door.define(consent={"text": "Once.", "version": "1"})
    hands.forward(seconds=1)
    await door.define(consent={"text": "Twice.", "version": "1"})
    assert await outdated(door, token) == {False}  # the words that they agreed to


async def test_a_consent_is_taken_back_where_the_form_leaves_it_open(door):
    await door.define(consent=FIRST)
    token = await mia(door)
    await door.define(consent=SECOND)
    assert await outdated(door, token) == {True}
    with pytest.raises(Invalid):
        await agree(door, token, accepted=False)
    with pytest.raises(Invalid):
        await agree(door, token, version="1")
    await door.define(consent={**SECOND, "required": False})
    told, _ = await agree(door, token, accepted=False)
    assert told.consent is not None
    assert (told.consent.accepted, told.text, told.is_outdated) == (False, SECOND["text"], False)


async def test_whose_registration_does_not_hold_is_asked_nothing(door):
    await door.define(consent=FIRST)
    token = await mia(door)
    await door.cancel_own(token)
    with pytest.raises(WrongState):
        await agree(door, token)
    with pytest.raises(NoSuchAccess):
        await agree(door, "x")
