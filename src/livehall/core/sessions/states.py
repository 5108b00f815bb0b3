"""The machine of a session: a table of state × command → state. Nothing else decides a status."""

from typing import Literal

from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Status, StreamState

Command = Literal["start", "fail", "go_live", "end", "cancel"]
Signal = Literal["connect", "arrive", "stop", "reset"]

SESSION: dict[tuple[Status, Command], Status] = {
    ("scheduled", "start"): "backstage",
    ("backstage", "fail"): "scheduled",  # the media server did not follow: as before (architecture, rule 2)
    ("backstage", "go_live"): "live",
    ("backstage", "end"): "ended",
    ("live", "end"): "ended",
    ("scheduled", "cancel"): "cancelled",
    # C6: a command in its target state, or beyond it on the way forward, changes nothing.
    ("backstage", "start"): "backstage",
    ("live", "start"): "live",
    ("live", "go_live"): "live",
    ("ended", "end"): "ended",
    ("cancelled", "cancel"): "cancelled",
}
WORDS: dict[Command, str] = {
    "start": "started",
    "fail": "taken back",
    "go_live": "put on air",
    "end": "ended",
    "cancel": "cancelled",
}

STREAM: dict[tuple[StreamState, Signal], StreamState] = {
    ("idle", "connect"): "connecting",
    ("interrupted", "connect"): "connecting",
    ("idle", "arrive"): "active",
    ("connecting", "arrive"): "active",
    ("interrupted", "arrive"): "active",
    ("active", "stop"): "interrupted",
    ("connecting", "stop"): "interrupted",
}


def advance(status: Status, command: Command) -> Status:
    """The state after a command; the same one when there is nothing to do (C6). Raises: InvalidState."""
    following = SESSION.get((status, command))
    if following is None:
        raise InvalidState(f"A session that is {status} cannot be {WORDS[command]}.")
    return following


def stream_after(state: StreamState, signal: Signal) -> StreamState:
    """The state of the incoming programme after a signal; what means nothing leaves it as it is."""
    if signal == "reset":
        return "idle"
    return STREAM.get((state, signal), state)
