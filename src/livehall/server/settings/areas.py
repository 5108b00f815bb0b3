"""The settings themselves: one frozen struct per area, each field declared once with all about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from livehall.server.settings.dialects import Meltingspot, Sourceloop, Voila
from livehall.server.settings.fields import Area, Field, Port, fields_of
from livehall.server.settings.media import Media


class Http(Area, frozen=True, kw_only=True):
    """The one TCP port that faces people: pages, API, WebSocket, media signalling."""

    host: Annotated[str, Meta(description="Address to listen on. `0.0.0.0` or `::` for all.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port for people; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str,
        Meta(
            description="How people reach this server, such as `https://live.example.org`. "
            "Required when `host` is not loopback."
        ),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies whose `X-Forwarded-For` and "
            "`X-Forwarded-Proto` are believed."
        ),
    ] = ()
    tls_cert: Annotated[
        str,
        Meta(
            description="Certificate chain (PEM). With `tls_key` the port speaks HTTPS; reloaded on change."
        ),
    ] = ""
    tls_key: Annotated[str, Meta(description="Private key of `tls_cert` (PEM).")] = ""
    internal_port: Annotated[
        Port,
        Meta(
            description="Loopback port for `/metrics` and the details of `/readyz`; 0 takes a free one. "
            "Of several api processes each has its own: this one and those that follow."
        ),
    ] = 8001
    api_processes: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="How many processes serve pages, API and realtime, on the same port. More than one "
            "needs PostgreSQL; one for each core that the media server leaves is enough.",
        ),
    ] = 1


class Store(Area, frozen=True, kw_only=True):
    """Where state lies."""

    data: Annotated[str, Meta(description="Directory that holds all state.")] = "data"
    database_url: Annotated[
        str,
        Meta(
            description="`postgresql://user:password@host/name`, or `sqlite:////path/to/file`. "
            "Empty means `livehall.db` in the data directory.",
            extra={"secret": True},
        ),
    ] = ""
    recordings: Annotated[
        str, Meta(description="Directory for recordings. Empty means `recordings` in the data directory.")
    ] = ""
    history_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            description="How long it is kept what has happened: so far back webhooks are told again and "
            "clients catch up; and mails that went out, and cleanups that are over. What somebody has yet to "
            "be told stays.",
            extra={"unit": "days"},
        ),
    ] = 30
    audit_days: Annotated[
        int,
        Meta(
            ge=1,
            le=36500,
            description="How long the record of privileged acts is kept; at least `history_days`.",
            extra={"unit": "days"},
        ),
    ] = 365


class Storage(Area, frozen=True, kw_only=True):
    """Where finished recordings are kept: the recordings directory, or a bucket of S3."""

    bucket: Annotated[
        str,
        Meta(
            description="Name of the bucket. Empty means the recordings directory, which recordings pass "
            "through either way: they stay there for as long as the bucket cannot be reached."
        ),
    ] = ""
    endpoint: Annotated[
        str,
        Meta(
            description="Address of the S3 server, such as `https://s3.example.org`. "
            "Empty means Amazon's for `region`."
        ),
    ] = ""
    region: Annotated[str, Meta(description="Region of the bucket.")] = "us-east-1"
    access_key: Annotated[
        str,
        Meta(
            description="Access key id. Required with `bucket`; it must be able to list, get, put and delete."
        ),
    ] = ""
    secret_key: Annotated[str, Meta(description="Secret of `access_key`.", extra={"secret": True})] = ""
    prefix: Annotated[str, Meta(description="Before the name of every object, such as `live/hall-1`.")] = ""
    delivery: Annotated[
        Literal["redirect", "stream"],
        Meta(
            description="`redirect` sends people to the bucket by addresses that are signed for a quarter of "
            "an hour; `stream` passes files through this server, for a bucket that people do not reach."
        ),
    ] = "redirect"
    private_targets: Annotated[
        bool,
        Meta(
            description="Whether organizations may keep their recordings in stores of their own at addresses "
            "of this network, and by HTTP."
        ),
    ] = False
    grace_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="How long the file of a deleted recording is kept.",
            extra={"unit": "days"},
        ),
    ] = 7
    largest_film_gb: Annotated[
        int,
        Meta(
            ge=1,
            le=150,
            description="Size of the largest film that a host may hand in as a recording. It passes through "
            "the recordings directory, which needs as much room, and a gigabyte to spare.",
            extra={"unit": "GB"},
        ),
    ] = 10

    @property
    def largest_film(self) -> int:
        """In bytes."""
        return self.largest_film_gb * 10**9


class Realtime(Area, frozen=True, kw_only=True):
    """The hub that carries chat and live state to browsers."""

    ping_s: Annotated[
        int, Meta(ge=5, le=300, description="Time between two pings to a client.", extra={"unit": "seconds"})
    ] = 25
    slow_client_bytes: Annotated[
        int,
        Meta(
            ge=65_536,
            description="A client that lets more than this wait is dropped; it reconnects and recovers.",
            extra={"unit": "bytes"},
        ),
    ] = 1_048_576


class Mail(Area, frozen=True, kw_only=True):
    """Mail to people: reminders, and word of what was moved or cancelled."""

    host: Annotated[
        str,
        Meta(
            description="Mail server (SMTP). Empty means: nothing is sent, each mail becomes a file in "
            "`mail` in the data directory."
        ),
    ] = ""
    port: Annotated[
        Annotated[int, Meta(ge=1, le=65535)],
        Meta(description="TCP port of `host`; 587 is usual for `starttls`, 465 for `tls`."),
    ] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(
            description="`starttls` begins in the clear and must then be encrypted, `tls` is encrypted from "
            "the start, `none` is for a server on this machine or a trusted network."
        ),
    ] = "starttls"
    username: Annotated[str, Meta(description="Name to sign in with. Empty means no sign-in.")] = ""
    password: Annotated[str, Meta(description="Password of `username`.", extra={"secret": True})] = ""
    sender: Annotated[
        str,
        Meta(description="Whom mails are from, such as `Livehall <live@example.org>`. Required with `host`."),
    ] = ""


class Webhooks(Area, frozen=True, kw_only=True):
    """Calls to the software of organizations."""

    private_targets: Annotated[
        bool,
        Meta(description="Whether organizations may have addresses of this network called, and by HTTP."),
    ] = False
    patience_days: Annotated[
        int,
        Meta(
            ge=1,
            le=365,
            description="How long an endpoint may fail before it is switched off.",
            extra={"unit": "days"},
        ),
    ] = 5


class Log(Area, frozen=True, kw_only=True):
    """What the server writes about its work."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least important level that is written."),
    ] = "info"
    format: Annotated[
        Literal["auto", "console", "json"],
        Meta(description="`auto` writes for people on a terminal and JSON lines elsewhere."),
    ] = "auto"


