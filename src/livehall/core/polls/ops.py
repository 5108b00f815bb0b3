"""Use cases of polls."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience.scene import Scene, name_of, person_of, scene
from livehall.core.polls import rules, store
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.faults import PollClosed, PollNotFound
from livehall.core.polls.model import Poll, ShowResults, Status
from livehall.core.polls.showing import Shown, show
from livehall.core.polls.telling import close_poll, tell_drafted, tell_opened
from livehall.core.sessions import store as sessions
from livehall.core.sessions.copying import at_copy
from livehall.core.sessions.ending import at_end
from livehall.core.sessions.faults import FeatureDisabled, InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

STATUSES: tuple[Status, ...] = ("draft", "open", "closed")


class CreatePoll(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    question: str
    options: Sequence[str]
    allow_multiple: bool = False
    anonymous: bool = True
    show_results: ShowResults = "after_vote"
    duration_s: int | None = None  # from opening on
    draft: bool = False


class UpdatePoll(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a draft; `anonymous` is fixed. `opens`: voting begins with it."""

    session_id: Id
    poll_id: Id
    question: str | UnsetType = UNSET
    options: Sequence[str] | UnsetType = UNSET
    allow_multiple: bool | UnsetType = UNSET
    show_results: ShowResults | UnsetType = UNSET
    duration_s: int | UnsetType | None = UNSET
    opens: bool = False


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """`field`: how the caller names `option_ids`, for faults."""

    session_id: Id
    poll_id: Id
    option_ids: Sequence[Id]
    field: str = "option_ids"


async def create(work: Work, ballots: Ballots, cmd: CreatePoll) -> Shown:
    """Put a question, or prepare one as a draft, which is the staff's.

    Raises: SessionNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid.
    Emits: PollOpened or PollDrafted.
    """
    at = await _inside(work, cmd.session_id, "poll.create")
    if cmd.draft and not at.standing.is_staff:
        raise Forbidden("Only the staff prepares drafts.")
    question, options = rules.clean_question(cmd.question), rules.options_of(cmd.options)
    session, _ = await sessions.hold(work, at.session)
    await _check_place(work, session, opens=not cmd.draft)
    row = Poll(
        id=new_id(),
        organization_id=session.organization_id,
        session_id=session.id,
        created_by=work.actor.account_id or at.room.host_id,  # a machine asks in the host's stead
        question=question,
        options=options,
        allow_multiple=cmd.allow_multiple,
        anonymous=cmd.anonymous,
        show_results=cmd.show_results,
        status="draft" if cmd.draft else "open",
        duration_s=cmd.duration_s,
        closes_at=None if cmd.draft else _closing_time(work.now, cmd.duration_s),
        closed_at=None,
        voters=None,
        votes=None,
        created_at=work.now,
        updated_at=work.now,
    )
    await store.add(work, row)
    await (tell_drafted if cmd.draft else tell_opened)(work, session, row)
    return await _shown(work, ballots, at, row)


async def update(work: Work, ballots: Ballots, cmd: UpdatePoll) -> Shown:
    """Change a draft, or open it. An open poll opened again stays as it is (C6).

    Raises: SessionNotFound, PollNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid.
    Emits: PollOpened or PollDrafted.
    """
    at = await _inside(work, cmd.session_id, "poll.manage")
    changes = _changes(cmd)
    seen = await store.get(work, cmd.session_id, cmd.poll_id)
    if seen is not None and _is_repeat(seen, cmd, changes):  # not held: votes that meet a holder are refused
        return await _shown(work, ballots, at, seen)
    session, _ = await sessions.hold(work, at.session)
    row = await store.hold(work, cmd.session_id, cmd.poll_id)
    if row is None:
        raise PollNotFound
    if _is_repeat(row, cmd, changes):
        return await _shown(work, ballots, at, row)
    if row.status != "draft":
        raise InvalidState("Only a draft can be changed or opened.")
    await _check_place(work, session, opens=cmd.opens, is_new=False)
    row = msgspec.structs.replace(row, **changes, updated_at=work.now)
    if cmd.opens:
        closes_at = _closing_time(work.now, row.duration_s)
        row = msgspec.structs.replace(row, status="open", closes_at=closes_at)
    await store.rewrite(work, row)
    await (tell_opened if cmd.opens else tell_drafted)(work, session, row)
    return await _shown(work, ballots, at, row)


def _is_repeat(row: Poll, cmd: UpdatePoll, changes: dict[str, object]) -> bool:
    return row.status == "open" and cmd.opens and not changes


async def vote(work: Work, ballots: Ballots, cmd: Vote) -> Shown:
    """Cast the actor's vote, in the place of an earlier one (C21).

    Raises: SessionNotFound, PollNotFound, FeatureDisabled, Forbidden, PollClosed, Invalid.
    """
    at = await _inside(work, cmd.session_id, "poll.vote")
    row = await store.keep_open(work, cmd.session_id, cmd.poll_id)
    if row is None:
        await _visible(work, at, cmd.poll_id)
        raise PollClosed  # at this very moment
    _check_visible(row, at)
    rules.check_accepts(row, work.now)
    choices = rules.choices_of(row, cmd.option_ids, cmd.field)
    key = ballots.secrecy.voter_key(row, person_of(work.actor))
    await store.cast(work, row, key, None if row.anonymous else work.actor.account_id, choices)
    (shown,) = await show(work, ballots, [row], is_staff=at.standing.is_staff, choices={row.id: choices})
    return shown


