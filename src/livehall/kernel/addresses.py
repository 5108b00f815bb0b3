"""Addresses that people give us, to be shown or played."""

from urllib.parse import urlsplit


def is_web_address(address: str) -> bool:
    """Whether it is an http or https address of a host, without a name or password in it."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
