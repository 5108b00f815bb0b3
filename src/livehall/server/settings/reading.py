"""Reading settings from the environment and a TOML file.

The environment wins over the file. Unknown names, and every value that cannot be, are reported together
in one `SettingsError`, each with what to write instead.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from livehall.server.settings.areas import Mail, Settings, Storage, all_fields, areas
from livehall.server.settings.fields import PREFIX, Field

CONFIG_VARIABLE = f"{PREFIX}CONFIG"
CONFIG_NAME = "livehall.toml"


class SettingsError(Exception):
    """The settings make no start possible; `problems` are sentences for people, one fact each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def config_path(environ: Mapping[str, str]) -> Path | None:
    """What `LIVEHALL_CONFIG` names, else `livehall.toml` in the data directory if it is there."""
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named).expanduser()
    usual = Path(environ.get(f"{PREFIX}DATA", "data")).expanduser() / CONFIG_NAME
    return usual if usual.exists() else None


def load_settings(environ: Mapping[str, str], config_file: Path | None = None) -> Settings:
    """The settings of this start; `config_file` instead of what `config_path` finds.

    Raises: SettingsError with every problem at once.
    """
    problems: list[str] = []
    given = _from_file(config_file or config_path(environ), problems)
    given.update(_from_environment(environ, problems))
    values: dict[str, dict[str, Any]] = {area: {} for area in areas()}
    for field in all_fields():
        if field.key in given:
            place, raw = given[field.key]
            try:
                values[field.area][field.name] = msgspec.convert(raw, field.type, strict=False)
            except msgspec.ValidationError:
                shown = "This value" if field.is_secret else repr(raw)
                problems.append(f"{place}: {shown} {_expectation(field)}.")
    settings = msgspec.convert({area: struct(**values[area]) for area, struct in areas().items()}, Settings)
    problems.extend(_contradictions(settings))
    if problems:
        raise SettingsError(problems)
    return settings


def _from_file(path: Path | None, problems: list[str]) -> dict[str, tuple[str, Any]]:
    if path is None:
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}).")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: is not TOML: {error}.")
        return {}
    known = [field.key for field in all_fields()]
    given = {}
    for area, table in document.items():
        entries = table.items() if isinstance(table, dict) else [("", table)]
        for name, value in entries:
            key = f"{area}.{name}" if name else area
            if key in known:
                given[key] = (f"{path}: {key}", value)
            else:
                problems.append(f"{path}: unknown key {key!r}.{_suggestion(key, known)}")
    return given


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, tuple[str, Any]]:
    known = {field.variable: field for field in all_fields()}
    secret_files = {f"{name}_FILE": field for name, field in known.items() if field.is_secret}
    given: dict[str, tuple[str, Any]] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == CONFIG_VARIABLE:
            continue
        if name in secret_files:
            try:
                text = Path(value).expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{name}: {value} cannot be read ({error}).")
            else:
                given[secret_files[name].key] = (name, text)
        elif field := known.get(name):
            given[field.key] = (name, _split(value) if _is_list(field) else value.strip())
        else:
            problems.append(
                f"Unknown variable {name}.{_suggestion(name, [*known, *secret_files, CONFIG_VARIABLE])}"
            )
    return given


def _contradictions(settings: Settings) -> Iterator[str]:
    """What is wrong with values that are each of the right type."""
    http, media = settings.http, settings.media
    if not http.public_url and not is_loopback(http.host):
        yield (
            f"LIVEHALL_PUBLIC_URL is missing: {http.host} is not loopback, so say how people reach "
            "this server, such as LIVEHALL_PUBLIC_URL=https://live.example.org."
        )
    yield from _bad_url("LIVEHALL_PUBLIC_URL", http.public_url, ("http", "https"))
    yield from _bad_url("LIVEHALL_MEDIA_URL", media.url, ("ws", "wss"))
    yield from _bad_url("LIVEHALL_MEDIA_API_URL", media.api_url, ("http", "https"))
    if settings.store.database_url and not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        yield "LIVEHALL_DATABASE_URL: begins with neither postgresql:// nor sqlite:///."
    if http.api_processes > 1 and settings.is_sqlite:
        yield (
            f"LIVEHALL_API_PROCESSES is {http.api_processes}, and SQLite allows one: set "
            "LIVEHALL_DATABASE_URL to a PostgreSQL database, or leave LIVEHALL_API_PROCESSES at 1."
        )
    if bool(http.tls_cert) != bool(http.tls_key):
        yield "LIVEHALL_TLS_CERT and LIVEHALL_TLS_KEY belong together: give both or neither."
    for name, path in (("LIVEHALL_TLS_CERT", http.tls_cert), ("LIVEHALL_TLS_KEY", http.tls_key)):
        if path and not Path(path).expanduser().is_file():
            yield f"{name}: there is no file {path}."
    if media.url and not (media.api_key and media.api_secret):
        yield (
            "LIVEHALL_MEDIA_URL names another media server: give its LIVEHALL_MEDIA_API_KEY "
            "and LIVEHALL_MEDIA_API_SECRET."
        )
    if bool(media.api_key) != bool(media.api_secret):
        yield "LIVEHALL_MEDIA_API_KEY and LIVEHALL_MEDIA_API_SECRET belong together: give both or neither."
    if media.api_secret and len(media.api_secret) < 32:
        yield "LIVEHALL_MEDIA_API_SECRET: has fewer than 32 characters."
    for network in http.trusted_proxies:
        if not _parses(ipaddress.ip_network, network):
            yield f"LIVEHALL_TRUSTED_PROXIES: {network!r} is no address and no network such as 10.0.0.0/8."
    for address in media.advertise:
        if not _parses(ipaddress.ip_address, address):
            yield f"LIVEHALL_MEDIA_ADVERTISE: {address!r} is not an IP address."
    for address in media.listen:
        if not _parses(ipaddress.ip_address, address):
            yield f"LIVEHALL_MEDIA_LISTEN: {address!r} is not an IP address."
    for url in media.turn_urls:
        if not re.fullmatch(r"turns?:[^\s/?]+(\?transport=(udp|tcp))?", url):
            yield f"LIVEHALL_MEDIA_TURN_URLS: {url!r} is not of the form turn:host:3478?transport=udp."
    if bool(media.turn_urls) != bool(media.turn_secret):
        yield "LIVEHALL_MEDIA_TURN_URLS and LIVEHALL_MEDIA_TURN_SECRET belong together: give both or neither."
    yield from _bad_mail(settings.mail)
    yield from _bad_storage(settings.storage)
    yield from _bad_hosts(settings)
    yield from _shared_ports(settings)


