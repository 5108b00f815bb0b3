"""The rights table as it is written, and what it says of one person: the tests' own reading of it.

`TABLE` is the table of `design/domain.md` §6, "Rights by role", transcribed by hand, cell by cell.
`QUESTIONS` writes in the same way what `contracts/extensions.md`, "Questions and answers", says of who asks,
answers and handles questions, which are not in that table. Nothing here comes from the product: what that
grants is compared with this.
"""

import re
from collections.abc import Collection, Set
from typing import NamedTuple

TABLE = """
| Right | host, co_host | moderator | on stage | viewer |
|---|---|---|---|---|
| `publish.audio` | ✓ | on stage only | place's `may_audio` | — |
| `publish.camera` | `host_camera_enabled` | on stage only | `onstage_camera_enabled` and place | — |
| `publish.screen` | `host_screen_share` | on stage only | `onstage_screen_share` and place | — |
| `chat.read` (`chat_enabled`) | `host_chat_receive_message` | ✓ | `audience_chat_receive_message` | `audience_chat_receive_message` |
| `chat.send` (`chat_enabled`) | `host_chat_send_text` | ✓ | `audience_chat_send_text` | `audience_chat_send_text` |
| `chat.file` (`chat_enabled`) | `host_chat_send_file` | as viewer | `audience_chat_send_file` | `audience_chat_send_file` |
| `chat.manage`, `ban` | ✓ | `moderator_manage_chat` | — | — |
| `poll.read` (`poll_enabled`) | `host_poll_view` | ✓ | `audience_poll_view` | `audience_poll_view` |
| `poll.vote` (`poll_enabled`) | `host_poll_vote` | `audience_poll_vote` | `audience_poll_vote` | `audience_poll_vote` |
| `poll.create` (`poll_enabled`) | `host_poll_create` | `moderator_manage_poll` | `audience_poll_create` | `audience_poll_create` |
| `poll.manage` | ✓ | `moderator_manage_poll` | own | own |
| `stage.request` (`stage_enabled`) | — | ✓ | — | `audience_stage_join_request` |
| `stage.manage` (`stage_enabled`) | ✓ | `moderator_manage_stage` | — | — |
| `viewers.list` | ✓ | ✓ | `onstage_viewer_view` | `audience_can_see_participants` |
| `viewers.count` | ✓ | ✓ | ✓ | `viewer_count_visible` |
| `staff.moderators` | ✓ | — | — | — |
| `staff.co_hosts` | host only, `host_add_co_host` | — | — | — |
| `session.run` (start, end, settings, record) | ✓ | — | — | — |
| `session.delete`, `room.edit` | host only | — | — | — |
"""  # noqa: E501 - as wide as it is written there
QUESTIONS = """
| Right | host, co_host | moderator | on stage | viewer |
|---|---|---|---|---|
| `question.read`, `question.ask`, `question.vote` (`question_enabled`) | ✓ | ✓ | ✓ | ✓ |
| `question.anonymous` (`question_enabled`) | `audience_question_anonymous` | `audience_question_anonymous` | `audience_question_anonymous` | `audience_question_anonymous` |
| `question.answer` (`question_enabled`) | ✓ | `moderator_manage_question` | ✓ | — |
| `question.manage` | ✓ | `moderator_manage_question` | — | — |
"""  # noqa: E501 - as wide as the other

# `contracts/live-clarified.md`, C19: without chat nobody but staff can send, and who may read may still read.
KEPT_WITHOUT_CHAT = {"chat.read": "everybody", "chat.send": "staff", "chat.file": "staff"}


class Row(NamedTuple):
    feature: str | None  # the switch that takes the right from everybody
    cells: dict[str, str]  # by column

    @property
    def switches(self) -> set[str]:
        """Everything that is named in the row and can be switched off."""
        named = {name for cell in self.cells.values() for name in re.findall(r"`(\w+)`", cell)}
        return (named | ({self.feature} if self.feature else set())) - {"may_audio"}


class Who(NamedTuple):
    """One column, or what stands between two of them."""

    column: str
    is_on_stage: bool = False
    is_co_host: bool = False

    @property
    def is_staff(self) -> bool:
        return self.column in ("host, co_host", "moderator")


WHO = {
    "host": Who("host, co_host"),
    "co_host": Who("host, co_host", is_co_host=True),
    "moderator": Who("moderator"),
    "moderator on stage": Who("moderator", is_on_stage=True),
    "on stage": Who("on stage", is_on_stage=True),
    "viewer": Who("viewer"),
}
MAY = {"publish.audio": "audio", "publish.camera": "video", "publish.screen": "screen"}
WHOLE = frozenset(MAY.values())  # a place on stage from which everything may be sent


def _read(text: str) -> dict[str, Row]:
    head, _, *lines = text.strip().splitlines()
    columns = _cells(head)[1:]
    found: dict[str, Row] = {}
    for line in lines:
        first, *cells = _cells(line)
        names, _, bracket = first.partition(" (")
        feature = re.fullmatch(r"`(\w+)`\)", bracket)
        for right in re.findall(r"`([\w.]+)`", names):
            assert right not in found
            row = dict(zip(columns, cells, strict=True))
            found[right] = Row(feature[1] if feature else None, row)
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


ROWS = _read(TABLE) | _read(QUESTIONS)
SWITCHES = sorted(set().union(*(row.switches for row in ROWS.values())))


def holds(right: str, who: str, off: Collection[str] = (), place: Set[str] = WHOLE) -> bool:
    """Whether the table grants this right. `off`: the switches that are off, all others being on.

    `place`: what may be sent from the place of one who is on stage. What is granted for one's own alone
    ("own") is not granted as such.
    """
    return _cell(ROWS[right].cells[WHO[who].column], right, WHO[who], off, place) and not _is_off(
        right, WHO[who], off
    )


def _is_off(right: str, who: Who, off: Collection[str]) -> bool:
    feature = ROWS[right].feature
    if feature is None or feature not in off:
        return False
    kept = KEPT_WITHOUT_CHAT.get(right)
    return not (kept == "everybody" or (kept == "staff" and who.is_staff))


def _cell(cell: str, right: str, who: Who, off: Collection[str], place: Set[str]) -> bool:
    cells = ROWS[right].cells
    match cell.replace("`", "").split():
        case ["✓"]:
            return True
        case ["—"] | ["own"]:
            return False
        case ["as", "viewer"]:
            return _cell(cells["viewer"], right, who, off, place)
        case ["on", "stage", "only"]:
            return who.is_on_stage and _cell(cells["on stage"], right, who, off, place)
        case ["place's", _]:
            return MAY[right] in place
        case [switch, "and", "place"]:
            return switch not in off and MAY[right] in place
        case ["host", "only"]:
            return not who.is_co_host
        case ["host", "only,", switch]:
            return not who.is_co_host and switch not in off
        case [switch]:
            return switch not in off
        case _:
            raise AssertionError(f"a cell that nobody reads: {cell}")
