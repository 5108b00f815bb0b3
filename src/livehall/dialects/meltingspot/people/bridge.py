"""Speakers and participants as rows of one list, with what is known of their presence."""

from collections.abc import Sequence

from livehall.core.insight import attending
from livehall.core.invitees import ops
from livehall.core.invitees.inviting import Invited
from livehall.core.invitees.ops import Query, Shown
from livehall.core.participants.model import ParticipantRole
from livehall.core.sessions.model import Session
from livehall.dialects.kit import Conditions, Filter, FilterSet, Window
from livehall.dialects.meltingspot.people import wire
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

NAMES = {"firstname": "first_name", "lastname": "last_name", "email": "email"}
TEXTS = tuple(Filter(field=name, kind=str, operators=("eq", "contains"), words=f"{name}.") for name in NAMES)
STATE = (
    Filter(field="status", kind=wire.Status, operators=("eq", "in"), words="Invitation status."),
    Filter(field="hasReplayed", kind=bool, operators=("eq",), words="Watched the replay."),
    Filter(field="hasParticipated", kind=bool, operators=("eq",), words="Attended the live."),
)
SPEAKERS = FilterSet(*TEXTS, *STATE)
PARTICIPANTS = FilterSet(
    *TEXTS, Filter(field="type", kind=wire.Type, operators=("eq", "in"), words="Role."), *STATE
)
SPEAKING: tuple[ParticipantRole, ...] = ("speaker", "co_host")


def query(window: Window, filters: Conditions, roles: tuple[ParticipantRole, ...] = ()) -> Query:
    """The filters of this API, in our words."""
    equal: dict[str, str] = {}
    contains: dict[str, str] = {}
    more: dict[str, object] = {"roles": roles}
    for each in filters:
        named = each.value if isinstance(each.value, tuple) else (each.value,)
        match each.field:
            case "status":
                more["statuses"] = _both(more.get("statuses"), tuple(wire.STATUSES[name] for name in named))
            case "type":
                found = tuple(role for name in named for role in wire.ROLES[name])
                more["roles"] = _both(more["roles"] or None, found)
            case "hasReplayed":
                more["replayed"] = each.value
            case "hasParticipated":
                more["attended"] = each.value
            case name:
                kept = equal if each.operator == "eq" else contains
                kept[NAMES[name]] = each.value.strip().lower() if name == "email" else each.value
    return Query(
        equal=equal,
        contains=contains,
        offset=window.offset,
        limit=window.limit,
        **more,  # type: ignore[arg-type]  # the members that were filtered by
    )


def _both(before: object, found: tuple[str, ...]) -> tuple[str, ...]:
    """What meets two filters of one field; a word of nobody's where nothing does."""
    if not isinstance(before, tuple):
        return found
    return tuple(each for each in found if each in before) or ("nobody",)


async def page(work: Work, live_id: Id, wanted: Query) -> wire.ParticipantList:
    """Raises: SessionNotFound, Forbidden."""
    found = await ops.page(work, live_id, wanted)
    return wire.ParticipantList(items=await rows(work, found.session, found.people), total=found.total)


async def rows(work: Work, session: Session, people: Sequence[Shown]) -> list[wire.Participant]:
    """With presence, in one query."""
    accounts = [each.account_id for each in people if each.account_id is not None]
    seen = await attending.of_accounts(work, session, accounts)
    return [wire.Participant.of(each, session.id, seen.get(each.account_id or "")) for each in people]


async def invited(work: Work, live_id: Id, found: Sequence[Invited]) -> list[wire.Participant]:
    """The rows of those who have one; the host of the live needs none."""
    session = await attending.check(work, live_id)
    return await rows(work, session, [each.shown for each in found if each.shown is not None])
