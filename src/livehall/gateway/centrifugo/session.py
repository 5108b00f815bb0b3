"""One client's conversation: commands in, answers out, in the order of the commands.

Commands that need the gate are worked off by one task per connection, which lives only while there is
something to do; the others are answered on the spot unless something is ahead of them. Who the client
is comes from the gate alone: no command carries a name that is believed.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum

import msgspec
import structlog

from livehall.core.ports import channels as port
from livehall.core.ports.realtime import Connected, Refused
from livehall.gateway.centrifugo import codes, commands, replies
from livehall.gateway.centrifugo.codes import Disconnect
from livehall.gateway.centrifugo.commands import Command
from livehall.gateway.centrifugo.service import Service

log = structlog.get_logger(__name__)

NOBODY = Connected()
REJECT_UNRECOVERED = 2  # bit of a subscribe's `flag`
RENEW = Command(0, "renew", commands.Nothing())  # ours: no client can send it


class Phase(Enum):
    NEW = "new"
    CONNECTING = "connecting"  # also after a connect that was refused: no second one is taken
    CONNECTED = "connected"


class Session:
    """Implements `core.ports.channels.Listener`."""

    __slots__ = (
        "_allowance",
        "_charged_at",
        "_close",
        "_expiring",
        "_phase",
        "_queue",
        "_service",
        "_worker",
        "client",
        "on_connected",
        "send",
        "who",
    )

    def __init__(
        self,
        service: Service,
        *,
        send: Callable[[bytes], None],
        close: Callable[[int, str], None],
        on_connected: Callable[[], None],
    ) -> None:
        self.client = ""
        self.who = NOBODY
        self.send = send
        self.on_connected = on_connected
        self._service = service
        self._close = close
        self._phase = Phase.NEW
        self._queue: deque[Command] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._expiring: dict[str, int] | None = None  # Unix seconds by channel
        self._allowance = float(service.limits.burst)
        self._charged_at = 0.0

    @property
    def is_connected(self) -> bool:
        return self._phase is Phase.CONNECTED

    # From the hub -----------------------------------------------------------

    def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """Tell the client that the channel was taken away."""
        self._forget(channel)
        self.send(replies.unsubscribe_push(channel, code, reason))

    def disconnect(self, code: int, reason: str) -> None:
        """Close the connection."""
        self._close(code, reason)

    # From the connection ----------------------------------------------------

    def receive(self, text: bytes) -> None:
        """Take the commands of one text message.

        Raises: Disconnect.
        """
        for line in text.split(b"\n"):
            self.charge()
            if line:
                self._take(commands.decode(line))

    def charge(self) -> None:
        """Count one command or frame against the client's allowance.

        Raises: Disconnect.
        """
        now = asyncio.get_running_loop().time()
        limits = self._service.limits
        earned = (now - self._charged_at) * limits.commands_per_s
        self._allowance = min(float(limits.burst), self._allowance + earned) - 1
        self._charged_at = now
        if self._allowance < 0:
            raise Disconnect(*codes.TOO_MANY_REQUESTS)

    def keep_alive(self) -> None:
        """Once per ping interval: renew what would expire before the next time."""
        deadline = self._renewal_deadline()
        due = self.who.expires_at is not None and self.who.expires_at <= deadline
        if due or any(at <= deadline for at in (self._expiring or {}).values()):
            self._enqueue(RENEW)

    def end(self) -> None:
        """The connection is over."""
        self._service.hub.detach(self)
        self._queue = None
        if self._worker is not None and self._worker is not asyncio.current_task():
            self._worker.cancel()

    # Commands ---------------------------------------------------------------

    def _take(self, command: Command) -> None:
        at_once = AT_ONCE.get(command.method)
        if at_once is None or self._worker is not None:
            self._enqueue(command)
            return
        try:
            self._check_phase(command)
            self.send(at_once(self, command))
        except Refused as why:
            self.send(replies.error(command.number, why.code, why.reason))

    def _enqueue(self, command: Command) -> None:
        if self._queue is None:
            self._queue = deque()
        self._queue.append(command)
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._queue:
                await self._answer(self._queue.popleft())
        finally:
            self._worker = None
            self._queue = None

    async def _answer(self, command: Command) -> None:
        try:
            self._check_phase(command)
            async with asyncio.timeout(self._service.limits.gate_timeout):
                at_once = AT_ONCE.get(command.method)
                answer = at_once(self, command) if at_once else await ASKING[command.method](self, command)
            if answer:
                self.send(answer)
        except Disconnect as why:
            self._close(why.code, why.reason)
        except Refused as why:
            if why.disconnect:
                self._close(why.code, why.reason)
            else:
                self.send(replies.error(command.number, why.code, why.reason))
        except Exception:  # the edge of this connection's loop: the gate has failed, the client may try again
            log.exception("A realtime command failed", method=command.method, client=self.client)
            if command is not RENEW:
                self.send(replies.error(command.number, *port.INTERNAL))

    def _check_phase(self, command: Command) -> None:
        expected = Phase.NEW if command.method == "connect" else Phase.CONNECTED
        if self._phase is not expected:
            raise Disconnect(*codes.BAD_REQUEST)

    async def _connect(self, command: Command) -> bytes:
        request = command.request
        assert isinstance(request, commands.Connect)
        self._phase = Phase.CONNECTING
        hub = self._service.hub
        asked_at = asyncio.get_running_loop().time()
        self.who = await hub.gate.connect(request.credential)
        self.client = secrets.token_hex(16)
        hub.attach(self, asked_at)
        admissions: dict[str, port.Admit] = {}
        for channel in self.who.channels:
            since = request.subs[channel].since if channel in request.subs else None
            try:
                admissions[channel] = await hub.subscribe(self, channel, since)
            except Refused as why:
                log.warning("A channel of the server's was refused", channel=channel, refusal=why.code)
        joined = {channel: admit() for channel, admit in admissions.items()}
        for channel, each in joined.items():
            self._note_expiry(channel, each.expires_at)
        self._phase = Phase.CONNECTED
        self.on_connected()
        subs = {channel: replies.subscribed(each) for channel, each in joined.items()}
        result = replies.connected(self.client, round(self._service.heartbeat.rhythm.ping), subs)
        following = b"".join(
            replies.push_frames(channel, each.following) for channel, each in joined.items() if each.following
        )
        return replies.reply(command.number, "connect", result) + following

    async def _subscribe(self, command: Command) -> bytes:
        request = command.request
        assert isinstance(request, commands.Subscribe)
        must_recover = bool(request.flag & REJECT_UNRECOVERED)
        admit = await self._service.hub.subscribe(
            self, request.channel, request.since, must_recover=must_recover
        )
        joined = admit()
        self._note_expiry(request.channel, joined.expires_at)
        answer = replies.reply(command.number, "subscribe", replies.subscribed(joined))
        return answer + (replies.push_frames(request.channel, joined.following) if joined.following else b"")

    async def _history(self, command: Command) -> bytes:
        request = command.request
        assert isinstance(request, commands.History)
        since = port.Since(request.since.offset, request.since.epoch) if request.since else None
        page = await self._service.hub.history(
            self, request.channel, since, request.limit, reverse=request.reverse
        )
        return replies.reply(command.number, "history", replies.history(page))

    async def _refresh(self, command: Command) -> bytes:
        request = command.request
        assert isinstance(request, commands.Refresh)
        fresh = await self._service.hub.gate.connect(request.token)
        if fresh.user != self.who.user:
            raise Disconnect(*codes.INVALID_TOKEN)
        self.who = fresh
        return replies.reply(command.number, "refresh", replies.refreshed(_seconds_to(fresh.expires_at)))

    async def _sub_refresh(self, command: Command) -> bytes:
        channel = _channel(command)
        if not self._service.hub.is_listening(self, channel):
            raise Refused(*port.PERMISSION_DENIED)
        expires_at = await self._service.hub.gate.refresh_subscription(self.who, channel)
        if expires_at is None:
            raise Refused(*port.PERMISSION_DENIED)
        self._note_expiry(channel, expires_at)
        return replies.reply(command.number, "sub_refresh", replies.refreshed(_seconds_to(expires_at)))

    async def _renew(self, _: Command) -> bytes:
        """Ask the gate anew, as Centrifugo does with its refresh proxies: the client is not asked."""
        gate, deadline = self._service.hub.gate, self._renewal_deadline()
        if self.who.expires_at is not None and self.who.expires_at <= deadline:
            await self._renew_connection()
        for channel, at in list((self._expiring or {}).items()):
            if not self._service.hub.is_listening(self, channel):
                self._forget(channel)
                continue
            if at > deadline:
                continue
            renewed = await gate.refresh_subscription(self.who, channel)
            if renewed is not None:
                self._note_expiry(channel, renewed)
            elif self._service.hub.leave(self, channel):
                self.unsubscribed(channel, *codes.SUBSCRIPTION_EXPIRED)
        return b""

    async def _renew_connection(self) -> None:
        try:
            expires_at = await self._service.hub.gate.refresh(self.who.meta, self.who.user)
        except Exception:
            left = _seconds_to(self.who.expires_at)
            if left is not None and left < -self._service.heartbeat.rhythm.ping:
                raise Disconnect(*codes.EXPIRED) from None
            raise
        if expires_at is None:
            raise Disconnect(*codes.EXPIRED)
        self.who = msgspec.structs.replace(self.who, expires_at=expires_at)

    def _unsubscribe(self, command: Command) -> bytes:
        channel = _channel(command)
        self._service.hub.leave(self, channel)
        self._forget(channel)
        return replies.reply(command.number, "unsubscribe", b"{}")

    def _presence(self, command: Command) -> bytes:
        present = self._service.hub.present(self, _channel(command))
        return replies.reply(command.number, "presence", replies.presence(present))

    def _presence_stats(self, command: Command) -> bytes:
        present = self._service.hub.present(self, _channel(command))
        return replies.reply(command.number, "presence_stats", replies.presence_stats(present))

    def _ping(self, command: Command) -> bytes:
        return replies.reply(command.number, "ping", b"{}")

    def _publish(self, command: Command) -> bytes:
        """Clients say things through the REST API, which decides, stores and publishes."""
        raise Refused(*port.PERMISSION_DENIED)

    def _rpc(self, command: Command) -> bytes:
        raise Refused(*port.METHOD_NOT_FOUND)

    def _send(self, command: Command) -> bytes:
        raise Disconnect(*codes.NOT_AVAILABLE)

    # Expiry -----------------------------------------------------------------

    def _renewal_deadline(self) -> float:
        """What expires before the visit after next is renewed now."""
        return time.time() + 2 * self._service.heartbeat.rhythm.ping

    def _note_expiry(self, channel: str, expires_at: int | None) -> None:
        if expires_at is not None:
            if self._expiring is None:
                self._expiring = {}
            self._expiring[channel] = expires_at

    def _forget(self, channel: str) -> None:
        if self._expiring is not None:
            self._expiring.pop(channel, None)


def _channel(command: Command) -> str:
    assert isinstance(command.request, commands.OfChannel)
    return command.request.channel


def _seconds_to(expires_at: int | None) -> int | None:
    return None if expires_at is None else int(expires_at - time.time())


AT_ONCE: dict[str, Callable[[Session, Command], bytes]] = {
    "unsubscribe": Session._unsubscribe,
    "presence": Session._presence,
    "presence_stats": Session._presence_stats,
    "publish": Session._publish,
    "ping": Session._ping,
    "rpc": Session._rpc,
    "send": Session._send,
}
ASKING: dict[str, Callable[[Session, Command], Awaitable[bytes]]] = {
    "connect": Session._connect,
    "subscribe": Session._subscribe,
    "history": Session._history,
    "refresh": Session._refresh,
    "sub_refresh": Session._sub_refresh,
    "renew": Session._renew,
}
