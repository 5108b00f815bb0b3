"""Personal links: 256 random bits for each registrant, kept as a digest to find them by, and sealed to show
them again to those who may (V23).
"""

import secrets
from collections.abc import Mapping

from livehall.core.participants.model import Participant
from livehall.core.people.rules import digest
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations.rules import access_purpose
from livehall.kernel.ids import Id

BYTES = 32


def address(origin: str, token: str) -> str:
    """The personal link. `origin`: of the pages, without a slash at the end.

    The token stands in the fragment, which browsers keep: it gets into no log and no `Referer`.
    """
    return f"{origin}/registered#{token}"


def new_columns(sealing: Sealing, participant_id: Id) -> Mapping[str, bytes]:
    """What is stored of a fresh token."""
    token = secrets.token_urlsafe(BYTES)
    return {
        "access_token_hash": digest(token),
        "access_token_sealed": sealing.seal(token, purpose=access_purpose(participant_id)),
    }


def token_of(sealing: Sealing, row: Participant) -> str:
    """The end of the personal link. The row has registered."""
    assert row.access_token_sealed is not None
    return sealing.unseal(row.access_token_sealed, purpose=access_purpose(row.id))
