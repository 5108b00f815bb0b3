"""Where we listen for media, and which addresses clients are told."""

import errno
import ipaddress
import socket
from collections.abc import Sequence

import msgspec

from livehall.media.net import native
from livehall.media.net.port import UdpPort
from livehall.media.net.registry import Registry
from livehall.media.net.streams import StreamPort
from livehall.media.sdp.write import Candidate
from livehall.media.settings import MediaSettings

# Addresses for documentation (RFC 5737, RFC 3849): nothing is sent to them, only a route chosen.
_SOMEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_TRIES = 16  # to find a number that is free on all addresses


class Doors(msgspec.Struct, frozen=True):
    registry: Registry
    udp_port: int
    tcp_port: int  # 0: none
    candidates: Sequence[Candidate]


def own_address(family: socket.AddressFamily) -> str | None:
    """The address of the interface that the default route uses."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_SOMEWHERE[family], 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def candidate_addresses(settings: MediaSettings) -> tuple[str, ...]:
    """The addresses that clients are told: those set, else those that are bound; for all of them, those that
    the default routes use; else loopback."""
    if settings.advertise:
        return settings.advertise
    found: list[str] = []
    for host in _hosts(settings):
        address: str | None = host
        if ipaddress.ip_address(host).is_unspecified:
            address = own_address(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if address is not None and address not in found:
            found.append(address)
    return tuple(found) or ("127.0.0.1",)


async def open_doors(settings: MediaSettings, registry: Registry) -> Doors:
    """Raises: OSError when a port is taken or an address is not ours; NativeMissing."""
    hosts = _hosts(settings)
    datagrams = native.datagrams(settings.native)
    try:
        udp_port = _open_udp(hosts, settings.udp_port, registry, datagrams)
        tcp_port = settings.tcp_port
        if tcp_port:
            streams = StreamPort(registry)
            for host in hosts:
                await _unless_no_ipv6(host, streams, tcp_port)
    except OSError:
        registry.close()
        raise
    addresses = candidate_addresses(settings)
    candidates = [Candidate(address, udp_port) for address in addresses]
    if tcp_port:
        candidates += [Candidate(address, tcp_port, "tcp") for address in addresses]
    return Doors(registry, udp_port, tcp_port, candidates)


def _hosts(settings: MediaSettings) -> tuple[str, ...]:
    return settings.listen or (settings.udp_host,)


def _open_udp(hosts: Sequence[str], port: int, registry: Registry, datagrams: native.Datagrams) -> int:
    """One number for all addresses; 0 takes any that is free on all."""
    for attempt in range(_TRIES):
        number = port
        try:
            for host in hosts:
                try:
                    number = UdpPort.bind(host, number, registry, datagrams).number
                except OSError as fault:
                    if not _may_be_missing(host, fault):
                        raise
        except OSError as fault:
            if port or fault.errno != errno.EADDRINUSE or attempt == _TRIES - 1:
                raise
            registry.close()
            registry.doors.clear()
        else:
            return number
    raise OSError(errno.EADDRINUSE, "no UDP port is free on all addresses")


async def _unless_no_ipv6(host: str, streams: StreamPort, port: int) -> None:
    try:
        await streams.listen(host, port)
    except OSError as fault:
        if not _may_be_missing(host, fault):
            raise


def _may_be_missing(host: str, fault: OSError) -> bool:
    """Listening on all addresses is no fault on a machine without IPv6."""
    return host == "::" and fault.errno in _NO_IPV6
