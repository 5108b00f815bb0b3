"""Guessing stream keys is slow: an address that gives wrong ones is not listened to for a while."""

import ipaddress
import time
from collections import deque

MOST_WRONG = 10  # from one address
WITHIN_S = 60.0
_MOST_ADDRESSES = 10_000  # remembered; the oldest are forgotten first


class Guard:
    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def is_shut(self, address: str) -> bool:
        times = self._wrong.get(_network(address))
        if times is None:
            return False
        horizon = time.monotonic() - WITHIN_S
        while times and times[0] < horizon:
            times.popleft()
        return len(times) >= MOST_WRONG

    def wrong(self, address: str) -> None:
        """A wrong key came from there."""
        network = _network(address)
        times = self._wrong.pop(network, None) or deque(maxlen=MOST_WRONG)
        times.append(time.monotonic())
        self._wrong[network] = times
        while len(self._wrong) > _MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]


def _network(address: str) -> str:
    """The address, or of IPv6 the /64, which is what one subscriber has."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