class Settings(Area, frozen=True, kw_only=True):
    http: Http = Http()
    store: Store = Store()
    storage: Storage = Storage()
    media: Media = Media()
    realtime: Realtime = Realtime()
    mail: Mail = Mail()
    webhooks: Webhooks = Webhooks()
    log: Log = Log()
    voila: Voila = Voila()
    meltingspot: Meltingspot = Meltingspot()
    sourceloop: Sourceloop = Sourceloop()

    @property
    def data(self) -> Path:
        """The data directory as an absolute path."""
        return Path(self.store.data).expanduser().absolute()

    @property
    def public_url(self) -> str:
        """Scheme, host and port without a trailing slash."""
        if self.http.public_url:
            return self.http.public_url.rstrip("/")
        scheme = "https" if self.http.tls_cert else "http"
        host = f"[{self.http.host}]" if ":" in self.http.host else self.http.host
        return f"{scheme}://{host}:{self.http.port}"

    @property
    def database_url(self) -> str:
        return self.store.database_url or f"sqlite:///{self.data / 'livehall.db'}"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def recordings(self) -> Path:
        return (
            Path(self.store.recordings).expanduser().absolute()
            if self.store.recordings
            else self.data / "recordings"
        )

    @property
    def mail_folder(self) -> Path:
        """Where mails go without a mail server."""
        return self.data / "mail"

    @property
    def mail_sender(self) -> str:
        return self.mail.sender or f"Livehall <livehall@{_mail_domain(self.public_url)}>"

    @property
    def dialect_hosts(self) -> dict[str, tuple[str, ...]]:
        """The host names that speak one dialect alone, by the dialect's name."""
        return {
            "voila": self.voila.hosts,
            "meltingspot": self.meltingspot.hosts,
            "sourceloop": self.sourceloop.hosts,
        }

    @property
    def has_embedded_media(self) -> bool:
        return not self.media.url

    @property
    def client_media_url(self) -> str:
        """Where browsers open their media connection: `ws://…` or `wss://…`."""
        return self.media.url.rstrip("/") or _with_scheme(self.public_url, {"http": "ws", "https": "wss"})

    @property
    def media_api_url(self) -> str:
        """Where we reach the LiveKit server API: `http://…` or `https://…`."""
        if self.has_embedded_media:
            return f"http://127.0.0.1:{self.media.port}"
        return _with_scheme(self.media.api_url or self.media.url, {"ws": "http", "wss": "https"}).rstrip("/")


def areas() -> dict[str, type[Area]]:
    return {info.name: info.type for info in msgspec.structs.fields(Settings)}


def all_fields() -> list[Field]:
    return [field for area, struct in areas().items() for field in fields_of(struct, area)]


def _mail_domain(url: str) -> str:
    """The host of an address as the domain of a sender; an IP address is none (RFC 5321 §4.1.2)."""
    host = urlsplit(url).hostname or ""
    return host if any(c.isalpha() for c in host) and ":" not in host else "localhost"


def _with_scheme(url: str, schemes: Mapping[str, str]) -> str:
    scheme, rest = url.split("://", 1)
    return f"{schemes.get(scheme, scheme)}://{rest}"
