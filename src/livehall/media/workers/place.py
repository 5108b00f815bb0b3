"""Which worker a room lives in: the same one for as long as their number stays."""

import zlib
from pathlib import Path

import msgspec


class Place(msgspec.Struct, frozen=True):
    """One worker among its siblings."""

    number: int = 0
    of: int = 1
    folder: str = ""  # of the sockets by which the front reaches the workers

    @property
    def is_alone(self) -> bool:
        return self.of == 1

    def owns(self, room: str) -> bool:
        return worker_of(room, self.of) == self.number

    def session_id(self, secret: str) -> str:
        """The name of a WHIP or WHEP session, by which the front finds its worker."""
        return secret if self.is_alone else f"{self.number}.{secret}"

    @property
    def http(self) -> Path:
        return Path(self.folder, f"{self.number}.http")

    @property
    def rtmp(self) -> Path:
        return Path(self.folder, f"{self.number}.rtmp")


ALONE = Place()


def worker_of(room: str, workers: int) -> int:
    return zlib.crc32(room.encode("utf-8", "surrogatepass")) % workers
