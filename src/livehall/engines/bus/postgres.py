"""Words by NOTIFY and leadership by an advisory lock, both on one connection of its own.

Invariants
  - A process leads exactly as long as this connection holds the lock. It is gone with the process, so that
    another one leads within `TRY_S`; one whose network is dead is given up by the server after some 15 s
    (TCP keepalive), while it knows itself within `DEADLINE_S` that it does not lead any more.
  - Words leave in the order in which they were said, the first at once and then every `GAP_S`, all that wait
    in one statement. While the line is down they wait; when more than `WAITING` do, the others are
    told instead that they missed something. To nobody nothing is said.
  - Words are heard in the order of their commits, one after another. A handler that fails is logged and
    keeps nothing back. More than `WAITING` do not wait to be heard: they are dropped, and `missed` is called.

Whoever was cut off may have missed words of others: `missed` is called when the line stands again, if others
were heard before. Everybody gives a sign of life every `ALIVE_S`, which tells whether there are others.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncpg
import structlog

from livehall.engines.bus.frames import Gathering, payloads
from livehall.kernel.bus import Hear
from livehall.kernel.db import DatabaseUnavailable

log = structlog.get_logger(__name__)

CHANNEL = "livehall"
LOCK = 0x4C495645  # advisory lock of the one that leads: "LIVE"
TRY_S = 0.5  # between two looks at the lock, or at the line
DEADLINE_S = 5.0
GAP_S = 0.003
ALIVE_S = 5.0
SILENT_S = 15.0  # an other one that was not heard of for so long is gone
WAITING = 10_000  # words, to be said or to be taken in
FORGOTTEN_S = 600.0  # what waits for one who is silent for so long waits no more
ALIVE, ASK, BYE, LOST = OWN = ("alive", "ask", "bye", "lost")
SETTINGS = {
    "application_name": "livehall bus",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "0",
}

GONE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

if TYPE_CHECKING:
    Raw = asyncpg.Connection[asyncpg.Record]


class PostgresBus:
    """Implements `kernel.bus.Bus`."""

    def __init__(self, url: str) -> None:
        self.name = secrets.token_hex(4)
        self.leads = False
        self._url = url
        self._raw: Raw | None = None
        self._hear: dict[str, Hear] = {}
        self._changed: list[Callable[[], None]] = []
        self._missed: list[Callable[[], None]] = []
        self._saying: dict[tuple[str, bytes], None] = {}  # in order; the same words once
        self._has_words = asyncio.Event()
        self._heard: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._has_dropped = False
        self._others: dict[str, float] = {}  # name → loop time when last heard
        self._was_cut_off = False
        self._turn = asyncio.Lock()  # the connection does one thing at a time
        self._number = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def stands(self) -> bool:
        return self._raw is not None and not self._raw.is_closed()

    @property
    def others(self) -> frozenset[str]:
        """The processes heard of lately."""
        now = asyncio.get_running_loop().time()
        return frozenset(name for name, at in self._others.items() if now - at < SILENT_S)

    def say(self, topic: str, body: bytes = b"") -> None:
        if not self._others and topic not in OWN:
            return  # nobody else is here; who comes has no listeners yet, and asks
        if len(self._saying) >= WAITING:
            self._give_up()
        self._saying[topic, body] = None
        self._has_words.set()

    def on(self, topic: str, hear: Hear) -> None:
        self._hear[topic] = hear

    def on_change(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def on_missed(self, missed: Callable[[], None]) -> None:
        self._missed.append(missed)

    async def start(self) -> None:
        await self._connect()
        await self._try_to_lead()
        run = asyncio.get_running_loop().create_task
        self._tasks = [run(self._watch()), run(self._speak()), run(self._listen())]

    async def stop(self) -> None:
        """Say what waits, and give up the lead."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        raw, self._raw = self._raw, None
        if raw is not None:
            self.say(BYE)
            with contextlib.suppress(*GONE):
                async with asyncio.timeout(DEADLINE_S):
                    await self._send(raw)
                    await raw.close()
            raw.terminate()
        self._lead(False)

    # The line -------------------------------------------------------------

    async def _connect(self) -> None:
        """Raises: DatabaseUnavailable."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                raw = await asyncpg.connect(self._url, command_timeout=DEADLINE_S, server_settings=SETTINGS)
                await raw.add_listener(CHANNEL, self._payload)
        except GONE as error:
            raise DatabaseUnavailable from error
        self._raw = raw
        self.say(ALIVE)
        self.say(ASK)

    async def _watch(self) -> None:
        """Keep the line and the lead; give signs of life."""
        loop = asyncio.get_running_loop()
        alive_at = loop.time()
        while True:
            await asyncio.sleep(TRY_S)
            try:
                if self._raw is None:
                    await self._connect()
                    self._tell_missed()
                await self._try_to_lead()
            except DatabaseUnavailable:
                self._cut()
                continue
            except Exception:  # the edge of the loop: without it nobody would see to the line
                log.exception("the line to the other processes stumbled")
                self._cut()
                continue
            if loop.time() - alive_at >= ALIVE_S:
                alive_at = loop.time()
                self.say(ALIVE)

    async def _try_to_lead(self) -> None:
        """Take the lock if it is free, or see that the line on which it is held still stands.

        Raises: DatabaseUnavailable.
        """
        if self._raw is None:
            raise DatabaseUnavailable
        try:
            async with self._turn:
                if self.leads:
                    await self._raw.execute("SELECT 1")
                else:
                    self._lead(bool(await self._raw.fetchval("SELECT pg_try_advisory_lock($1)", LOCK)))
        except GONE as error:
            raise DatabaseUnavailable from error

    def _cut(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            log.warning("the line to the other processes is down")
            self._was_cut_off = self._was_cut_off or bool(self.others)
            raw.terminate()
        self._lead(False)

    def _tell_missed(self) -> None:
        was_cut_off, self._was_cut_off = self._was_cut_off, False
        if was_cut_off:
            for missed in self._missed:
                missed()

    def _lead(self, leads: bool) -> None:
        if leads == self.leads:
            return
        self.leads = leads
        log.info("this process leads" if leads else "this process does not lead any more", bus=self.name)
        for changed in self._changed:
            changed()

    # Words ----------------------------------------------------------------

    async def _speak(self) -> None:
        while True:
            await self._has_words.wait()
            if self._raw is None:
                await asyncio.sleep(TRY_S)
                continue
            try:
                await self._send(self._raw)
            except GONE:
                await asyncio.sleep(TRY_S)  # the watch sees to the line
            except Exception:  # the edge of the loop: words that cannot be said must not keep back all others
                log.exception("words for other processes cannot be said")
                self._give_up()
            await asyncio.sleep(GAP_S)

    async def _send(self, raw: Raw) -> None:
        async with self._turn:
            await self._send_waiting(raw)

    async def _send_waiting(self, raw: Raw) -> None:
        words, self._saying = self._saying, {}
        self._has_words.clear()
        sent = []
        for topic, body in words:
            self._number += 1
            sent += payloads(self.name, self._number, topic, body)
        try:
            await raw.execute("SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word", CHANNEL, sent)
        except BaseException:
            self._saying = words | self._saying
            self._has_words.set()
            raise

    def _give_up(self) -> None:
        """What waits is not said, and the others are told that they missed something."""
        self._saying = {(LOST, b""): None}
        self._has_words.set()

    def _payload(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if self._heard.full():  # handlers do not keep up: what waits is dropped, as one who was cut off
            while not self._heard.empty():
                self._heard.get_nowait()
            self._has_dropped = True
        self._heard.put_nowait(str(payload))

    async def _listen(self) -> None:
        gathering = Gathering()
        while True:
            payload = await self._heard.get()
            if self._has_dropped:
                self._has_dropped, gathering = False, Gathering()
                log.warning("too many words of other processes; they are asked for instead")
                for missed in self._missed:
                    missed()
            try:
                for speaker, topic, body in gathering.take(payload):
                    if speaker != self.name:
                        await self._take(speaker, topic, body)
            except Exception:  # the edge of the loop: one word that nobody understands
                log.exception("a word of another process was lost")

    async def _take(self, speaker: str, topic: str, body: bytes) -> None:
        now = asyncio.get_running_loop().time()
        self._others[speaker] = now
        self._others = {name: at for name, at in self._others.items() if now - at < FORGOTTEN_S}
        if topic == BYE:
            del self._others[speaker]
        if topic == ASK:
            self.say(ALIVE)
        if topic == LOST:
            for missed in self._missed:
                missed()
        if (hear := self._hear.get(topic)) is not None:
            await hear(speaker, body)
