"""Rules of webhooks: pure.

Ids, times and signatures are those of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com,
Apache-2.0): HMAC-SHA256 over `id.timestamp.body`, with the bytes that stand in base64 behind `whsec_`.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from livehall.core.webhooks.model import Endpoint
from livehall.kernel.addresses import is_plain, is_public_address, is_web_address
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

PREFIX = "whsec_"
SECRET_BYTES = 32
PAUSES = (  # after the first attempt, the second …; three days and a bit in all
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
JITTER = 0.1  # of a pause: what failed together does not come again together
LEASE = timedelta(seconds=30)  # twice as long as an attempt may last
KEPT = timedelta(days=30)  # of a delivery, and of an endpoint that was removed
MOST_ENDPOINTS = 20
LONGEST_BODY = 64 * 1024  # bytes
GONE = 410  # RFC 9110 §15.5.11: whoever answers so wants no more
# What ends so is an IPv4 address to whoever calls it, in decimal, octal or hexadecimal parts:
# https://url.spec.whatwg.org/#ends-in-a-number-checker
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(valid: Sequence[str], message_id: str, now: datetime, body: bytes) -> Mapping[str, str]:
    """`valid`: the secrets that sign now, one signature each."""
    timestamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Livehall-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(each, message_id, timestamp, body) for each in valid),
    }


def pause_after(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many attempts have failed; None: no more. `chance`: from 0 to 1."""
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1 + JITTER * (2 * chance - 1))


def clean_url(text: str, *, private: bool) -> str:
    """An address that may be called. `private`: also by HTTP, and in networks of our own. Raises: Invalid."""
    url = text.strip()
    if not (is_web_address(url) and is_plain(url)) or "#" in url:
        raise invalid("url", "Give an address such as https://example.org/hooks, without a name or password.")
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise invalid("url", "The port of this address is none.")
    host = (parts.hostname or "").rstrip(".")
    if private:
        return url
    if parts.scheme != "https":
        raise invalid("url", "Give an address that begins with https://.")
    if _is_inner(host):
        raise invalid("url", "This address is in a private network; ask who runs this server.")
    return url


def _is_inner(host: str) -> bool:
    """As far as the text says; what a name leads to is looked at when it is called."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    is_number = ":" in host or NUMBER.fullmatch(host.rpartition(".")[2]) is not None
    return is_number and not is_public_address(host)


def origin_of(url: str) -> str:
    """Scheme and host: a path may hold what is nobody else's business."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def hears(endpoint: Endpoint, type: str, library_id: Id | None, at: datetime) -> bool:
    if at < endpoint.since:
        return False
    if endpoint.event_types and type not in endpoint.event_types:
        return False
    return not endpoint.library_ids or library_id in endpoint.library_ids


def message_id(key: str) -> str:
    """What a receiver knows a message by (`webhook-id`); it has no dot in it, as the convention demands."""
    return f"msg_{key}"


def is_over(endpoint: Endpoint, now: datetime, patience: timedelta) -> bool:
    """Whether it has failed for so long that it is switched off."""
    return endpoint.failing_since is not None and now - endpoint.failing_since >= patience
