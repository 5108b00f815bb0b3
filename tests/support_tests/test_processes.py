"""The ports that tests give their programs."""

import socket
from pathlib import Path

from tests.support.processes import PORT_STRIDE, PORTS, free_port, free_ports_in_a_row


def test_no_port_is_given_twice() -> None:
    given = [free_port(kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) * 200]
    given += [free_ports_in_a_row(3) for _ in range(100)]
    assert len(set(given)) == 500
    assert PORTS % PORT_STRIDE


def test_outgoing_connections_take_no_port_that_was_given() -> None:
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < first_outgoing for _ in range(500))


def test_a_port_that_somebody_listens_on_is_not_given() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert port not in {free_port() for _ in range(PORTS)}
