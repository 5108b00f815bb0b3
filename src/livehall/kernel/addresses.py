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
# What is not of the public network, by IANA's registries of special-purpose addresses (RFC 6890:
# iana-ipv4-special-registry, iana-ipv6-special-registry) and of multicast. Named here, as what Python's
# `is_global` says depends on its version. A little of it reaches the world, for anycast of protocols; no host
# that people name is there.
SPECIAL_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112, and limited broadcast
    )
)
SPECIAL_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "64:ff9b:1::/48",  # NAT64 of one's own network, RFC 8215
        "100::/64",  # discard-only, RFC 6666
        "2001::/23",  # protocol assignments, RFC 2928; Teredo among them, an IPv4 address behind a translator
        "2001:db8::/32",  # documentation, RFC 3849
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "fc00::/7",  # unique-local, RFC 4193
        "fe80::/10",  # link-local, RFC 4291
        "fec0::/10",  # site-local, RFC 3879
        "ff00::/8",  # multicast, RFC 4291
    )
)
UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given out; what lies beyond is nobody's


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
        return found in UNICAST and not any(found in network for network in SPECIAL_V6)
    return not any(found in network for network in SPECIAL_V4)
