"""HTTPS on our own port, with certificates that may change while we run."""

import asyncio
import ssl
from pathlib import Path

import structlog

from livehall.server.process import StartError

POLL_SECONDS = 5.0

log = structlog.get_logger("livehall.tls")


class Certificate:
    """A certificate and its key on disk, and the context that serves them.

    A changed pair is taken for new connections; open ones keep theirs. A pair that does not fit (half
    written, expired key) is logged and the old one stays in use.
    """

    def __init__(self, cert: Path, key: Path) -> None:
        """Raises: StartError when the pair cannot be used."""
        self._cert, self._key = cert, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._seen = self._stamp()
        try:
            self.context.load_cert_chain(cert, key)
        except (OSError, ssl.SSLError) as error:
            raise StartError(
                f"{cert} and {key} cannot be used ({error}). Give a chain and its key, both PEM."
            ) from error

    def reload_if_changed(self) -> bool:
        """Take the pair on disk when it is another one and sound; True when it was taken."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            # A pair that does not fit would leave the shared context half changed: try it on another first.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._cert, self._key)
            self.context.load_cert_chain(self._cert, self._key)
        except (OSError, ssl.SSLError) as error:
            log.warning("changed certificate cannot be used", error=str(error))
            return False
        log.info("certificate was taken anew")
        return True

    async def watch(self) -> None:
        """Look for a change every `POLL_SECONDS`, for ever."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            self.reload_if_changed()

    def _stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp_of(path) for path in (self._cert, self._key))


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()  # follows links: certbot and Kubernetes exchange the link's target
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
