"""Addresses that people give us, to be shown, played or pushed to."""

from urllib.parse import urlsplit


def is_web_address(address: str) -> bool:
    """Whether it is an http or https address of a host, without a name or password in it."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def is_rtmp_address(address: str) -> bool:
    """Whether it is an rtmp or rtmps address of a host, with a path, that no program takes for more."""
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("rtmp", "rtmps") and bool(parts.hostname) and len(parts.path) > 1
        _ = parts.port
    except ValueError:
        return False
    return is_good and is_plain(address)


def is_plain(text: str) -> bool:
    """Whether it is there, and has no spaces and no characters beyond printable ASCII."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
