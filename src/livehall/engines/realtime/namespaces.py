"""What each kind of channel keeps in memory."""

from types import MappingProxyType

import msgspec

MINUTE, HOUR = 60.0, 3600.0


class Namespace(msgspec.Struct, frozen=True, kw_only=True):
    """`size` publications for `ttl` seconds. A cache recovers with its last one, whatever was missed.

    A channel is written to once in so many `gaps`: where many speak, what they say goes out together, since
    a write costs the same for one publication and for five.
    """

    size: int
    ttl: float
    cache: bool = False
    gaps: int = 1


NAMESPACES: MappingProxyType[str, Namespace] = MappingProxyType(
    {
        "user": Namespace(size=100, ttl=HOUR),
        "session": Namespace(size=200, ttl=HOUR),
        "chat": Namespace(size=300, ttl=2 * HOUR, gaps=5),
        "caption": Namespace(size=1, ttl=5 * MINUTE, cache=True),
        "stage": Namespace(size=100, ttl=HOUR),
        "staff": Namespace(size=300, ttl=2 * HOUR),
        "room": Namespace(size=1, ttl=HOUR, cache=True),
        "library": Namespace(size=200, ttl=HOUR),
        "org": Namespace(size=200, ttl=HOUR),
    }
)

MAX_NAME = 255  # characters of a channel's name, as in Centrifugo


def namespace_of(channel: str) -> Namespace | None:
    """The namespace of `namespace:id`, or None when there is no such channel."""
    name, colon, rest = channel.partition(":")
    if not colon or not rest or len(channel) > MAX_NAME or not channel.isascii() or not channel.isprintable():
        return None
    return NAMESPACES.get(name)
