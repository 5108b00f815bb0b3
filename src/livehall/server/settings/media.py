"""The settings of sound and pictures."""

from typing import Annotated, Literal

from msgspec import Meta

from livehall.server.settings.fields import Area, Port


class Media(Area, frozen=True, kw_only=True):
    """The media server: the embedded one, or a LiveKit server elsewhere."""

    url: Annotated[
        str,
        Meta(
            description="Address that browsers are sent to, such as `wss://livekit.example.org`. "
            "Empty means the embedded media server."
        ),
    ] = ""
    api_url: Annotated[
        str, Meta(description="Address of the server API of `url`, when it is not the same host.")
    ] = ""
    api_key: Annotated[
        str, Meta(description="API key. Required with `url`; the embedded server makes its own.")
    ] = ""
    api_secret: Annotated[
        str, Meta(description="Secret of `api_key`, at least 32 characters.", extra={"secret": True})
    ] = ""
    port: Annotated[
        Port, Meta(description="Loopback TCP port of the embedded media server; 0 takes a free one.")
    ] = 7880
    udp_port: Annotated[
        Port, Meta(description="UDP port for sound and pictures; must be open to people. 0 takes a free one.")
    ] = 7882
    tcp_port: Annotated[
        Port,
        Meta(
            description="TCP port for sound and pictures of people whose network lets no UDP out; must be "
            "open to them. 0 closes it."
        ),
    ] = 0
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Processes of the media server that rooms are spread over, one room in one of them. "
            "With several, as many UDP ports from `udp_port` on are used, and TCP ports from `tcp_port` on.",
        ),
    ] = 1
    rtmp_port: Annotated[
        Port,
        Meta(
            description="TCP port that encoders such as OBS push to by RTMP; must be open to them. "
            "0 closes it; WHIP comes by the public port."
        ),
    ] = 1935
    private_targets: Annotated[
        bool,
        Meta(
            description="Whether broadcasts may be streamed on to addresses of this network, and pulled from "
            "them."
        ),
    ] = False
    pull_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts that the embedded media server may pull pictures from when its API asks for "
            "that (URL ingress), such as `media.example.org` or `*.example.org`. Empty means none."
        ),
    ] = ()
    advertise: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses that browsers send media to, when they are not this machine's own (NAT). "
            "Empty means: found out from the network interfaces."
        ),
    ] = ()
    listen: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses of this machine to take sound and pictures on, when it has several. "
            "Empty means all, of IPv4 and IPv6."
        ),
    ] = ()
    turn_urls: Annotated[
        tuple[str, ...],
        Meta(
            description="TURN servers that browsers may go through, such as "
            "`turn:turn.example.org:3478?transport=udp`."
        ),
    ] = ()
    turn_secret: Annotated[
        str,
        Meta(
            description="Secret that is shared with the TURN servers: coturn's `static-auth-secret`.",
            extra={"secret": True},
        ),
    ] = ""
    turn_lifetime_s: Annotated[
        int,
        Meta(
            ge=60,
            le=86400,
            description="How long the TURN credentials of one connection are good for.",
            extra={"unit": "seconds"},
        ),
    ] = 600
    native: Annotated[
        Literal["auto", "on", "off"],
        Meta(
            description="Forwarding in C: `auto` where livehall-native is installed, `on` refuses to start "
            "without it, `off` leaves it aside. The results are the same."
        ),
    ] = "auto"
    hls: Annotated[
        Literal["always", "demand"],
        Meta(
            description="`always` begins HLS when a session goes live, so that it is there before anybody "
            "asks; `demand` with the first viewer who needs it, a few seconds later, which saves a "
            "recorder (up to one core) for each session that everybody watches by WebRTC."
        ),
    ] = "always"
    hls_part_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Low-latency HLS: segments are published in parts of this length, 300 to 500 for "
            "instance, so that viewers are some 2 s behind instead of 6, for several times as many requests. "
            "0: whole segments.",
            extra={"unit": "milliseconds"},
        ),
    ] = 0
