"""Addresses that people give us, to be called by this server.

`leads_outside` looks before somebody else connects (the object store's client, the egress): a name that is
given another address in between is the operator's firewall's. `outward` looks at the very address that is
connected to, so nothing lies in between; whatever this process calls by itself goes that way.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from livehall.kernel.addresses import is_public_address

AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]  # family, type, protocol, name, address


class PrivateAddress(OSError):
    """What was to be called is in a network of our own."""


async def leads_outside(host: str, port: int) -> bool:
    """Whether every address behind a name is one of the public network. Raises: OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return all(is_public_address(str(each[4][0])) for each in found)


def outward(*, private: bool) -> Callable[[AddressInfo], socket.socket]:
    """Makes sockets that connect to public addresses only, or with `private` to any.

    It is asked for each address that is about to be connected to, also for one that stood in the URL.
    The maker raises: PrivateAddress.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not private and not is_public_address(str(address[0])):
            raise PrivateAddress(f"{address[0]} is an address of a private network")
        return socket.socket(family, kind, protocol)

    return make