async def close(work: Work, ballots: Ballots, session_id: Id, poll_id: Id) -> Shown:
    """Stop the vote and make the final count. Harmless when closed (C6).

    Who of the audience put the question closes their own; the team goes by its right.

    Raises: SessionNotFound, PollNotFound, FeatureDisabled, Forbidden, InvalidState (a draft).
    Emits: PollClosed, once.
    """
    at = await scene(work, session_id)
    row = await _visible(work, at, poll_id)
    if row.created_by == work.actor.account_id and not at.standing.is_staff:
        at.check_not_banned()
    else:
        at.check("poll.manage")
    session, _ = await sessions.hold(work, at.session)
    held = await store.hold(work, session_id, poll_id)
    if held is None:
        raise PollNotFound
    if held.status == "draft":
        raise InvalidState("A draft is not open yet.")
    if held.status == "open":
        tally = (await ballots.count(work, [held]))[held.id]
        held = await close_poll(work, session, held, tally)
    return await _shown(work, ballots, at, held)


async def page(work: Work, ballots: Ballots, session_id: Id, status: Status | None) -> list[Shown]:
    """The polls of a session in order of making, drafts for the staff only.

    Raises: SessionNotFound, FeatureDisabled, Forbidden.
    """
    at = await _inside(work, session_id, "poll.read")
    statuses = {status} if status else set(STATUSES)
    if not at.standing.is_staff:
        statuses.discard("draft")
    found = await store.of_session(work, session_id, statuses) if statuses else []
    return await show(work, ballots, found, is_staff=at.standing.is_staff)


async def results(work: Work, ballots: Ballots, session_id: Id, poll_id: Id) -> Shown:
    """A poll with its counts. Raises: SessionNotFound, PollNotFound, FeatureDisabled, Forbidden."""
    at = await _inside(work, session_id, "poll.read")
    shown = await _shown(work, ballots, at, await _visible(work, at, poll_id))
    if not shown.may_see_counts:
        raise FeatureDisabled("The results of this poll are not shown to you yet.")
    return shown


@at_end
async def close_with_session(work: Work, session: Session) -> None:
    """I17: an end leaves no poll open. Drafts stay drafts."""
    polls = await store.hold_open(work, session.id)
    tallies = await store.tallies(work, polls)
    for each in polls:
        await close_poll(work, session, each, tallies[each.id])


@at_copy
async def copy_to(work: Work, session: Session, copy: Session) -> None:
    """Polls go along as drafts, without votes. Nobody follows the copy yet, so nobody is told."""
    for row in await store.of_session(work, session.id, STATUSES):
        draft = msgspec.structs.replace(
            row,
            id=new_id(),
            session_id=copy.id,
            created_by=work.actor.account_id or row.created_by,
            options=rules.options_of([option["text"] for option in row.options]),
            status="draft",
            closes_at=None,
            closed_at=None,
            voters=None,
            votes=None,
            created_at=work.now,
            updated_at=work.now,
        )
        await store.add(work, draft)


async def _inside(work: Work, session_id: Id, right: str) -> Scene:
    """The session for one who is in it and has this right.

    Raises: SessionNotFound, FeatureDisabled, Forbidden.
    """
    at = await scene(work, session_id)
    at.check(right)
    if not at.standing.is_staff:
        await name_of(work, at)
    return at


async def _visible(work: Work, at: Scene, poll_id: Id) -> Poll:
    """Raises: PollNotFound."""
    row = await store.get(work, at.session.id, poll_id)
    if row is None:
        raise PollNotFound
    _check_visible(row, at)
    return row


def _check_visible(row: Poll, at: Scene) -> None:
    """Raises: PollNotFound, for a draft that the actor may not know of (I22)."""
    if row.status == "draft" and not at.standing.is_staff:
        raise PollNotFound


async def _check_place(work: Work, session: Session, *, opens: bool, is_new: bool = True) -> None:
    """Whether the session, which is held, takes one more. Raises: InvalidState."""
    (rules.check_may_open if opens else rules.check_may_prepare)(session)
    polls, open_polls = await store.numbers(work, session.id)
    rules.check_room_for(polls=polls if is_new else 0, open_polls=open_polls, opens=opens)


def _changes(cmd: UpdatePoll) -> dict[str, object]:
    """The columns to set. Raises: Invalid."""
    given: dict[str, object] = {
        "question": UNSET if cmd.question is UNSET else rules.clean_question(cmd.question),
        "options": UNSET if cmd.options is UNSET else rules.options_of(cmd.options),
        "allow_multiple": cmd.allow_multiple,
        "show_results": cmd.show_results,
        "duration_s": cmd.duration_s,
    }
    return {name: value for name, value in given.items() if value is not UNSET}


def _closing_time(now: datetime, duration_s: int | None) -> datetime | None:
    return None if duration_s is None else now + timedelta(seconds=duration_s)


async def _shown(work: Work, ballots: Ballots, at: Scene, row: Poll) -> Shown:
    (shown,) = await show(work, ballots, [row], is_staff=at.standing.is_staff)
    return shown
