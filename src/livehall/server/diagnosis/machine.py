"""Findings about this machine: directory, ports, limits."""

import contextlib
import resource
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from livehall.server.diagnosis.findings import Finding, bad, good, weak
from livehall.server.launch import is_for_this_machine
from livehall.server.process import StartError, exclusive, listen
from livehall.server.secrets import FOLDER, SecretsError, load_secrets
from livehall.server.settings import Settings

GIB = 1024**3
FREE_WANTED = 5 * GIB  # some ten hours of recording at 1 Mbit/s
FILES_WANTED = 65_536
UDP_BUFFER_WANTED = 2_500_000  # bytes; what LiveKit's server asks for, too (its config-sample, "rtc")
UDP_BUFFER_LIMIT = Path("/proc/sys/net/core/rmem_max")


def data_directory(settings: Settings) -> Finding:
    subject, data = "Data directory", settings.data
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        return bad(
            subject,
            f"{data} cannot be written ({error.strerror}).",
            "Give the user that runs Livehall this directory (chown), or set LIVEHALL_DATA to another.",
        )
    free = shutil.disk_usage(data).free
    text = f"{data}, {free / GIB:.0f} GiB free"
    if free < FREE_WANTED:
        return weak(
            subject, text, "Recordings need space: make room, or set LIVEHALL_RECORDINGS to a larger disk."
        )
    return good(subject, text)


def secrets(settings: Settings) -> Finding:
    try:
        load_secrets(settings.data)
    except SecretsError as error:
        return bad("Secrets", str(error), f"See {settings.data / FOLDER}.")
    return good("Secrets", f"in {settings.data / FOLDER}, for the owner only")


def is_running(settings: Settings) -> bool:
    """A `livehall serve` runs with this data directory."""
    lock = settings.data / "serve.lock"
    if not lock.exists():
        return False
    try:
        with exclusive(lock, ""):
            return False
    except StartError:
        return True


def tcp_ports(settings: Settings, *, running: bool) -> Iterator[Finding]:
    http = settings.http
    wanted = [
        ("LIVEHALL_PORT", http.host, http.port, "pages, API, signalling"),
        *(
            (
                "LIVEHALL_INTERNAL_PORT",
                "127.0.0.1",
                http.internal_port and http.internal_port + number,
                "figures, on loopback",
            )
            for number in range(http.api_processes)
        ),
    ]
    if settings.has_embedded_media:
        wanted.append(
            ("LIVEHALL_MEDIA_PORT", "127.0.0.1", settings.media.port, "media signalling, on loopback")
        )
        everywhere = "127.0.0.1" if is_for_this_machine(settings) else "0.0.0.0"  # noqa: S104
        if settings.media.tcp_port:
            wanted.append(
                ("LIVEHALL_MEDIA_TCP_PORT", everywhere, settings.media.tcp_port, "sound and pictures, by TCP")
            )
        if settings.media.rtmp_port:
            wanted.append(
                ("LIVEHALL_MEDIA_RTMP_PORT", everywhere, settings.media.rtmp_port, "encoders, by RTMP")
            )
    for variable, host, port, use in wanted:
        subject = f"TCP {port or 'any'}"
        if not port:
            yield good(subject, f"chosen at the start ({use})")
            continue
        if running:
            yield good(subject, f"in use by the running server ({use})")
            continue
        try:
            listen(host, port, variable).close()
        except StartError as error:
            yield bad(subject, f"not free ({use}).", str(error))
        else:
            yield good(subject, f"free on {host} ({use})")


def udp_port(settings: Settings, *, running: bool) -> Finding:
    port = settings.media.udp_port
    subject = f"UDP {port or 'any'}"
    if not port:
        return good(subject, "chosen at the start (sound and pictures)")
    if running:
        return good(subject, "in use by the running server (sound and pictures)")
    if settings.media.workers > 1:
        subject = f"UDP {port} to {port + settings.media.workers - 1}"
    with contextlib.ExitStack() as stack:
        try:
            for each in range(port, port + settings.media.workers):
                sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                sock.bind(("0.0.0.0", each))  # noqa: S104 - media faces people
        except OSError as error:
            return bad(
                subject,
                f"cannot be opened ({error.strerror}); nobody would see or hear anything.",
                "Stop the program that has it (ss -ulpn), or set LIVEHALL_MEDIA_UDP_PORT.",
            )
    return good(subject, "free (sound and pictures; open it in your firewall)")


def udp_buffers() -> Finding:
    subject = "UDP buffers"
    try:
        limit = int(UDP_BUFFER_LIMIT.read_text())
    except (OSError, ValueError):
        return good(subject, "not told by this system")
    if limit < UDP_BUFFER_WANTED:
        return weak(
            subject,
            f"at most {limit:,} bytes; bursts of large rooms may lose packets.",
            f"sysctl -w net.core.rmem_max={UDP_BUFFER_WANTED * 2} (and in /etc/sysctl.d to keep it)",
        )
    return good(subject, f"up to {limit:,} bytes")


def open_files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES_WANTED:
        return weak(
            "Open files",
            f"at most {hard:,}; one is needed per viewer and some more.",
            f"Raise it to {FILES_WANTED:,}: LimitNOFILE= in systemd, --ulimit nofile= in Docker.",
        )
    return good("Open files", "no limit" if hard == resource.RLIM_INFINITY else f"up to {hard:,}")
