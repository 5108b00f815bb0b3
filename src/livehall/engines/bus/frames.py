"""Words as payloads of NOTIFY: text below 8000 bytes, so that longer ones go in pieces.

    <speaker> <number> <piece>/<pieces> <topic> <text>

Pieces of one word are sent in one transaction, and PostgreSQL delivers those together and in order.
"""

from collections.abc import Iterator

LIMIT = 1900  # characters: at most 4 bytes each, below PostgreSQL's 8000 for a payload


def payloads(speaker: str, number: int, topic: str, body: bytes) -> list[str]:
    """What to send for one word; `body` is UTF-8 without NUL."""
    text = body.decode()
    pieces = [text[at : at + LIMIT] for at in range(0, len(text), LIMIT)] or [""]
    return [
        f"{speaker} {number} {place}/{len(pieces)} {topic} {piece}" for place, piece in enumerate(pieces, 1)
    ]


class Gathering:
    """Puts words together again."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[str, list[str]]] = {}  # speaker → number, pieces

    def take(self, payload: str) -> Iterator[tuple[str, str, bytes]]:
        """Speaker, topic and body of the word that this piece completes, if it does.

        Raises: ValueError for what is no word of ours.
        """
        speaker, number, place, topic, text = payload.split(" ", 4)
        piece, _, pieces = place.partition("/")
        if pieces == "1":
            yield speaker, topic, text.encode()
            return
        known, gathered = self._begun.get(speaker, ("", []))
        if known != number or int(piece) != len(gathered) + 1:
            gathered = []
        if int(piece) != len(gathered) + 1:  # its beginning was missed
            self._begun.pop(speaker, None)
            return
        gathered.append(text)
        self._begun[speaker] = (number, gathered)
        if len(gathered) == int(pieces):
            del self._begun[speaker]
            yield speaker, topic, "".join(gathered).encode()
