"""Rules of questions: pure.

    pending –publish→ published –answer→ answered      pending · published –dismiss→ dismissed

An answered question may be answered again, by somebody else for example.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from livehall.core.messages.model import QuestionState
from livehall.core.questions import fields
from livehall.core.questions.model import Question
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Settings, Standing
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

Command = Literal["publish", "answer", "dismiss"]
TRANSITIONS: Mapping[tuple[QuestionState, Command], QuestionState] = {
    ("pending", "publish"): "published",
    ("published", "publish"): "published",  # C6: in the target state, or beyond it on the way forward
    ("answered", "publish"): "answered",
    ("published", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("pending", "dismiss"): "dismissed",
    ("published", "dismiss"): "dismissed",
    ("dismissed", "dismiss"): "dismissed",
}


def after(state: QuestionState, command: Command) -> QuestionState:
    """Raises: InvalidState."""
    found = TRANSITIONS.get((state, command))
    if found is None:
        raise InvalidState(f"A question that is {state} takes no `{command}`.")
    return found


def first_state(settings: Settings, standing: Standing) -> QuestionState:
    """Who may answer is not looked at before."""
    is_trusted = standing.is_staff or standing.role == "speaker"
    return "pending" if settings.question_moderation and not is_trusted else "published"


def check_open(session: Session) -> None:
    """Raises: InvalidState."""
    if not session.is_open:
        raise InvalidState("Questions are asked and voted for while the session is in backstage or live.")


def check_not_over(session: Session) -> None:
    """Raises: InvalidState."""
    if session.is_over:
        raise InvalidState("The session is over.")


def may_see(question: Question, standing: Standing, account_id: Id | None) -> bool:
    """What is public, what one has asked oneself, and everything for the staff."""
    is_own = account_id is not None and question.account_id == account_id
    return question.is_public or is_own or standing.is_staff


def clean_question(text: str) -> str:
    """Raises: Invalid."""
    return _clean(text, fields.LONGEST, 1)


def clean_answer(text: str, on_air_at: datetime | None) -> str:
    """Words are needed unless it was said on air. Raises: Invalid."""
    return _clean(text, fields.LONGEST_ANSWER, 0 if on_air_at else 1)


def check_on_air(session: Session, on_air_at: datetime, now: datetime) -> None:
    """Raises: Invalid, for a time at which nobody was on air."""
    if session.started_at is None or not session.started_at <= on_air_at <= now:
        raise invalid("on_air_at", "Give a time between the start of the session and now.")


def _clean(text: str, longest: int, least: int) -> str:
    """Trimmed, in NFC, of readable characters; lines may be broken. Raises: Invalid."""
    cleaned = unicodedata.normalize("NFC", text).strip()
    if len(cleaned) < least:
        raise invalid("text", "Write something.", rule="required")
    if len(cleaned) > longest:
        raise invalid("text", f"At most {longest} characters.", rule="max_length")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in cleaned):
        raise invalid("text", "Give readable characters.")
    return cleaned
