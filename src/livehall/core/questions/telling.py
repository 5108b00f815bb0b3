"""Changes of questions with their events, inside one work."""

from livehall.core.questions import store
from livehall.core.questions.events import (
    AnswerFacts,
    QuestionAnswered,
    QuestionEvent,
    QuestionFacts,
    QuestionWithdrawn,
)
from livehall.core.questions.model import Answer, Question
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Standing, rights_of, settings_of
from livehall.kernel.work import Work

AUDIENCE = Standing(role="viewer")


def may_be_public(session: Session) -> bool:
    """Whether the audience may see questions; else they are told to the staff alone."""
    return "question.read" in rights_of(settings_of(session), AUDIENCE)


async def tell(
    work: Work, session: Session, kind: type[QuestionEvent], row: Question, *, to_audience: bool
) -> None:
    """`row`: as it is now. `to_audience`: they see it, or saw it until now. Emits: `kind`."""
    work.emit(kind(**await _about(work, session, row, to_audience=to_audience)))  # type: ignore[arg-type]


async def tell_answered(work: Work, session: Session, row: Question, answer: Answer) -> None:
    """Emits: QuestionAnswered."""
    about = await _about(work, session, row, to_audience=True)
    work.emit(QuestionAnswered(**about, answer=AnswerFacts.of(answer)))  # type: ignore[arg-type]


async def withdraw(work: Work, session: Session, row: Question) -> None:
    """Emits: QuestionWithdrawn."""
    await store.remove(work, row.id)
    await tell(work, session, QuestionWithdrawn, row, to_audience=row.is_public)


async def _about(work: Work, session: Session, row: Question, *, to_audience: bool) -> dict[str, object]:
    is_public = to_audience and may_be_public(session)
    return {
        "organization_id": row.organization_id,
        "question_id": row.id,
        "session_id": session.id,
        "room_id": session.room_id,
        "revision": await sessions.bump(work, session.id) if is_public else session.revision,
        "is_public": is_public,
        "question": QuestionFacts.of(row),
    }
