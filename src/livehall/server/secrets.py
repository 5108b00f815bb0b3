"""Secrets that the server makes for itself at its first start: one file each, 0600, never in a log.

A file that is there is never changed, so a secret is rotated by deleting its file and starting anew.
Two processes that start at once agree: the first to link its file wins, the other reads it.
"""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from livehall.server.settings import Settings

FOLDER = "secrets"


class SecretsError(Exception):
    """The secrets cannot be read, written or trusted; the text says which and what to do."""


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What only this server knows. Its `repr` shows nothing."""

    token_key: bytes  # 32 bytes; signs access and refresh tokens
    at_rest_key: bytes  # 32 bytes; encrypts what the database must not show, such as stream keys
    media_api_key: str
    media_api_secret: str  # shared by api and media: server API, tokens, webhooks
    centrifugo_secret: str  # a real Centrifugo presents it at our two proxies

    def __repr__(self) -> str:
        return "Secrets(…)"


def load_secrets(data: Path) -> Secrets:
    """The secrets under `data`; those that are not there yet are made.

    Raises: SecretsError.
    """
    folder = data / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Secrets(
            token_key=bytes.fromhex(_read_or_make(folder / "token_key", _key)),
            at_rest_key=bytes.fromhex(_read_or_make(folder / "at_rest_key", _key)),
            media_api_key=_read_or_make(folder / "media_api_key", lambda: f"API{secrets.token_hex(6)}"),
            media_api_secret=_read_or_make(folder / "media_api_secret", _key),
            centrifugo_secret=_read_or_make(folder / "centrifugo_secret", _key),
        )
    except OSError as error:
        raise SecretsError(f"{error.filename or folder}: {error.strerror}.") from error
    except ValueError as error:
        raise SecretsError(f"A key in {folder} is damaged ({error}). Restore it from your backup.") from error


def load_oauth_keys(data: Path, make: Callable[[], str]) -> list[str]:
    """The private keys (PEM) of the tokens of OAuth clients: the present one, and the one before it.

    The one before is what `rotate_oauth_key` put aside; tokens that it signed hold until they expire.

    Raises: SecretsError.
    """
    present, before = _oauth_files(data)
    try:
        present.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = [_read_or_make(present, make)]
        return [*keys, _read_or_make(before, make)] if before.exists() else keys
    except OSError as error:
        raise SecretsError(f"{error.filename or present}: {error.strerror}.") from error


def rotate_oauth_key(data: Path, make: Callable[[], str]) -> None:
    """Put the present key aside and make a new one; a running server takes it at its next start.

    Raises: SecretsError.
    """
    present, before = _oauth_files(data)
    load_oauth_keys(data, make)
    try:
        os.replace(present, before)
        _write_once(present, make())
    except OSError as error:
        raise SecretsError(f"{error.filename or present}: {error.strerror}.") from error


def _oauth_files(data: Path) -> tuple[Path, Path]:
    return data / FOLDER / "oauth_key", data / FOLDER / "oauth_key_before"


def media_credentials(settings: Settings, secrets: Secrets) -> tuple[str, str]:
    """API key and secret of the media server in use: those of the settings, else our own."""
    if settings.media.api_key:
        return settings.media.api_key, settings.media.api_secret
    return secrets.media_api_key, secrets.media_api_secret


def _key() -> str:
    return secrets.token_hex(32)


def _read_or_make(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        _write_once(path, make())
    if path.stat().st_mode & 0o007:
        raise SecretsError(f"{path} is open to every user of this machine. Run: chmod 600 {path}")
    text = path.read_text(encoding="ascii").strip()
    if not text:
        raise SecretsError(
            f"{path} is empty. Restore it from your backup, or delete it to have a new one made."
        )
    return text


def _write_once(path: Path, text: str) -> None:
    """Put the whole file in place or nothing; leave it alone when another process was first."""
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}."
    )  # 0600 by mkstemp's promise
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)
