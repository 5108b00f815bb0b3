"""Addresses that people give us, to be called by this server."""

import asyncio
import ipaddress
import socket


async def leads_outside(host: str, port: int) -> bool:
    """Whether every address behind a name is one of the public network.

    A name that is given another address later is the operator's firewall's. Raises: OSError.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return all(ipaddress.ip_address(each[4][0]).is_global for each in found)
