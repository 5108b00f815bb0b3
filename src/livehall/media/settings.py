"""What the media server is told at its start; it reads no other settings."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

T = TypeVar("T")
PREFIX = "LIVEHALL_MEDIA_"
MOST_WORKERS = 64


class SettingsInvalid(Exception):
    """The settings do not make sense; the text says which and why."""


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"  # of HTTP: signalling and the server API
    port: int = 7880  # 0: any free one
    udp_host: str = "0.0.0.0"  # noqa: S104 - media faces people
    udp_port: int = 7882  # 0: any free one
    listen: tuple[str, ...] = ()  # several addresses for media, a socket for each; empty: `udp_host`
    tcp_port: int = 0  # of media for those whose network lets no UDP out; 0: none
    workers: int = 1  # processes that rooms are spread over; each takes the next UDP port, and TCP port
    advertise: tuple[str, ...] = ()  # addresses put into candidates; empty: found by `candidate_addresses`
    turn_urls: tuple[str, ...] = ()  # that clients are told, such as turn:turn.example.org:3478?transport=udp
    turn_secret: str = ""  # shared with that server (coturn's `static-auth-secret`)
    turn_lifetime_s: int = 600  # of the credentials that a client gets
    native: Literal["auto", "on", "off"] = "auto"  # forwarding in C: where it is installed, must be, never
    keys: dict[str, str] = {}  # API key -> secret
    webhook_urls: tuple[str, ...] = ()
    webhook_key: str = ""  # the API key whose secret signs webhooks; empty: the first of `keys`
    output_dir: Path = Path("output")  # where recordings and playlists go
    hls_part_ms: int = 0  # length of the parts of low-latency HLS; 0: whole segments only
    rtmp_port: int = 0  # for encoders; 0: none. Bound like `udp_host`
    rtmp_url: str = ""  # that encoders are told; empty: from the address and the port
    whip_url: str = ""  # the same for WHIP; empty: this server's own `/whip`
    pull_hosts: tuple[str, ...] = ()  # that may be pulled from (URL ingress), such as *.example.org
    pull_private: bool = False  # whether their addresses may be of this network
    empty_timeout_s: int = 300  # a room that nobody ever joined ends
    departure_timeout_s: int = 20  # a room ends after the last one has left

    def secret_for_webhooks(self) -> tuple[str, str]:
        """(API key, secret) that sign webhooks."""
        key = self.webhook_key or next(iter(self.keys))
        return key, self.keys[key]

    def check(self) -> None:
        """Raises: SettingsInvalid."""
        if not self.keys:
            raise SettingsInvalid("keys: at least one API key with its secret is needed")
        weak = [key for key, secret in self.keys.items() if len(secret) < 32]
        if weak:
            raise SettingsInvalid(f"keys: the secret of {weak[0]!r} must have at least 32 characters")
        if self.webhook_key and self.webhook_key not in self.keys:
            raise SettingsInvalid(f"webhook_key: {self.webhook_key!r} is not one of the keys")
        if self.turn_urls and not self.turn_secret:
            raise SettingsInvalid("turn_secret: the secret that is shared with the TURN server is missing")
        wrong = [url for url in self.turn_urls if not url.startswith(("turn:", "turns:"))]
        if wrong:
            raise SettingsInvalid(f"turn_urls: {wrong[0]!r} does not begin with turn: or turns:")
        if not 1 <= self.workers <= MOST_WORKERS:
            raise SettingsInvalid(f"workers: must be between 1 and {MOST_WORKERS}")
        for name in ("udp_port", "tcp_port"):
            if getattr(self, name) and getattr(self, name) + self.workers > 65536:
                raise SettingsInvalid(f"{name}: there are not as many ports behind it as there are workers")
        for name in ("port", "udp_port", "tcp_port", "rtmp_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise SettingsInvalid(f"{name}: must be between 0 and 65535")


def from_json(text: str | bytes) -> MediaSettings:
    """Raises: SettingsInvalid."""
    settings = decode(text, MediaSettings)
    settings.check()
    return settings


def decode(text: str | bytes, kind: type[T]) -> T:
    """Raises: SettingsInvalid."""
    try:
        return msgspec.json.decode(text, type=kind, dec_hook=_path)
    except msgspec.DecodeError as error:
        raise SettingsInvalid(str(error)) from None


def from_environment(environment: Mapping[str, str] = os.environ) -> MediaSettings:
    """Settings from `LIVEHALL_MEDIA_<NAME>`; lists and mappings are written as JSON.

    Raises: SettingsInvalid.
    """
    given: dict[str, object] = {}
    for name in MediaSettings.__struct_fields__:
        text = environment.get(PREFIX + name.upper())
        if text is None:
            continue
        if name in ("keys", "listen", "advertise", "turn_urls", "webhook_urls", "pull_hosts"):
            try:
                given[name] = json.loads(text)
            except ValueError:
                raise SettingsInvalid(f"{PREFIX}{name.upper()}: not JSON") from None
        else:
            given[name] = text
    try:
        settings = msgspec.convert(given, MediaSettings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(str(error)) from None
    settings.check()
    return settings


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"no way to read {kind.__name__}")
