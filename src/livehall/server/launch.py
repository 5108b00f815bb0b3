"""What `livehall serve` starts: sockets, settings as the children see them, and the children's plans."""

import os
import socket
import sys
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

import msgspec

from livehall.media.net.addresses import candidate_addresses
from livehall.media.settings import MediaSettings
from livehall.server.health import REPORTS
from livehall.server.process import free_port, free_ports, listen, port_of
from livehall.server.secrets import Secrets, media_credentials
from livehall.server.settings import Settings, load_settings
from livehall.server.settings.reading import is_loopback
from livehall.server.supervisor import Plan, answers

ADDRESS_LIMIT = 131_072  # bytes; LiveKit's clients put a join request with its offer into the address
COMMAND = (sys.executable, "-m", "livehall.cli")


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is decided before the first child is born."""

    settings: Settings  # with real ports where 0 was asked for
    environ: Mapping[str, str]  # of the children
    public: socket.socket  # of all api processes: whichever is free takes the next connection
    internal: tuple[socket.socket, ...]  # one for each api process

    def close(self) -> None:
        for each in (self.public, *self.internal):
            each.close()


def prepare_launch(settings: Settings, environ: Mapping[str, str]) -> Launch:
    """Open the sockets and give every port its number.

    Raises: StartError.
    """
    public = listen(settings.http.host, settings.http.port, "LIVEHALL_PORT")
    internal: list[socket.socket] = []
    try:
        for number in range(settings.http.api_processes):
            port = settings.http.internal_port and settings.http.internal_port + number
            internal.append(listen("127.0.0.1", port, "LIVEHALL_INTERNAL_PORT"))
    except BaseException:
        for each in (public, *internal):
            each.close()
        raise
    media = settings.media
    resolved = {
        **environ,
        "LIVEHALL_DATA": str(settings.data),
        "LIVEHALL_PORT": str(port_of(public)),
        "LIVEHALL_INTERNAL_PORT": str(port_of(internal[0])),
        "LIVEHALL_MEDIA_PORT": str(media.port or free_port(socket.SOCK_STREAM)),
        "LIVEHALL_MEDIA_UDP_PORT": str(media.udp_port or free_ports(media.workers)),
        "LIVEHALL_LOG_FORMAT": "json",
        "WEBSOCKETS_MAX_LINE_LENGTH": str(ADDRESS_LIMIT),  # read by the library when it is loaded; else 8192
    }
    return Launch(settings=load_settings(resolved), environ=resolved, public=public, internal=tuple(internal))


def plans(launch: Launch) -> list[Plan]:
    """The children in the order of ending: media first, so that its last reports find an api."""
    media = launch.settings.media
    parent = ("--parent", str(os.getpid()))
    found = []
    if launch.settings.has_embedded_media:
        found.append(
            Plan(name="media", command=(*COMMAND, "media", *parent), ready=partial(answers, media.port, "/"))
        )
    for number, internal in enumerate(launch.internal, 1):
        name = "api" if len(launch.internal) == 1 else f"api {number}"
        sockets = (launch.public.fileno(), internal.fileno())
        socket_words = ("--sockets", ",".join(map(str, sockets)))
        found.append(
            Plan(
                name=name,
                command=(*COMMAND, "api", *parent, "--name", name, *socket_words),
                ready=partial(answers, port_of(internal), "/healthz"),
                descriptors=sockets,
                ends_with="api",
            )
        )
    return found


def media_settings(settings: Settings, secrets: Secrets) -> MediaSettings:
    """What the embedded media server is told: our key, and the loopback listener for its reports."""
    key, secret = media_credentials(settings, secrets)
    return MediaSettings(
        port=settings.media.port,
        udp_host="127.0.0.1" if is_for_this_machine(settings) else "0.0.0.0",  # noqa: S104 - faces people
        udp_port=settings.media.udp_port,
        tcp_port=settings.media.tcp_port,
        workers=settings.media.workers,
        listen=media_hosts(settings),
        turn_urls=settings.media.turn_urls,
        turn_secret=settings.media.turn_secret,
        turn_lifetime_s=settings.media.turn_lifetime_s,
        rtmp_port=settings.media.rtmp_port,
        rtmp_url=rtmp_url(settings),
        whip_url=f"{settings.public_url}/whip",
        pull_hosts=settings.media.pull_hosts,
        pull_private=settings.media.private_targets,
        advertise=media_addresses(settings),
        native=settings.media.native,
        keys={key: secret},
        webhook_urls=(f"http://127.0.0.1:{settings.http.internal_port}{REPORTS}",),
        hls_part_ms=settings.media.hls_part_ms,
        output_dir=settings.recordings,
    )


def media_hosts(settings: Settings) -> tuple[str, ...]:
    """Where sound and pictures are taken."""
    if settings.media.listen:
        return settings.media.listen
    return ("127.0.0.1",) if is_for_this_machine(settings) else ("0.0.0.0", "::")  # noqa: S104 - faces people


def media_addresses(settings: Settings) -> tuple[str, ...]:
    """Where browsers are sent with sound and pictures: what the settings name, else the address that this
    machine uses towards the world; loopback when people are on this machine, or it has no network."""
    if settings.media.advertise:
        return settings.media.advertise
    return candidate_addresses(MediaSettings(listen=media_hosts(settings)))


def rtmp_url(settings: Settings) -> str:
    """Where encoders are sent: the host of the public address, since RTMP has a port of its own there."""
    host = urlsplit(settings.public_url).hostname or "127.0.0.1"
    return f"rtmp://{f'[{host}]' if ':' in host else host}:{settings.media.rtmp_port}/live"


def is_for_this_machine(settings: Settings) -> bool:
    """The public address is loopback, so that nobody else can come."""
    return is_loopback(urlsplit(settings.public_url).hostname or "") and not settings.media.advertise
