"""Addresses that people give us, to be shown, played, called or pushed to."""

import ipaddress
from urllib.parse import urlsplit

# IPv6 addresses in which an IPv4 address stands, that the packet then goes to, and where in the bits.
CARRIERS = (
    (ipaddress.IPv6Network("::/96"), 0),  # "IPv4-compatible", RFC 4291 §2.5.5.1
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291 §2.5.5.2
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated, RFC 2765 §2.1
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052 §2.1
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056 §2
)
INNER = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own network, RFC 8215
    ipaddress.IPv6Network("2001::/32"),  # Teredo, RFC 4380: an IPv4 address behind a translator
    ipaddress.IPv6Network("fec0::/10"),  # site-local, RFC 3879
)


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


def is_public_address(text: str) -> bool:
    """Whether it is an IP address of the public network, whatever form it is written in."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        for network, shift in CARRIERS:
            if found in network:
                return is_public_address(str(ipaddress.IPv4Address(int(found) >> shift & 0xFFFFFFFF)))
        if any(found in network for network in INNER):
            return False
    return found.is_global and not found.is_multicast
