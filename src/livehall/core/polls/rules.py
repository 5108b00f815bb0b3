"""Rules of polls: pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from livehall.core.polls import fields
from livehall.core.polls.faults import PollClosed
from livehall.core.polls.model import Option, Poll, Tally
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id


def clean_question(text: str) -> str:
    """Raises: Invalid."""
    return _clean(text, "question", fields.LONGEST_QUESTION)


def options_of(texts: Sequence[str]) -> list[Option]:
    """Raises: Invalid, unless there are two to ten different ones."""
    cleaned = [_clean(text, f"options.{at}", fields.LONGEST_OPTION) for at, text in enumerate(texts)]
    if not fields.FEWEST_OPTIONS <= len(cleaned) <= fields.MOST_OPTIONS:
        raise invalid("options", "Give two to ten options.")
    if len(set(cleaned)) < len(cleaned):
        raise invalid("options", "Give different options.", rule="unique")
    return [Option(id=new_id(), text=text) for text in cleaned]


def choices_of(poll: Poll, option_ids: Sequence[Id], field: str) -> int:
    """A bit for each option chosen. Raises: Invalid, about `field`."""
    positions = {option["id"]: at for at, option in enumerate(poll.options)}
    chosen = set(option_ids)
    if not chosen <= positions.keys():
        raise invalid(field, "There is no such option in this poll.")  # C5
    if not chosen:
        raise invalid(field, "Choose an option.", rule="required")
    if len(chosen) > 1 and not poll.allow_multiple:
        raise invalid(field, "Choose exactly one option.")
    return sum(1 << positions[option_id] for option_id in chosen)


def chosen_in(poll: Poll, choices: int) -> list[Id]:
    return [option["id"] for at, option in enumerate(poll.options) if choices >> at & 1]


def tally_of(poll: Poll, ballots: Iterable[tuple[int, int]]) -> Tally:
    """`ballots`: choices, and how many voters chose just so."""
    voters, votes = 0, [0] * len(poll.options)
    for choices, number in ballots:
        voters += number
        for at in range(len(votes)):
            votes[at] += number * (choices >> at & 1)
    return Tally(voters, tuple(votes))


def may_see_counts(poll: Poll, *, is_staff: bool, has_voted: bool) -> bool:
    """The staff always; voters as `show_results` says; everybody once it is closed."""
    if is_staff or poll.status == "closed" or poll.show_results == "always":
        return True
    return poll.show_results == "after_vote" and has_voted


def check_accepts(poll: Poll, now: datetime) -> None:
    """Raises: PollClosed."""
    is_late = poll.closes_at is not None and now >= poll.closes_at
    if poll.status != "open" or is_late:
        raise PollClosed


def check_may_open(session: Session) -> None:
    """Raises: InvalidState."""
    if not session.is_open:
        raise InvalidState("Polls are open while the session is in backstage or live.")


def check_may_prepare(session: Session) -> None:
    """Raises: InvalidState."""
    if session.is_over:
        raise InvalidState("The session is over.")


def check_room_for(*, polls: int, open_polls: int, opens: bool) -> None:
    """Raises: InvalidState."""
    if polls >= fields.MOST:
        raise InvalidState(f"A session has at most {fields.MOST} polls.")
    if opens and open_polls >= fields.MOST_OPEN:
        raise InvalidState(f"At most {fields.MOST_OPEN} polls are open at once; close one first.")


def _clean(text: str, field: str, longest: int) -> str:
    """Trimmed, in NFC, with 1 to `longest` characters and none that controls. Raises: Invalid."""
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(cleaned) <= longest or any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned):
        raise invalid(field, f"Give 1 to {longest} readable characters.")
    return cleaned
