"""What the file sink of a running hall holds."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.support.waiting import eventually

DEADLINE_S = 10.0
WHOLE = "[!.]*.eml"  # a letter that is still being written begins with a dot


async def letters(data: Path, number: int) -> list[EmailMessage]:
    """The letters below the data directory, once there are so many; and they are no more."""
    folder = data / "mail"

    async def are_there() -> bool:
        return len(list(folder.glob(WHOLE))) >= number

    await eventually(are_there, within=DEADLINE_S, what=f"{number} letters")
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob(WHOLE))]
    assert len(found) == number
    return found  # type: ignore[return-value]  # the policy makes `EmailMessage`s
