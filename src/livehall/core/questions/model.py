"""The rows of questions and of their answers, in the table of messages."""

from datetime import datetime

import msgspec

from livehall.core.messages.model import QuestionState, message
from livehall.core.sessions.rights import Role
from livehall.kernel.ids import Id

PUBLIC: tuple[QuestionState, ...] = ("published", "answered")
"""What the audience sees."""


class Question(msgspec.Struct, frozen=True):
    """`display_name` is not for the audience when `is_anonymous`."""

    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id | None
    participant_id: Id | None
    display_name: str
    role: Role
    body: str
    state: QuestionState
    is_anonymous: bool
    vote_count: int
    pinned_at: datetime | None
    created_at: datetime

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC


class Answer(msgspec.Struct, frozen=True):
    """`on_air_at`: when it was said aloud; the text may then be empty."""

    id: Id
    organization_id: Id
    session_id: Id
    parent_id: Id
    account_id: Id | None
    display_name: str
    role: Role
    body: str
    on_air_at: datetime | None
    created_at: datetime


COLUMNS = tuple(message.c[name] for name in Question.__struct_fields__)
ANSWER_COLUMNS = tuple(message.c[name] for name in Answer.__struct_fields__)
