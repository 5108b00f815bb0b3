"""What the core asks of a seal: to keep what must be shown again, but never in the clear (I19)."""

from typing import Protocol


class Sealing(Protocol):
    """Authenticated encryption under the house's key at rest."""

    def seal(self, text: str, *, purpose: str) -> bytes:
        """`purpose` (what it is and whose) must be given again to open it: a blob cannot be moved."""
        ...

    def unseal(self, sealed: bytes, *, purpose: str) -> str:
        """Raises: ValueError, when it is damaged, of another purpose, or of another key."""
        ...
