"""Exports as files: the same rows that the streaming operations give."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from livehall.core.audience import people as attending
from livehall.core.chat import steps as chat
from livehall.core.insight import audit, metrics
from livehall.core.polls import ops as polls
from livehall.core.polls.ballots import Ballots
from livehall.core.ports.exports import Contents
from livehall.core.questions import steps as questions
from livehall.dialects.live import tables
from livehall.dialects.live.attendance.wire import AttendanceResponse
from livehall.dialects.live.chat.wire import ExportedMessage
from livehall.dialects.live.exporting import rows
from livehall.dialects.live.insight.figures import ReportResponse
from livehall.dialects.live.questions.wire import ExportedQuestion
from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk

Table = tuple[type[msgspec.Struct], AsyncIterator[msgspec.Struct]]


ADDRESS = "email"  # the column, in all tables that have one


class LiveSheets:
    """`Sheets` with the columns of this API."""

    def __init__(self, ballots: Ballots) -> None:
        self._ballots = ballots

    async def pieces(self, desk: Desk, actor: Actor, contents: Contents) -> AsyncIterator[bytes]:
        kind, table = await self._table(desk, actor, contents)
        if not contents.with_addresses and ADDRESS in kind.__struct_fields__:
            table = _without_addresses(table)
        writer = tables.WRITERS[contents.format](kind.__struct_fields__, contents.kind)
        async for piece in tables.streamed(writer, table):
            yield piece

    async def _table(self, desk: Desk, actor: Actor, contents: Contents) -> Table:
        if contents.kind == "audit":
            return rows.ExportedAct, (rows.ExportedAct.of(each) async for each in audit.acts(desk, actor))
        if contents.kind == "registrations":
            assert contents.room_id is not None, "registrations are of a room"
            room_id = contents.room_id if contents.session_id is None else None
            kind, fields = await rows.registration_kind(desk, actor, contents.room_id)
            return kind, rows.registrations(desk, actor, room_id, contents.session_id, kind, fields)
        session_id = contents.session_id
        assert session_id is not None, "all others are of a session"
        match contents.kind:
            case "attendance":
                found = await attending.export(desk, actor, session_id, contents.format)
                people = attending.exported(desk, actor, found)
                return AttendanceResponse, (AttendanceResponse.of(each) async for each in people)
            case "chat":
                said = await chat.export(desk, actor, session_id, contents.format, "time")
                return ExportedMessage, (ExportedMessage.of(each) async for each in said)
            case "questions":
                asked = await questions.export(desk, actor, session_id, contents.format, "time")
                return ExportedQuestion, (ExportedQuestion.of(*each) async for each in asked)
            case "polls":
                async with desk.read(actor) as read:
                    shown = await polls.page(read, self._ballots, session_id, None)
                options = [option for each in shown for option in rows.ExportedOption.all_of(each)]
                return rows.ExportedOption, _given(options)
            case "report":
                async with desk.read(actor) as read:
                    report = ReportResponse.of(await metrics.report(read, session_id), read.now)
                return rows.ExportedReport, _given([rows.ExportedReport.of(report)])


async def _without_addresses(table: AsyncIterator[msgspec.Struct]) -> AsyncIterator[msgspec.Struct]:
    async for row in table:
        yield msgspec.structs.replace(row, **{ADDRESS: None})


async def _given(few: Sequence[msgspec.Struct]) -> AsyncIterator[msgspec.Struct]:
    """A session has few polls, and one report."""
    for row in few:
        yield row
