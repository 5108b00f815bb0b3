"""Mail that goes nowhere: one `.eml` file each, for machines without a mail server, and for trying out."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from livehall.core.ports.mail import Letter, MailUnavailable
from livehall.engines.mail.message import message_of, sender_of


class FilePost:
    def __init__(self, folder: Path, sender: str) -> None:
        """`folder` is made with the first letter. Raises: ValueError, for a sender that is none."""
        self._folder, self._sender = folder, sender_of(sender)

    async def send(self, letter: Letter) -> None:
        """Into a file that is called by the letter's id: the same letter again replaces itself."""
        now = datetime.now(UTC)
        raw = message_of(letter, self._sender, now).as_bytes()
        await asyncio.to_thread(self._write, f"{letter.message_id}.eml", raw)

    def _write(self, name: str, raw: bytes) -> None:
        partial = self._folder / f".{name}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.write_bytes(raw)
            partial.replace(self._folder / name)
        except OSError as error:
            raise MailUnavailable from error
