"""Terms of an organization and their versions, on both databases."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from livehall.core.people import privacy
from livehall.core.people.faults import OrganizationNotFound
from livehall.core.people.privacy import Policy, SetTerms, Terms
from livehall.kernel.actor import ANONYMOUS
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from livehall.kernel.ids import new_id
from tests.support.people import NOON, a_person, actor_of

URL = "https://example.org/terms"


async def put(desk, actor, expected=None, **terms) -> Policy:
    async with desk.work(actor) as work:
        return await privacy.set_terms(work, SetTerms(**terms), expected)


async def read(desk, actor=ANONYMOUS, organization_id=None) -> Policy:
    async with desk.read(actor) as work:
        return await privacy.policy(work, organization_id)


@pytest.fixture
async def admin(desk):
    return actor_of(await a_person(desk, role="admin"))


EARLIER = Terms(url=URL, text="Old.", version="7", since=NOON, past=("3", "8a"))
REMOVED = Terms(past=("8", "7"))
LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("earlier", "said", "version"),
    [
        (Terms(), {"url": URL}, "1"),
        (Terms(), {"text": "New.", "version": " 2026-01 "}, "2026-01"),
        (EARLIER, {"url": URL, "text": "New."}, "8"),
        (EARLIER, {"url": URL}, "8"),
        (EARLIER, {"url": URL, "text": "Old.", "version": "b"}, "b"),
        (EARLIER, {"url": URL, "text": "New.", "version": "8.1"}, "8.1"),
        (REMOVED, {"text": "New."}, "9"),  # 8 is taken
    ],
)
def test_other_words_have_another_version(earlier, said, version):
    terms = privacy.following(earlier, SetTerms(**said), LATER)
    assert (terms.version, terms.since) == (version, LATER)
    assert terms.past == (*earlier.past, *([earlier.version] if earlier.version else []))


@pytest.mark.parametrize("version", [None, "7"])
def test_the_same_words_stay_as_they_are(version):
    said = SetTerms(url=URL, text=" Old.\n", version=version)
    assert privacy.following(EARLIER, said, LATER) == EARLIER


def test_without_words_there_are_no_terms():
    for said in (SetTerms(), SetTerms(text="  ")):
        removed = privacy.following(EARLIER, said, LATER)
        assert removed == Terms(past=("3", "8a", "7"))
        assert privacy.following(removed, said, LATER) == removed


@pytest.mark.parametrize(
    ("earlier", "said", "field"),
    [
        (EARLIER, {"text": "New.", "version": "7"}, "version"),
        (EARLIER, {"text": "New.", "version": "3"}, "version"),
        (REMOVED, {"text": "New.", "version": "8"}, "version"),
        (msgspec.structs.replace(EARLIER, version="2026-01"), {"text": "New."}, "version"),
        (EARLIER, {"version": "8"}, "version"),
        (EARLIER, {"text": "New.", "version": " "}, "version"),
        (EARLIER, {"url": "javascript:alert(1)"}, "terms_url"),
        (EARLIER, {"url": "https://ada:secret@example.org/"}, "terms_url"),
        (EARLIER, {"text": "a\x00b"}, "text"),
    ],
)
def test_what_cannot_be_is_refused_by_name(earlier, said, field):
    with pytest.raises(Invalid) as fault:
        privacy.following(earlier, SetTerms(**said), LATER)
    assert [detail.field for detail in fault.value.details] == [field]


async def test_terms_are_kept_read_by_everybody_and_told_once(desk, admin):
    assert (await read(desk)).terms == Terms()
    async with desk.work(admin) as work:
        made = await privacy.set_terms(work, SetTerms(url=URL, text="Ours."))
        assert [type(event).__name__ for event in work.events] == ["PrivacyPolicyChanged"]
    async with desk.work(admin) as work:
        assert await privacy.set_terms(work, SetTerms(url=URL, text="Ours.")) == made
        assert work.events == []
    assert (await read(desk)) == made
    assert (await put(desk, admin)).terms == Terms(past=("1",))
    assert (await put(desk, admin, text="Theirs.")).terms.version == "2"


async def test_who_saw_another_state_changes_nothing(desk, admin):
    made = await put(desk, admin, text="Ours.")
    with pytest.raises(Conflict):
        await put(desk, admin, made.organization.revision - 1, text="Theirs.")
    assert (await put(desk, admin, made.organization.revision, text="Theirs.")).terms.version == "2"


async def test_two_at_once_have_a_version_each(desk, admin):
    made = await asyncio.gather(*(put(desk, admin, text=f"Terms of {name}.") for name in "abc"))
    assert sorted(each.terms.version or "" for each in made) == ["1", "2", "3"]


async def test_others_than_administrators_of_the_whole_organization_set_none(desk, admin):
    host = actor_of(await a_person(desk, "ben@example.org", "host"))
    some = msgspec.structs.replace(admin, library_ids=(new_id(),))
    once = msgspec.structs.replace(admin, session_id=new_id())
    guest = msgspec.structs.replace(admin, is_guest=True)
    for actor in (host, some, once, guest, ANONYMOUS):
        with pytest.raises(Forbidden):
            await put(desk, actor, text="Mine.")
    assert (await read(desk)).terms == Terms()


async def test_of_several_organizations_one_is_named_or_ones_own(desk, admin):
    eve = actor_of(await a_person(desk, "eve@example.org", "owner", "Elsewhere"))
    await put(desk, eve, text="Elsewhere it is so.")
    assert (await read(desk, admin)).terms == Terms()
    assert (await read(desk, eve)).terms.text == "Elsewhere it is so."
    for actor in (admin, ANONYMOUS):
        assert (await read(desk, actor, eve.organization_id)).terms.text == "Elsewhere it is so."
    with pytest.raises(Invalid):
        await read(desk)
    with pytest.raises(OrganizationNotFound):
        await read(desk, admin, new_id())
