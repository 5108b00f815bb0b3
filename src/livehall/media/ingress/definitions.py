"""Ingresses on disk: `<folder>/ingresses.json`, replaced as a whole. It holds stream keys, so nobody else
may read it."""

import json
import os
from pathlib import Path

import structlog
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from livekit.protocol import ingress as proto

_NAME = "ingresses.json"
log = structlog.get_logger(__name__)


class Definitions:
    """All ingresses that have been made and not deleted, by their ids."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def load(self) -> dict[str, proto.IngressInfo]:
        """What an earlier process knew. A file that cannot be read is set aside, and told of."""
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
        """Raises: OSError, and then the old list is still there."""
        rows = []
        for info in known.values():
            row = MessageToDict(info, preserving_proto_field_name=True)
            row.pop("state", None)  # it is of this process
            rows.append(row)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._path.with_name(f".{_NAME}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(rows, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
