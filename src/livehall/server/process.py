"""One process of ours among others: who may run, who dies with whom, which socket is whose."""

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class StartError(Exception):
    """The start is impossible as things are; the text says why and what to do."""


@contextlib.contextmanager
def exclusive(lock: Path, refusal: str) -> Iterator[None]:
    """Hold a lock file for the life of the block; the kernel frees it however the process ends.

    Raises: StartError with `refusal` and the process that holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            raise StartError(f"{refusal} (process {holder or 'unknown'})") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def die_with_parent(parent: int) -> None:
    """Receive SIGTERM when `parent` ends, in whatever way; raise SystemExit when it has ended already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise StartError(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it ended between our birth and the call above
        raise SystemExit(0)


def listen(host: str, port: int, variable: str) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. `variable` is the setting to change when it fails.

    Raises: StartError.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(address)
            sock.listen(2048)
        except OSError:
            sock.close()
            raise
    except OSError as error:
        raise StartError(_why(error, host, port, variable)) from error
    sock.setblocking(False)
    return sock


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def free_port(kind: socket.SocketKind, host: str = "127.0.0.1") -> int:
    """A port that is free now. For a child that must bind it itself; another program might be faster."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((host, 0))
        return port_of(sock)


def free_ports(count: int) -> int:
    """The first of so many consecutive UDP ports that are free now. Raises: StartError."""
    for _ in range(100):
        first = free_port(socket.SOCK_DGRAM)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError, OverflowError):
            for port in range(first, first + count):
                sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                sock.bind(("127.0.0.1", port))
            return first
    raise StartError(f"There are no {count} free UDP ports in a row.")


def _why(error: OSError, host: str, port: int, variable: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. Stop it, or set {variable} to another port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs rights that this user does not have. Set {variable} to 1024 or above."
    return f"Cannot listen on {host} port {port} ({error.strerror}). Correct LIVEHALL_HOST or {variable}."
