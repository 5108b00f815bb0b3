"""How a browser is known again when somebody registers on it anew (C16): a cookie for that operation alone.

It holds the last device token, which scripts of the page cannot remove. Nothing is decided by it but which
device this is, so a request that another site caused gains nothing by it.
"""

from http.cookies import CookieError, SimpleCookie

from livehall.core.people.rules import DEVICE_LIFETIME
from livehall.dialects.kit import Call
from livehall.dialects.live.api import api

NAME = "livehall_device"
PATH = f"{api.prefix}/auth/viewers"
LONGEST = 200  # characters


def token_in(call: Call) -> str | None:
    """The token that this device was given before, if it has registered here."""
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(NAME)
    except CookieError:
        return None
    return found.value if found is not None and 0 < len(found.value) <= LONGEST else None


def cookie(device_token: str, call: Call) -> str:
    """The header that keeps a token."""
    secure = "; Secure" if call.origin.startswith("https:") else ""
    lifetime = int(DEVICE_LIFETIME.total_seconds())
    return f"{NAME}={device_token}; Path={PATH}; Max-Age={lifetime}; HttpOnly; SameSite=Strict{secure}"
