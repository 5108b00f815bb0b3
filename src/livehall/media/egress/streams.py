"""RTMP outputs of a recorder: each target is a process of its own (`sender`), so that none delays another.

A target that breaks off is tried again after `WAITS_S`, from a key frame on; when it has failed as often as
there are waits, it is given up. What a target cannot take in time is left out up to the next key frame.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from livehall.media.egress import sender, wire
from livehall.media.egress.encoders import Picture, Sound

WAITS_S = (2.0, 8.0, 30.0)
STEADY_S = 60.0  # a connection that held so long has succeeded: counting begins anew
MOST_WAITING = 4 << 20  # bytes, about eight seconds
CLOSE_S = 5.0
CLOSE_STEP_S = 0.02


class Streams:
    """All targets of one recorder. `poll` often: it moves what waits, and says what has happened."""

    def __init__(self, has_sound: bool) -> None:
        self._has_sound = has_sound
        self._targets: dict[str, _Target] = {}
        self._leaving: list[_Target] = []

    @property
    def wants_key_frame(self) -> bool:
        """True while a target cannot begin without one."""
        return any(target.mood == "waiting" for target in self._targets.values())

    def set(self, wanted: Iterable[wire.Stream]) -> None:
        """Begin with targets that are new, end with those that are gone."""
        found = {stream.id: stream.url for stream in wanted}
        for name in [name for name in self._targets if name not in found]:
            self._leave(name)
        for name, url in found.items():
            if name not in self._targets:
                self._targets[name] = _Target(name, url, self._has_sound)

    def write(self, encoded: Picture | Sound) -> None:
        for target in self._targets.values():
            target.put(encoded)

    def poll(self) -> Iterator[wire.StreamState]:
        """What has happened since the last call."""
        for target in list(self._targets.values()):
            yield from target.poll()
        for target in self._leaving:
            for _ in target.poll():
                pass  # nobody asks any more
        self._leaving = [target for target in self._leaving if target.is_open]

    def close(self) -> Iterator[wire.StreamState]:
        """Say goodbye to all; one that does not listen is left after `CLOSE_S`."""
        yield from self.poll()
        for name in list(self._targets):
            self._leave(name)
        until = time.monotonic() + CLOSE_S
        while self._leaving and time.monotonic() < until:
            yield from self.poll()
            time.sleep(CLOSE_STEP_S)  # the child has nothing else to do any more
        for target in self._leaving:
            target.kill()

    def _leave(self, name: str) -> None:
        target = self._targets.pop(name)
        target.end()
        self._leaving.append(target)


class _Target:
    """One address, and the connections to it: at most one that gets pictures, and earlier ones that end."""

    def __init__(self, name: str, url: str, has_sound: bool) -> None:
        self.mood: Literal["waiting", "taking", "clogged", "resting", "over"] = "waiting"  # for a key frame
        self._name, self._url, self._has_sound = name, url, has_sound
        self._current: _Connection | None = None
        self._ending: list[_Connection] = []
        self._failures = 0
        self._rests_until = 0.0

    @property
    def is_open(self) -> bool:
        return self._current is not None or bool(self._ending)

    def put(self, encoded: Picture | Sound) -> None:
        is_key = isinstance(encoded, Picture) and encoded.is_key
        if self.mood == "clogged" and (self._current is None or self._current.waiting < MOST_WAITING // 2):
            self.mood = "waiting"
        if self.mood == "waiting" and is_key:
            self.mood = "taking"
        if self.mood != "taking":
            return
        if isinstance(encoded, Picture) and is_key and self._needs_another(encoded):
            self._retire()
            self._current = _Connection(sender.Order(self._url, self._has_sound), encoded.shape)
        if self._current is not None and not self._current.put(sender.frame(encoded)):
            self.mood = "clogged"

    def poll(self) -> Iterator[wire.StreamState]:
        if self.mood == "resting" and time.monotonic() >= self._rests_until:
            self.mood = "waiting"
        self._ending = [connection for connection in self._ending if not connection.has_ended()]
        connection = self._current
        if connection is None:
            return
        if connection.has_ended():
            self._current = None
            yield self._fail(connection)
        elif connection.has_begun():
            yield wire.StreamState(self._name, "active", time.time())

    def end(self) -> None:
        self.mood = "over"
        self._retire()

    def kill(self) -> None:
        for connection in self._ending:
            connection.kill()

    def _needs_another(self, picture: Picture) -> bool:
        """A decoder is set up once in a connection."""
        return self._current is None or self._current.shape != picture.shape

    def _retire(self) -> None:
        if self._current is not None:
            self._current.end()
            self._ending.append(self._current)
            self._current = None

    def _fail(self, connection: "_Connection") -> wire.StreamState:
        now = time.monotonic()
        if now - connection.began_at > STEADY_S:
            self._failures = 0
        if self._failures == len(WAITS_S):
            self.mood = "over"
            return wire.StreamState(self._name, "failed", time.time(), connection.fault)
        self.mood = "resting"
        self._rests_until = now + WAITS_S[self._failures]
        self._failures += 1
        return wire.StreamState(self._name, "retrying", time.time(), connection.fault)


class _Connection:
    """A sender process. Nothing here waits."""

    def __init__(self, order: sender.Order, shape: bytes) -> None:
        self.shape = shape
        self.began_at = time.monotonic()
        self.waiting = 0  # bytes that the process has not taken
        self._process = subprocess.Popen(
            [sys.executable, "-m", "livehall.media.egress.sender"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._queue: deque[bytes] = deque()
        self._said = b""
        self._is_ending = False
        self._is_active = False
        self.put(msgspec.json.encode(order) + b"\n")

    def put(self, data: bytes) -> bool:
        """False: too much waits, and this was not taken."""
        if self.waiting > MOST_WAITING:
            return False
        self._queue.append(data)
        self.waiting += len(data)
        self._flush()
        return True

    def end(self) -> None:
        """After what waits, the server hears of the end."""
        self._is_ending = True
        self._flush()

    def has_begun(self) -> bool:
        """True once: the server has taken the beginning."""
        self._flush()
        self._listen()
        if self._is_active or not self._said.startswith(sender.ACTIVE):
            return False
        self._is_active = True
        return True

    def has_ended(self) -> bool:
        self._flush()
        if self._process.poll() is None:
            return False
        self._listen()
        self._close()
        return True

    @property
    def fault(self) -> str:
        """Why it ended."""
        said = self._said.removeprefix(sender.ACTIVE).decode(errors="replace").strip()
        return said or "The server does not answer."

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close()

    def _flush(self) -> None:
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        try:
            while self._queue:
                written = os.write(self._in, self._queue[0])
                self.waiting -= written
                if written < len(self._queue[0]):
                    self._queue[0] = self._queue[0][written:]
                else:
                    self._queue.popleft()
        except BlockingIOError:
            return
        except OSError:  # it has ended, as `has_ended` will find
            self._queue.clear()
            self.waiting = 0
        if self._is_ending:
            self._process.stdin.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(BlockingIOError):
            while not self._process.stdout.closed and (data := os.read(self._out, 4096)):
                self._said += data

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
