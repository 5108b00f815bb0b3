"""Findings about the parts: database, codecs, pages, media server."""

import asyncio
import contextlib
import json
import sqlite3
import sys
from urllib.parse import unquote, urlsplit

import aiohttp
import msgspec

from livehall.media.net.native import HOW_TO_GET_NATIVE, NativeMissing, load
from livehall.server.diagnosis.findings import Finding, bad, good, weak
from livehall.server.pages import BUILT
from livehall.server.secrets import SecretsError, load_secrets, media_credentials
from livehall.server.settings import Settings
from livehall.server.supervisor import answers

SECONDS = 5.0
LAST_WORDS = "Look for its last words in the log (process=media)."
SQLITE_LEAST = (3, 35, 0)  # RETURNING
POSTGRESQL_LEAST = 15
CONNECTIONS_EACH = 11  # of one api process: its pool, and the line to the other processes

# Codec libraries are loaded in children only: some are under the GPL (docs/operate/licences.md).
CODEC_PROBE = """
import json, av
wanted = {"r": ("h264", "vp8", "opus"), "w": ("libx264", "aac", "libopus")}
missing = []
for mode, names in wanted.items():
    for name in names:
        try:
            av.Codec(name, mode)
        except Exception:
            missing.append(name)
print(json.dumps(missing))
"""


async def database(settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return await (_sqlite(settings) if settings.is_sqlite else _postgresql(settings))
    except TimeoutError:
        return bad(
            "Database",
            "no answer within 5 s.",
            "Check host and port in LIVEHALL_DATABASE_URL, and firewalls.",
        )


async def _sqlite(settings: Settings) -> Finding:
    path = unquote(settings.database_url.removeprefix("sqlite:///"))
    if sqlite3.sqlite_version_info < SQLITE_LEAST:
        return bad(
            "Database",
            f"SQLite {sqlite3.sqlite_version} is too old.",
            "Use a Python with SQLite 3.35 or newer.",
        )
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return bad(
            "Database", f"{path}: {error}.", "Give the user that runs Livehall this file and its directory."
        )
    if found != "ok":
        return bad(
            "Database", f"{path} is damaged: {found}.", "Stop Livehall and restore the file from your backup."
        )
    return good("Database", f"SQLite {sqlite3.sqlite_version}, {path}")


async def _postgresql(settings: Settings) -> Finding:
    import asyncpg  # not needed where SQLite is in use

    address = urlsplit(settings.database_url)
    place = f"{address.hostname or 'local socket'}{address.path}"
    try:
        connection = await asyncpg.connect(settings.database_url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return bad("Database", f"PostgreSQL at {place}: {error}.", "Check LIVEHALL_DATABASE_URL.")
    try:
        version = connection.get_server_version()
        may_create = await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        most = int(await connection.fetchval("SELECT current_setting('max_connections')"))
    finally:
        await connection.close()
    if version.major < POSTGRESQL_LEAST:
        return bad("Database", f"PostgreSQL {version.major} is too old.", "Use PostgreSQL 15 or newer.")
    if not may_create:
        return bad(
            "Database",
            f"{place}: this user may not create tables.",
            "GRANT CREATE ON SCHEMA public TO the user.",
        )
    wanted = settings.http.api_processes * CONNECTIONS_EACH
    if wanted > most:
        return bad(
            "Database",
            f"{place}: {settings.http.api_processes} api processes open up to {wanted} connections, and the "
            f"server allows {most}.",
            "Raise max_connections in postgresql.conf, or lower LIVEHALL_API_PROCESSES.",
        )
    return good("Database", f"PostgreSQL {version.major}.{version.minor} at {place}")


async def codecs() -> Finding:
    """Recording needs them; live sessions do not."""
    fix = "Install Livehall from its wheel (pip install livehall), which brings PyAV with its codecs."
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CODEC_PROBE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        last = err.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        return bad("Codecs", f"cannot be loaded ({last}); nothing can be recorded.", fix)
    if missing := json.loads(out):
        return bad("Codecs", f"missing: {', '.join(missing)}; nothing can be recorded.", fix)
    return good("Codecs", "H.264, VP8, Opus, AAC")


def pages() -> Finding:
    if (BUILT / "index.html").is_file():
        return good("Pages", "built")
    return weak(
        "Pages", "not built; API and media work, browsers see nothing.", "Run make web (Node 20 or newer)."
    )


async def media_server(settings: Settings, *, running: bool) -> Finding:
    subject = "Media server"
    if settings.has_embedded_media and not running:
        return good(subject, "embedded; it starts with `livehall serve`")
    if settings.has_embedded_media and not settings.media.port:
        return await _as_the_hall_says(settings.http.internal_port)
    if settings.has_embedded_media:
        if await answers(settings.media.port, "/"):
            return good(subject, f"embedded, answers on loopback port {settings.media.port}")
        return bad(subject, "embedded, does not answer.", LAST_WORDS)
    try:
        credentials = media_credentials(settings, load_secrets(settings.data))
    except SecretsError as error:
        return bad(subject, str(error), "Mend the secrets first.")
    return await _livekit(settings.media_api_url, *credentials)


def forwarding(settings: Settings) -> Finding:
    """Which of the two ways packets go in the media server that this installation starts."""
    subject = "Forwarding"
    if settings.media.native == "off":
        return good(subject, "by the interpreter, as LIVEHALL_MEDIA_NATIVE says")
    try:
        load()
    except NativeMissing as missing:
        if settings.media.native == "on":
            return bad(subject, f"LIVEHALL_MEDIA_NATIVE is on, but {missing}.", HOW_TO_GET_NATIVE)
        return good(subject, f"by the interpreter: {missing}")
    return good(subject, "by livehall-native, in C")


async def _as_the_hall_says(internal_port: int) -> Finding:
    """The running server alone knows a port that was chosen at its start."""
    subject, fix = (
        "Media server",
        "Set LIVEHALL_INTERNAL_PORT to the port of the running server, or restart it.",
    )
    if not internal_port:
        return weak(subject, "embedded; cannot be asked, as all ports are chosen at the start.", fix)
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{internal_port}/readyz") as answer,
        ):
            said = msgspec.convert(await answer.json(), _Readiness).parts["media"]
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError):
        return bad(subject, f"embedded; the server does not tell on loopback port {internal_port}.", fix)
    if said != "ok":
        return bad(subject, f"embedded, does not work ({said}).", LAST_WORDS)
    return good(subject, "embedded, answers on a loopback port chosen at the start")


class _Readiness(msgspec.Struct):
    parts: dict[str, str]


async def _livekit(url: str, key: str, secret: str) -> Finding:
    from livekit import api  # not needed for the embedded server

    subject = "Media server"
    try:
        async with asyncio.timeout(SECONDS):
            client = api.LiveKitAPI(url, key, secret)
            try:
                await client.room.list_rooms(api.ListRoomsRequest())
            finally:
                await client.aclose()
    except api.TwirpError as error:
        return bad(
            subject, f"{url} refuses our key ({error.code}).", "Check LIVEHALL_MEDIA_API_KEY and _SECRET."
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return bad(
            subject,
            f"{url} does not answer ({type(error).__name__}).",
            "Check LIVEHALL_MEDIA_API_URL and firewalls.",
        )
    return good(subject, f"{url} takes our key")
