"""The machine of a registration: a table of state × command → state. Nothing else decides `registration`.

`admit` and `apply` are registering, by a room that approves by itself and one where the host approves. Who
registers again while it counts changes nothing; who cancelled or was denied begins anew.
"""

from typing import Literal

from livehall.core.participants.model import Registration
from livehall.core.registrations.faults import WrongState

Command = Literal["admit", "apply", "approve", "deny", "cancel"]

REGISTRATION: dict[tuple[Registration | None, Command], Registration] = {
    (None, "admit"): "approved",
    (None, "apply"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "deny"): "denied",
    ("pending", "cancel"): "cancelled",
    ("approved", "cancel"): "cancelled",
    ("cancelled", "admit"): "approved",
    ("cancelled", "apply"): "pending",
    ("denied", "admit"): "approved",
    ("denied", "apply"): "pending",
    # What is so already stays so (C6).
    ("pending", "admit"): "pending",
    ("pending", "apply"): "pending",
    ("approved", "admit"): "approved",
    ("approved", "apply"): "approved",
    ("approved", "approve"): "approved",
    ("denied", "deny"): "denied",
    ("cancelled", "cancel"): "cancelled",
}
WORDS: dict[Command, str] = {
    "admit": "made",
    "apply": "made",
    "approve": "approved",
    "deny": "denied",
    "cancel": "cancelled",
}


def advance(state: Registration | None, command: Command) -> Registration:
    """Raises: WrongState."""
    following = REGISTRATION.get((state, command))
    if following is None:
        raise WrongState(f"A registration that is {state} cannot be {WORDS[command]}.")
    return following
