"""Rules of presets: pure."""

import re
import unicodedata

from livehall.core.presets.model import Preset
from livehall.kernel.actor import Actor
from livehall.kernel.addresses import is_web_address
from livehall.kernel.faults import Forbidden, invalid

LONGEST_NAME = 120
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", re.ASCII)


def clean_name(text: str) -> str:
    """Trimmed, in NFC, 1 to 120 characters, none that controls. Raises: Invalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise invalid("name", f"Give a name of 1 to {LONGEST_NAME} readable characters.")
    return name


def check_looks(colour: str | None, logo: str | None, target: str | None) -> None:
    """Colour and addresses end up in pages: only what cannot run there. Raises: Invalid."""
    if colour is not None and not COLOUR.fullmatch(colour):
        raise invalid("primary_color", "Give a CSS hex colour such as #0a84ff.")
    for field, address in (("logo", logo), ("logo_destination_url", target)):
        if address is not None and not is_web_address(address):
            raise invalid(field, "Give an http or https address.")


def check_may_have(actor: Actor) -> None:
    """Hosts and administrators have presets. Raises: Forbidden."""
    if not actor.may_host:
        raise Forbidden("Hosts and administrators have presets; your role does not.")


def check_may_edit(actor: Actor, preset: Preset) -> None:
    """The owner, or an administrator of the organization. Raises: Forbidden."""
    if actor.account_id != preset.owner_id and not actor.is_admin:
        raise Forbidden("Only its owner or an administrator may change a preset.")
