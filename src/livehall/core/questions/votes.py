"""Which questions were voted on since the last count, kept by every process beside the database."""

from livehall.core.messages.pace import Pace
from livehall.kernel.ids import Id

BURST = 3  # questions at once
EVERY_S = 10.0  # seconds for one more


class AskingPace(Pace):
    """How fast one person may ask."""

    def __init__(self) -> None:
        super().__init__(burst=BURST, every_s=EVERY_S)


class Votes:
    def __init__(self) -> None:
        self._changed: set[Id] = set()

    def note(self, question_id: Id) -> None:
        """A vote was stored or taken back: the next round counts this question."""
        self._changed.add(question_id)

    def take_changed(self) -> set[Id]:
        """Questions with another number of votes, perhaps, since the last call."""
        changed, self._changed = self._changed, set()
        return changed
