"""Ingresses on disk: `<folder>/ingresses.json`, replaced as a whole. It holds stream keys, so nobody else
may read it. Several workers share it: each changes what is of its own rooms, one at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from livekit.protocol import ingress as proto

from livehall.media.workers.place import ALONE, Place

_NAME = "ingresses.json"
log = structlog.get_logger(__name__)


class Definitions:
    """All ingresses that have been made and not deleted, by their ids."""

    def __init__(self, folder: Path, place: Place = ALONE) -> None:
        self._path = folder / _NAME
        self._place = place
        self._stamp: tuple[int, int] | None = None

    def changed(self) -> bool:
        """Whether another process has written since `load` or `save`, or nobody has loaded yet."""
        return _stamp(self._path) != self._stamp

    def load(self) -> dict[str, proto.IngressInfo]:
        """What an earlier process knew. A file that cannot be read is set aside, and told of."""
        self._stamp = _stamp(self._path)
        try:
            written = json.loads(self._path.read_bytes())
            if not isinstance(written, list):
                raise TypeError("not a list")
            found = [ParseDict(each, proto.IngressInfo(), ignore_unknown_fields=True) for each in written]
        except FileNotFoundError:
            return {}
        except (ValueError, ParseError, TypeError):
            log.exception("the list of ingresses cannot be read")
            self._path.replace(self._path.with_suffix(".unreadable"))
            return {}
        return {info.ingress_id: info for info in found}

    def save(self, known: dict[str, proto.IngressInfo]) -> None:
        """`known`: all that are of our rooms. Raises: OSError, and then the old list is still there."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            if not self._place.is_alone:
                others = {k: info for k, info in self.load().items() if not self._place.owns(info.room_name)}
                known = others | known
            self._write(known)
            self._stamp = _stamp(self._path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Held for the milliseconds of one writing."""
        if self._place.is_alone:
            yield
            return
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, known: dict[str, proto.IngressInfo]) -> None:
        rows = []
        for info in known.values():
            row = MessageToDict(info, preserving_proto_field_name=True)
            if not is_spent(info):
                row.pop("state", None)  # it is of this process
            rows.append(row)
        temporary = self._path.with_name(f".{_NAME}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(rows, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)


def is_spent(info: proto.IngressInfo) -> bool:
    """It will not begin again: what is pulled is pulled once."""
    return not info.reusable and not info.enabled


class KeyBook:
    """Which room a stream key belongs to, for the front of several workers."""

    def __init__(self, folder: Path) -> None:
        self._definitions = Definitions(folder)
        self._rooms: dict[str, str] = {}

    def room_of(self, key: str) -> str | None:
        if self._definitions.changed():
            self._rooms = {info.stream_key: info.room_name for info in self._definitions.load().values()}
        return self._rooms.get(key)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Changes with each replacement of the file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino
