"""Use cases of questions."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience.scene import Scene, name_of, person_of, scene
from livehall.core.messages import store as messages
from livehall.core.messages.model import QuestionState
from livehall.core.questions import fields, rules, store
from livehall.core.questions.events import (
    QuestionAsked,
    QuestionChanged,
    QuestionDismissed,
    QuestionPublished,
    QuestionsExported,
)
from livehall.core.questions.faults import QuestionNotFound
from livehall.core.questions.model import Answer, Question
from livehall.core.questions.showing import Shown, show
from livehall.core.questions.store import Sort as Sort
from livehall.core.questions.telling import tell, tell_answered, withdraw
from livehall.core.questions.votes import AskingPace
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class AskQuestion(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    text: str
    is_anonymous: bool = False  # the audience is told no name; the staff knows it


class CorrectQuestion(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    question_id: Id
    text: str | UnsetType = UNSET
    is_anonymous: bool | UnsetType = UNSET


class AnswerQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """In writing, or as said on air, or both."""

    session_id: Id
    question_id: Id
    text: str = ""
    is_on_air: bool = False
    on_air_at: datetime | None = None  # None: now


class ListQuestions(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    state: QuestionState | None = None
    only_own: bool = False
    sort: Sort = "votes"
    offset: int = 0
    limit: int = 20


class Page(msgspec.Struct, frozen=True, kw_only=True):
    questions: list[Shown]
    total: int


async def ask(work: Work, pace: AskingPace, cmd: AskQuestion) -> Shown:
    """Ask; with moderation, the audience sees it once the staff has published it.

    Raises: SessionNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid, TooFast. Emits: QuestionAsked.
    """
    at = await scene(work, cmd.session_id)
    at.check("question.ask")
    if cmd.is_anonymous:
        at.check("question.anonymous")
    rules.check_open(at.session)
    name = await name_of(work, at)
    text = rules.clean_question(cmd.text)
    pace.check(cmd.session_id, person_of(work.actor), work.now)
    row = Question(
        id=new_id(),
        organization_id=at.session.organization_id,
        session_id=at.session.id,
        account_id=work.actor.account_id,
        participant_id=await messages.participant_of(work, at.session, work.actor.account_id),
        display_name=name,
        role=at.standing.role,
        body=text,
        state=rules.first_state(at.settings, at.standing),
        is_anonymous=cmd.is_anonymous,
        vote_count=0,
        pinned_at=None,
        created_at=work.now,
    )
    await store.add(work, row)
    await tell(work, at.session, QuestionAsked, row, to_audience=row.is_public)
    return await _one(work, at, row)


async def correct(work: Work, cmd: CorrectQuestion) -> Shown:
    """Change what one has asked, while nobody else has seen it.

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid.
    Emits: QuestionChanged.
    """
    at, row = await _own(work, cmd.session_id, cmd.question_id)
    if row.state != "pending":
        raise InvalidState("Only a question that waits for the staff can be corrected.")
    if cmd.is_anonymous is True:
        at.check("question.anonymous")
    text = row.body if cmd.text is UNSET else rules.clean_question(cmd.text)
    is_anonymous = row.is_anonymous if cmd.is_anonymous is UNSET else cmd.is_anonymous
    changed = msgspec.structs.replace(row, body=text, is_anonymous=is_anonymous)
    if changed != row:
        await store.rewrite(work, changed)
        await tell(work, at.session, QuestionChanged, changed, to_audience=False)
    return await _one(work, at, changed)


async def take_back(work: Work, session_id: Id, question_id: Id) -> None:
    """Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState.

    Emits: QuestionWithdrawn.
    """
    at, row = await _own(work, session_id, question_id)
    await withdraw(work, at.session, row)


async def take_back_all_of(work: Work, session: Session, account_id: Id) -> None:
    """All that somebody asked, for one whose right was checked. Emits: QuestionWithdrawn for each."""
    for row in await store.hold_all_of(work, session.id, account_id):
        await withdraw(work, session, row)


async def publish(work: Work, session_id: Id, question_id: Id) -> Shown:
    """Show to everybody. Harmless when it is (C6).

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState.
    Emits: QuestionPublished.
    """
    at, row = await _managed(work, session_id, question_id)
    state = rules.after(row.state, "publish")
    if state != row.state:
        row = msgspec.structs.replace(row, state=state)
        await store.rewrite(work, row)
        await tell(work, at.session, QuestionPublished, row, to_audience=True)
    return await _one(work, at, row)


async def dismiss(work: Work, session_id: Id, question_id: Id) -> Shown:
    """Hide from all but the staff and who asked it, for good.

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState.
    Emits: QuestionDismissed.
    """
    at, row = await _managed(work, session_id, question_id)
    state = rules.after(row.state, "dismiss")
    if state != row.state:
        was_public = row.is_public
        row = msgspec.structs.replace(row, state=state, pinned_at=None)
        await store.rewrite(work, row)
        await tell(work, at.session, QuestionDismissed, row, to_audience=was_public)
    return await _one(work, at, row)


async def pin(work: Work, session_id: Id, question_id: Id, *, is_pinned: bool = True) -> Shown:
    """Bring forward, before all that have more votes, or put back.

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState.
    Emits: QuestionChanged.
    """
    at, row = await _managed(work, session_id, question_id)
    if not row.is_public:
        raise InvalidState("Only a question that everybody sees can be pinned.")
    if is_pinned != (row.pinned_at is not None):
        row = msgspec.structs.replace(row, pinned_at=work.now if is_pinned else None)
        await store.rewrite(work, row)
        await tell(work, at.session, QuestionChanged, row, to_audience=True)
    return await _one(work, at, row)


async def answer(work: Work, cmd: AnswerQuestion) -> Shown:
    """Answer in writing, or note that it was answered on air, and when.

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid.
    Emits: QuestionAnswered.
    """
    at = await scene(work, cmd.session_id)
    at.check("question.answer")
    name = await name_of(work, at)
    at, row = await _held(work, at, cmd.question_id)
    state = rules.after(row.state, "answer")
    on_air_at = (cmd.on_air_at or work.now) if cmd.is_on_air else None
    text = rules.clean_answer(cmd.text, on_air_at)
    if on_air_at is not None:
        rules.check_on_air(at.session, on_air_at, work.now)
    if len((await store.answers(work, [row.id]))[row.id]) >= fields.MOST_ANSWERS:
        raise InvalidState(f"A question has at most {fields.MOST_ANSWERS} answers.")
    given = Answer(
        id=new_id(),
        organization_id=row.organization_id,
        session_id=row.session_id,
        parent_id=row.id,
        account_id=work.actor.account_id,
        display_name=name,
        role=at.standing.role,
        body=text,
        on_air_at=on_air_at,
        created_at=work.now,
    )
    await store.add_answer(work, given)
    row = msgspec.structs.replace(row, state=state)
    await store.rewrite(work, row)
    await tell_answered(work, at.session, row, given)
    return await _one(work, at, row)


async def vote(work: Work, session_id: Id, question_id: Id, *, is_for: bool) -> Shown:
    """Vote for a question, or take the vote back; each once a person, whatever the number of devices (I7).

    Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden, InvalidState.
    """
    at = await scene(work, session_id)
    at.check("question.vote")
    rules.check_open(at.session)
    await name_of(work, at)
    row = await _visible(work, at, question_id)
    if not row.is_public:
        raise InvalidState("Only a question that everybody sees takes votes.")
    if is_for:
        await store.vote(work, row, person_of(work.actor))
    else:
        await store.take_vote_back(work, row.id, person_of(work.actor))
    counted = msgspec.structs.replace(row, vote_count=await store.count_votes(work, row.id))
    return await _one(work, at, counted)


async def page(work: Work, cmd: ListQuestions) -> Page:
    """What one may see: public ones and one's own; the staff all.

    Raises: SessionNotFound, FeatureDisabled, Forbidden.
    """
    at = await _reading(work, cmd.session_id)
    query = store.Query(
        session_id=cmd.session_id,
        account_id=work.actor.account_id,
        sees_all=at.standing.is_staff,
        state=cmd.state,
        only_own=cmd.only_own,
        sort=cmd.sort,
        offset=cmd.offset,
        limit=cmd.limit,
    )
    rows, total = await store.page(work, query)
    return Page(questions=await show(work, rows, is_staff=at.standing.is_staff), total=total)


async def get(work: Work, session_id: Id, question_id: Id) -> Shown:
    """Raises: SessionNotFound, QuestionNotFound, FeatureDisabled, Forbidden."""
    at = await _reading(work, session_id)
    return await _one(work, at, await _visible(work, at, question_id))


async def tell_exported(work: Work, session_id: Id, format: str) -> None:
    """For the audit log, of one whose right was checked. Emits: QuestionsExported."""
    session = await sessions.ever(work, session_id)
    work.emit(
        QuestionsExported(
            organization_id=session.organization_id,
            session_id=session_id,
            room_id=session.room_id,
            format=format,
        )
    )


async def _reading(work: Work, session_id: Id) -> Scene:
    at = await scene(work, session_id)
    at.check("question.read")
    if not at.standing.is_staff:
        await name_of(work, at)
    return at


async def _own(work: Work, session_id: Id, question_id: Id) -> tuple[Scene, Question]:
    """A question of the actor's, held. Raises: …, Forbidden, for another's that may be seen."""
    at = await scene(work, session_id)
    at.check("question.ask")
    at, row = await _held(work, at, question_id)
    if row.account_id is None or row.account_id != work.actor.account_id:
        raise Forbidden("Only who asked it may change it.")
    return at, row


async def _managed(work: Work, session_id: Id, question_id: Id) -> tuple[Scene, Question]:
    at = await scene(work, session_id)
    at.check("question.manage")
    return await _held(work, at, question_id)


async def _held(work: Work, at: Scene, question_id: Id) -> tuple[Scene, Question]:
    """The rows as they are now, held; the session's first. Raises: QuestionNotFound, InvalidState."""
    await _visible(work, at, question_id)
    session, _ = await sessions.hold(work, at.session)
    rules.check_not_over(session)
    row = await store.hold(work, session.id, question_id)
    if row is None:
        raise QuestionNotFound
    return msgspec.structs.replace(at, session=session), row


async def _visible(work: Work, at: Scene, question_id: Id) -> Question:
    row = await store.get(work, at.session.id, question_id)
    if row is None or not rules.may_see(row, at.standing, work.actor.account_id):
        raise QuestionNotFound
    return row


async def _one(work: Work, at: Scene, row: Question) -> Shown:
    return (await show(work, [row], is_staff=at.standing.is_staff))[0]
