"""Use cases of the chat."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from livehall.core.audience.scene import Scene, name_of, person_of, scene
from livehall.core.chat import files_store, store
from livehall.core.chat.events import ChatExported, FileFacts, MessageDeleted, MessageSent, MessagesPurged
from livehall.core.chat.faults import MessageNotFound
from livehall.core.chat.fields import LONGEST
from livehall.core.chat.files_model import ChatFile
from livehall.core.chat.model import Message
from livehall.core.messages.pace import Pace
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import FeatureDisabled, InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

PURGED_AT_ONCE = 200  # messages: as many ids as fit a publication
OWN_DELETION = timedelta(minutes=5)  # how long a writer may take a message back


class SendMessage(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    text: str
    parent_id: Id | None = None
    client_id: str | None = None
    file_id: Id | None = None


class ReadMessages(msgspec.Struct, frozen=True, kw_only=True):
    """The newest, those before one, or those after one; `before` and `after` exclude each other."""

    session_id: Id
    limit: int = 50
    before: Id | None = None
    after: Id | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    messages: list[Message]  # in order of writing
    has_more: bool  # beyond this page, in the direction that was asked for


async def send(work: Work, pace: Pace, cmd: SendMessage) -> Message:
    """Write to the chat. A repeated `client_id` gives the first message again (C20).

    Raises: SessionNotFound, FeatureDisabled, Forbidden, InvalidState, Invalid, TooFast. Emits: MessageSent.
    """
    at = await scene(work, cmd.session_id)
    check_may_send(at)
    name = await name_of(work, at)
    text = clean(cmd.text, may_be_empty=cmd.file_id is not None)
    row = _row(work, at, cmd, name, text)
    if cmd.client_id is not None and row.account_id is not None:
        first = await store.repeated(work, cmd.session_id, row.account_id, cmd.client_id)
        if first is not None:
            return first
    if cmd.parent_id is not None and await store.get(work, cmd.session_id, cmd.parent_id) is None:
        raise invalid("reply_to", "There is no such message in this session.")
    pace.check(cmd.session_id, person_of(work.actor), work.now)
    try:
        await store.add(work, row)
    except Duplicate:  # the same call at the same time, through another connection
        assert row.account_id is not None and cmd.client_id is not None  # noqa: PT018
        first = await store.repeated(work, cmd.session_id, row.account_id, cmd.client_id)
        if first is None:
            raise
        return first
    work.emit(_sent(row, at, await _attached(work, at, row, cmd.file_id)))
    return row


async def _attached(work: Work, at: Scene, row: Message, file_id: Id | None) -> ChatFile | None:
    """Raises: Invalid (C5), for a file that is not the sender's, or of another session, or sent already;
    Banned, FeatureDisabled, Forbidden.
    """
    if file_id is None:
        return None
    if row.account_id is None or not await files_store.attach(
        work, file_id, row.session_id, row.account_id, row.id
    ):
        raise invalid("file_id", "There is no such file of yours in this session that is not sent yet.")
    at.check("chat.file")
    return await files_store.get(work, file_id)


async def files_of(work: Work, messages: Sequence[Message]) -> dict[Id, ChatFile]:
    """The files of messages that are not deleted, by message."""
    return await files_store.of_messages(work, [each.id for each in messages if each.deleted_at is None])


async def read(work: Work, cmd: ReadMessages) -> Page:
    """A page of the chat. After the end only staff reads on.

    Raises: SessionNotFound, FeatureDisabled, Forbidden, Invalid.
    """
    at = await scene(work, cmd.session_id)
    at.check("chat.read")
    if at.session.is_over and not at.standing.is_staff:
        raise FeatureDisabled("The chat is closed.")
    await name_of(work, at)
    if cmd.before is not None and cmd.after is not None:
        raise invalid("after", "Read on from a cursor or after a message, not both.")
    return await page(work, cmd)


async def page(work: Work, cmd: ReadMessages) -> Page:
    """The page itself, for one whose right was checked."""
    beyond = cmd.limit + 1
    if cmd.after is not None:
        found = await store.newer(work, cmd.session_id, cmd.after, beyond)
        return Page(messages=found[: cmd.limit], has_more=len(found) > cmd.limit)
    if cmd.before is not None:
        found = await store.older(work, cmd.session_id, cmd.before, beyond)
    else:
        found = await store.newest(work, cmd.session_id, beyond)
    return Page(messages=found[-cmd.limit :], has_more=len(found) > cmd.limit)


async def delete(work: Work, session_id: Id, message_id: Id) -> None:
    """Take a message back: its writer within 5 minutes, or who manages the chat at any time.

    Raises: SessionNotFound, MessageNotFound, FeatureDisabled, Forbidden. Emits: MessageDeleted, once.
    """
    at = await scene(work, session_id)
    row = await store.get(work, session_id, message_id)
    if row is None:
        raise MessageNotFound
    is_own = row.account_id is not None and row.account_id == work.actor.account_id
    if not (is_own and work.now - row.created_at <= OWN_DELETION):
        at.check("chat.manage")
    if not await store.mark_deleted(work, message_id, work.actor.account_id):
        return
    work.emit(
        MessageDeleted(
            organization_id=row.organization_id,
            message_id=message_id,
            session_id=session_id,
            room_id=at.session.room_id,
            by=work.actor.account_id,
        )
    )


async def delete_all_of(work: Work, session: Session, account_id: Id) -> None:
    """Take away all that somebody wrote, for one whose right was checked. Emits: MessagesPurged."""
    by = work.actor.account_id
    ids = await store.mark_all_deleted(work, session.id, account_id, by)
    for start in range(0, len(ids), PURGED_AT_ONCE):
        work.emit(
            MessagesPurged(
                organization_id=session.organization_id,
                session_id=session.id,
                room_id=session.room_id,
                account_id=account_id,
                message_ids=ids[start : start + PURGED_AT_ONCE],
                by=by,
            )
        )


async def tell_exported(work: Work, session_id: Id, format: str) -> None:
    """For the audit log, of one whose right was checked. Emits: ChatExported."""
    session = await sessions.ever(work, session_id)
    work.emit(
        ChatExported(
            organization_id=session.organization_id,
            session_id=session_id,
            room_id=session.room_id,
            format=format,
        )
    )


def check_may_send(at: Scene) -> None:
    """Raises: Banned, FeatureDisabled, Forbidden, InvalidState."""
    at.check("chat.send")
    check_may_write_now(at)


def check_may_write_now(at: Scene) -> None:
    """Raises: InvalidState."""
    may_be_early = at.standing.is_staff or at.standing.role == "speaker"
    if at.session.status != "live" and not (at.session.status == "backstage" and may_be_early):
        raise InvalidState("The chat is open while the session is live.")


def clean(text: str, *, may_be_empty: bool = False) -> str:
    """Trimmed, with 1 to 2000 characters. Raises: Invalid."""
    trimmed = text.strip()
    if not trimmed and not may_be_empty:
        raise invalid("message", "Write something.", rule="required")
    if len(trimmed) > LONGEST:
        raise invalid("message", f"At most {LONGEST} characters.", rule="max_length")
    return trimmed


def _row(work: Work, at: Scene, cmd: SendMessage, name: str, text: str) -> Message:
    return Message(
        id=new_id(),
        organization_id=at.session.organization_id,
        session_id=at.session.id,
        account_id=work.actor.account_id,
        display_name=name,
        role=at.standing.role,
        kind="chat",
        parent_id=cmd.parent_id,
        body=text,
        client_id=cmd.client_id,
        deleted_by=None,
        created_at=work.now,
        deleted_at=None,
    )


def _facts(file: ChatFile) -> FileFacts:
    return FileFacts(id=file.id, name=file.name, content_type=file.content_type, size=file.size)


def _sent(row: Message, at: Scene, file: ChatFile | None) -> MessageSent:
    return MessageSent(
        organization_id=row.organization_id,
        message_id=row.id,
        session_id=row.session_id,
        room_id=at.session.room_id,
        account_id=row.account_id,
        name=row.display_name,
        role=row.role,
        kind=row.kind,
        text=row.body,
        parent_id=row.parent_id,
        client_id=row.client_id,
        created_at=row.created_at,
        file=_facts(file) if file else None,
    )
