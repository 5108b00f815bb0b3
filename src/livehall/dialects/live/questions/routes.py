"""Operations of questions."""

from starlette.responses import StreamingResponse

from livehall.core.messages.faults import TooFast
from livehall.core.questions import ops, steps
from livehall.core.questions.faults import QuestionNotFound
from livehall.core.questions.votes import AskingPace, Votes
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live import tables
from livehall.dialects.live.api import api
from livehall.dialects.live.questions import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Questions"
REFUSALS = (SessionNotFound, FeatureDisabled, Forbidden, Banned)
OF_ONE = (*REFUSALS, QuestionNotFound, InvalidState)


@api.route(
    "GET", "/sessions/{id}/questions", operation="listQuestions", tag=TAG, access="viewer", machines=True,
    raises=REFUSALS,
)  # fmt: skip
async def list_questions(work: Read, id: Id, query: wire.ListQuestionsQuery) -> wire.QuestionListResponse:
    """List the questions.

    Those that everybody sees, and the caller's own whatever their state; the staff sees all.
    """
    return wire.QuestionListResponse.of(await ops.page(work, query.command(id)), query)


@api.route(
    "POST", "/sessions/{id}/questions", operation="askQuestion", tag=TAG, access="viewer", status=201,
    repeatable=True, raises=[*REFUSALS, InvalidState, TooFast],
)  # fmt: skip
async def ask_question(
    work: Work, pace: AskingPace, id: Id, body: wire.AskQuestionRequest
) -> wire.QuestionResponse:
    """Ask a question.

    With one's name or anonymously, in `backstage` and `live`. Where the session is moderated it begins as
    `pending`, else as `published`; what staff and speakers ask is published at once.
    """
    return wire.QuestionResponse.of(await ops.ask(work, pace, body.command(id)))


@api.route(
    "GET", "/sessions/{id}/questions/{question_id}", operation="getQuestion", tag=TAG, access="viewer",
    machines=True, raises=[*REFUSALS, QuestionNotFound],
)  # fmt: skip
async def get_question(work: Read, id: Id, question_id: Id) -> wire.QuestionResponse:
    """Show one question with its answers."""
    return wire.QuestionResponse.of(await ops.get(work, id, question_id))


@api.route(
    "PATCH", "/sessions/{id}/questions/{question_id}", operation="updateQuestion", tag=TAG, access="viewer",
    raises=OF_ONE,
)  # fmt: skip
async def update_question(
    work: Work, id: Id, question_id: Id, body: wire.UpdateQuestionRequest
) -> wire.QuestionResponse:
    """Correct one's own question, while it is pending."""
    return wire.QuestionResponse.of(await ops.correct(work, body.command(id, question_id)))


@api.route(
    "DELETE", "/sessions/{id}/questions/{question_id}", operation="deleteQuestion", tag=TAG,
    access="viewer", status=204, raises=OF_ONE,
)  # fmt: skip
async def delete_question(work: Work, id: Id, question_id: Id) -> None:
    """Take one's own question back, with its answers."""
    await ops.take_back(work, id, question_id)


@api.route(
    "PUT", "/sessions/{id}/questions/{question_id}/vote", operation="voteQuestion", tag=TAG,
    access="viewer", raises=OF_ONE,
)  # fmt: skip
async def vote_question(
    desk: Desk, actor: Actor, votes: Votes, id: Id, question_id: Id
) -> wire.QuestionResponse:
    """Vote for a question.

    One vote per person, whatever the number of devices; a second one changes nothing.
    """
    return wire.QuestionResponse.of(await steps.vote(desk, votes, actor, id, question_id, is_for=True))


@api.route(
    "DELETE", "/sessions/{id}/questions/{question_id}/vote", operation="unvoteQuestion", tag=TAG,
    access="viewer", raises=OF_ONE,
)  # fmt: skip
async def unvote_question(
    desk: Desk, actor: Actor, votes: Votes, id: Id, question_id: Id
) -> wire.QuestionResponse:
    """Take the vote back."""
    return wire.QuestionResponse.of(await steps.vote(desk, votes, actor, id, question_id, is_for=False))


@api.route(
    "POST", "/sessions/{id}/questions/{question_id}/publish", operation="publishQuestion", tag=TAG,
    access="moderator", raises=OF_ONE,
)  # fmt: skip
async def publish_question(work: Work, id: Id, question_id: Id) -> wire.QuestionResponse:
    """Show a pending question to everybody. Harmless when it is shown."""
    return wire.QuestionResponse.of(await ops.publish(work, id, question_id))


@api.route(
    "POST", "/sessions/{id}/questions/{question_id}/dismiss", operation="dismissQuestion", tag=TAG,
    access="moderator", raises=OF_ONE,
)  # fmt: skip
async def dismiss_question(work: Work, id: Id, question_id: Id) -> wire.QuestionResponse:
    """Hide a question that is not answered yet from all but the staff and who asked it, for good."""
    return wire.QuestionResponse.of(await ops.dismiss(work, id, question_id))


@api.route(
    "POST", "/sessions/{id}/questions/{question_id}/answer", operation="answerQuestion", tag=TAG,
    access="viewer", repeatable=True, raises=OF_ONE,
)  # fmt: skip
async def answer_question(
    work: Work, id: Id, question_id: Id, body: wire.AnswerQuestionRequest
) -> wire.QuestionResponse:
    """Answer a published question.

    In writing, or as said on air at a time; by staff and speakers. A further answer goes beside the first.
    """
    return wire.QuestionResponse.of(await ops.answer(work, body.command(id, question_id)))


@api.route(
    "PUT", "/sessions/{id}/questions/{question_id}/pin", operation="pinQuestion", tag=TAG,
    access="moderator", raises=OF_ONE,
)  # fmt: skip
async def pin_question(
    work: Work, id: Id, question_id: Id, body: wire.PinRequest | None
) -> wire.QuestionResponse:
    """Bring a question forward, before those with more votes, or put it back."""
    pinned = (body or wire.PinRequest()).pinned
    return wire.QuestionResponse.of(await ops.pin(work, id, question_id, is_pinned=pinned))


@api.route(
    "GET", "/sessions/{id}/questions/export", operation="exportQuestions", tag=TAG, access="host",
    raises=[SessionNotFound, Forbidden, Banned], plain=True,
    answer=list[wire.ExportedQuestion], also=tables.FILES,
)  # fmt: skip
async def export_questions(desk: Desk, actor: Actor, id: Id, query: tables.TakeOutQuery) -> StreamingResponse:
    """All questions as a file, with their answers.

    Streamed; in every state, save those taken back. Addresses are for the host and administrators only. The
    export is written to the audit log.
    """
    asked = await steps.export(desk, actor, id, query.format, query.order)
    rows = (wire.ExportedQuestion.of(said, answers) async for said, answers in asked)
    return tables.answer(query.format, f"questions-{id}", wire.ExportedQuestion, rows)