def _bad_storage(storage: Storage) -> Iterator[str]:
    yield from _bad_url("LIVEHALL_STORAGE_ENDPOINT", storage.endpoint, ("http", "https"))
    named = [
        f"LIVEHALL_STORAGE_{name.upper()}"
        for name in ("endpoint", "access_key", "secret_key", "prefix")
        if getattr(storage, name)
    ]
    if not storage.bucket and named:
        yield f"LIVEHALL_STORAGE_BUCKET is missing: {', '.join(named)} mean nothing without it."
    if storage.bucket and not (storage.access_key and storage.secret_key):
        yield (
            "LIVEHALL_STORAGE_BUCKET names a bucket: give its LIVEHALL_STORAGE_ACCESS_KEY "
            "and LIVEHALL_STORAGE_SECRET_KEY."
        )
    if storage.bucket and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", storage.bucket):
        yield f"LIVEHALL_STORAGE_BUCKET: {storage.bucket!r} is not the name of a bucket."
    if not re.fullmatch(r"([\w.-]+(/[\w.-]+)*)?", storage.prefix, re.ASCII) or ".." in storage.prefix:
        yield f"LIVEHALL_STORAGE_PREFIX: {storage.prefix!r} is not of the form live/hall-1."


def _bad_mail(mail: Mail) -> Iterator[str]:
    if mail.host and not mail.sender:
        yield (
            "LIVEHALL_MAIL_SENDER is missing: say whom mails are from, such as "
            "LIVEHALL_MAIL_SENDER=Livehall <live@example.org>."
        )
    if mail.sender and not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(mail.sender)[1]):
        yield f"LIVEHALL_MAIL_SENDER: {mail.sender!r} is not an address such as Livehall <live@example.org>."
    if not mail.host and (mail.username or mail.password):
        yield "LIVEHALL_MAIL_USERNAME and LIVEHALL_MAIL_PASSWORD: name the server too, in LIVEHALL_MAIL_HOST."
    if bool(mail.username) != bool(mail.password):
        yield "LIVEHALL_MAIL_USERNAME and LIVEHALL_MAIL_PASSWORD belong together: give both or neither."


def _bad_hosts(settings: Settings) -> Iterator[str]:
    taken = {(urlsplit(settings.public_url).hostname or "").lower(): "LIVEHALL_PUBLIC_URL"}
    for dialect, hosts in settings.dialect_hosts.items():
        name = f"LIVEHALL_{dialect.upper()}_HOSTS"
        for host in hosts:
            if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", host):
                yield f"{name}: {host!r} is not a host name such as api.example.org."
            elif host.lower() in taken:
                yield f"{name} and {taken[host.lower()]} both name {host}: a host name speaks one API."
            taken[host.lower()] = name


def _shared_ports(settings: Settings) -> Iterator[str]:
    http = settings.http
    taken = {"LIVEHALL_PORT": http.port}
    if http.internal_port:
        for number in range(1, http.api_processes):
            taken[f"LIVEHALL_INTERNAL_PORT of api process {number + 1}"] = http.internal_port + number
    for name, port in (
        ("LIVEHALL_INTERNAL_PORT", settings.http.internal_port),
        ("LIVEHALL_MEDIA_PORT", settings.media.port),
        ("LIVEHALL_MEDIA_TCP_PORT", settings.media.tcp_port),
        ("LIVEHALL_MEDIA_RTMP_PORT", settings.media.rtmp_port),
    ):
        for other, used in taken.items():
            if port and port == used:
                yield f"{name} and {other} are both {port}: each needs a port of its own."
        taken[name] = port


def is_loopback(host: str) -> bool:
    """Only this machine can reach a socket bound to `host`."""
    return host == "localhost" or (
        _parses(ipaddress.ip_address, host) and ipaddress.ip_address(host).is_loopback
    )


def _bad_url(name: str, url: str, schemes: tuple[str, str]) -> Iterator[str]:
    if not url:
        return
    parts = urlsplit(url)
    if (
        parts.scheme not in schemes
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        yield f"{name}: {url!r} is not of the form {schemes[1]}://host or {schemes[0]}://host:port."


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_list(field: Field) -> bool:
    return isinstance(field.default, tuple)


def _suggestion(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def _expectation(field: Field) -> str:
    """What a value of this field should have been, as the end of a sentence."""
    kind = msgspec.inspect.type_info(field.type)
    while isinstance(kind, msgspec.inspect.Metadata):
        kind = kind.type
    match kind:
        case msgspec.inspect.LiteralType(values=values):
            return f"is none of {', '.join(str(value) for value in values)}"
        case msgspec.inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            return f"is not a whole number from {low} to {high}"
        case msgspec.inspect.IntType(ge=low) if low is not None:
            return f"is not a whole number of at least {low}"
        case msgspec.inspect.CollectionType():
            return "is not a list of texts"
        case _:
            return "is not a text"
