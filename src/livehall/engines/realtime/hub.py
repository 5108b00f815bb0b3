"""The hub: publications go in at one end, everybody who listens gets them at the other.

It runs on one event loop and holds nothing that could not be had again: positions come from the
journal, snapshots and rights from the gate. So a client that was away recovers from memory, from the
journal, or learns that it has missed something and begins again with the snapshot in the answer.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

import msgspec
import structlog

from livehall.core.ports import channels as port
from livehall.core.ports.channels import Admit, Encode, Joined, Listener, Page, Present, Since
from livehall.core.ports.realtime import Gate, Publication, Refused, Subscribed
from livehall.engines.realtime.channel import INSUFFICIENT_STATE, Channel, Subscription
from livehall.engines.realtime.namespaces import namespace_of

log = structlog.get_logger(__name__)

UNSUBSCRIBED = 2000
SHUTDOWN = (3001, "shutdown")
FORCED_OUT = (3503, "force disconnect")
COME_BACK = (3011, "force reconnect")
CONNECTION_LIMIT = (3504, "connection limit")
MESSAGE_TOO_LARGE = "A publication is over the limit and was not sent"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one hub, channel, user or connection may hold."""

    write_gap: float = 0.02  # seconds between two writes of one channel
    publication_bytes: int = 64 * 1024
    history_bytes: int = 1024 * 1024  # per channel
    recovery_publications: int = 500  # read from the journal for one answer
    recovery_bytes: int = 512 * 1024  # in one answer; one who missed more takes the snapshot
    joining_publications: int = 1000  # that one subscription gathers while the gate is asked
    subscriptions: int = 64  # per connection
    connections_per_user: int = 64
    sweep_interval: float = 30.0  # seconds between two looks for idle channels
    revocation_memory: float = 30.0  # seconds; longer than a connect may take


class Hub:
    """Implements `core.ports.realtime.Publisher` and `core.ports.channels.Channels`."""

    def __init__(self, gate: Gate, encode: Encode, limits: Limits | None = None) -> None:
        self.gate = gate
        self.limits = limits or Limits()
        self.closed = False
        self._encode = encode
        self._channels: dict[str, Channel] = {}
        self._listeners: dict[Listener, dict[str, Subscription]] = {}
        self._by_user: dict[str, set[Listener]] = {}
        self._revoked: deque[tuple[float, str]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._tell_presence: Callable[[str], None] = lambda _: None
        self._elsewhere: Callable[[str], Iterable[Present]] = lambda _: ()

    def join_others(
        self, changed: Callable[[str], None], elsewhere: Callable[[str], Iterable[Present]]
    ) -> None:
        """There are further hubs: `changed` hears which channel's presence did, `elsewhere` knows theirs."""
        self._tell_presence, self._elsewhere = changed, elsewhere

    @property
    def connections(self) -> int:
        return len(self._listeners)

    @property
    def channels(self) -> int:
        return len(self._channels)

    # Publisher ------------------------------------------------------------

    def publish(self, channel: str, publication: Publication) -> None:
        """Send to all who listen; a channel that nobody knows of keeps nothing, the journal has it."""
        if len(publication.data) > self.limits.publication_bytes:
            log.error(MESSAGE_TOO_LARGE, channel=channel, size=len(publication.data))
            return
        if (known := self._channels.get(channel)) is not None:
            known.publish(publication, self.limits.joining_publications)

    def unsubscribe(
        self, channel: str, user: str | None = None, *, code: int = 2000, reason: str = ""
    ) -> None:
        """Take a channel away, after what was published to it so far."""
        known = self._channels.get(channel)
        if known is None:
            return
        known.drain()
        listeners = (
            [subscription.listener for subscription in (*known.listening, *known.joining)]
            if user is None
            else list(self._by_user.get(user, ()))
        )
        for listener in listeners:
            subscription = self._listeners[listener].get(channel)
            if subscription is None:
                continue
            known.remove(subscription, code)
            self._note_presence(subscription)
            if subscription.buffer is None:  # else its command is answered with an error
                del self._listeners[listener][channel]
                listener.unsubscribed(channel, code, reason)
        self._forget_if_empty(known)

    def disconnect(self, user: str, *, code: int, reason: str) -> None:
        """Close all connections of a user, also one that is just being made."""
        if not user:
            return
        now = asyncio.get_running_loop().time()
        self._revoked.append((now, user))
        while self._revoked[0][0] < now - self.limits.revocation_memory:
            self._revoked.popleft()
        for listener in list(self._by_user.get(user, ())):
            for subscription in self._listeners[listener].values():
                subscription.channel.drain()
            listener.disconnect(code, reason)

    def send_back(self) -> None:
        """Have everybody connect anew: who may not listen any more is found out, what was missed comes."""
        for listener in list(self._listeners):
            listener.disconnect(*COME_BACK)

    def shutdown(self) -> None:
        """Send what is waiting, tell everybody to come back elsewhere, and let nobody in."""
        self.closed = True
        for channel in self._channels.values():
            channel.drain()
        for listener in list(self._listeners):
            listener.disconnect(*SHUTDOWN)
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None

    # Channels -------------------------------------------------------------

    def attach(self, listener: Listener, asked_at: float) -> None:
        """Enter a connection, unless its user was put out while the gate was asked."""
        user = listener.who.user
        if self.closed:
            raise Refused(*SHUTDOWN, disconnect=True)
        if user:
            if any(at >= asked_at and who == user for at, who in self._revoked):
                raise Refused(*FORCED_OUT, disconnect=True)
            if len(self._by_user.get(user, ())) >= self.limits.connections_per_user:
                raise Refused(*CONNECTION_LIMIT, disconnect=True)
            self._by_user.setdefault(user, set()).add(listener)
        self._listeners[listener] = {}

    def detach(self, listener: Listener) -> None:
        """Forget a connection and its subscriptions."""
        for subscription in self._listeners.pop(listener, {}).values():
            self._end(subscription)
        user = listener.who.user
        others = self._by_user.get(user)
        if others is not None:
            others.discard(listener)
            if not others:
                del self._by_user[user]

    async def subscribe(
        self, listener: Listener, channel: str, since: Since | None = None, *, must_recover: bool = False
    ) -> Admit:
        """Ask the gate, find what the listener has missed, and give back how it is let in.

        The subscription hears the channel from before the gate is asked, so nothing falls between the
        snapshot and the first publication.
        """
        mine = self._listeners[listener]
        if channel in mine:
            raise Refused(*port.ALREADY_SUBSCRIBED)
        if len(mine) >= self.limits.subscriptions:
            raise Refused(*port.LIMIT_EXCEEDED)
        known = self._channel(channel)
        subscription = mine[channel] = Subscription(known, listener)
        known.joining.add(subscription)
        top_before = known.history.top
        try:
            answer = await self.gate.subscribe(listener.who, channel)
            missed = await self._missed(known, answer, since)
            _check_stands(subscription)
            if must_recover and since is not None and missed is None:
                raise Refused(*port.UNRECOVERABLE)
        except BaseException:
            if mine.get(channel) is subscription:
                del mine[channel]
            self._end(subscription)
            raise
        position = max(answer.top, top_before)
        return partial(self._admit, subscription, answer, since, missed, position)

    def _admit(
        self,
        subscription: Subscription,
        answer: Subscribed,
        since: Since | None,
        missed: tuple[Publication, ...] | None,
        position: int,
    ) -> Joined:
        _check_stands(subscription)
        buffered = tuple(subscription.buffer or ())
        if since is not None and missed is not None:
            position = since.position
            subscription.start = missed[-1].position if missed else position
        else:
            subscription.start = position
        following = tuple(publication for publication in buffered if subscription.wants(publication))
        reached = max((publication.position for publication in following), default=0)
        subscription.start = max(subscription.start, reached)
        subscription.presence = answer.presence
        subscription.recoverable = answer.recoverable
        subscription.channel.join(subscription)
        self._note_presence(subscription)
        return Joined(
            data=answer.data,
            recoverable=answer.recoverable,
            position=position,
            epoch=self.gate.epoch,
            was_recovering=since is not None,
            recovered=missed is not None,
            missed=missed or (),
            following=following,
            expires_at=answer.expires_at,
        )

    def leave(self, listener: Listener, channel: str) -> bool:
        """End a subscription; what is waiting for it is not sent any more."""
        subscription = self._listeners.get(listener, {}).pop(channel, None)
        if subscription is None:
            return False
        self._end(subscription)
        return True

    def is_listening(self, listener: Listener, channel: str) -> bool:
        """Whether it has been let in."""
        subscription = self._listeners.get(listener, {}).get(channel)
        return subscription is not None and subscription.buffer is None

    def present(self, listener: Listener, channel: str) -> tuple[Present, ...]:
        """Who listens to a channel that shows it, to any hub, told to those who listen themselves."""
        mine = self._joined(listener, channel)
        if not mine.presence:
            raise Refused(*port.NOT_AVAILABLE)
        return (*self.present_here(channel), *self._elsewhere(channel))

    def present_here(self, channel: str) -> tuple[Present, ...]:
        """Who listens to a channel through this hub."""
        known = self._channels.get(channel)
        if known is None:
            return ()
        listeners = [subscription.listener for subscription in known.listening]
        return tuple(Present(each.client, each.who.user, each.who.info) for each in listeners)

    def shown_channels(self, kind: str = "") -> tuple[str, ...]:
        """Those that somebody listens to and that show who does; of one kind, where one is given."""
        prefix = f"{kind}:" if kind else ""
        return tuple(
            name
            for name, known in self._channels.items()
            if name.startswith(prefix) and any(each.presence for each in known.listening)
        )

    async def history(
        self, listener: Listener, channel: str, since: Since | None, limit: int, *, reverse: bool
    ) -> Page:
        """Read back, from memory where it suffices and from the journal where it does not."""
        mine = self._joined(listener, channel)
        if not mine.recoverable:
            raise Refused(*port.NOT_AVAILABLE)
        known = mine.channel
        if since is None:
            publications = known.history.kept(asyncio.get_running_loop().time())
        else:
            found = await self._since(known, since)
            if found is None:
                raise Refused(*port.UNRECOVERABLE)
            publications = found
        if reverse:
            publications = publications[::-1]
        position = max(known.history.top, mine.start)
        return Page(publications=publications[: max(limit, 0)], position=position, epoch=self.gate.epoch)

    # Inside ---------------------------------------------------------------

    def _joined(self, listener: Listener, channel: str) -> Subscription:
        subscription = self._listeners.get(listener, {}).get(channel)
        if subscription is None or subscription.buffer is not None:
            raise Refused(*port.PERMISSION_DENIED)
        return subscription

    async def _missed(
        self, channel: Channel, answer: Subscribed, since: Since | None
    ) -> tuple[Publication, ...] | None:
        """What a returning listener has missed, or None when it has to begin again."""
        if since is None or not answer.recoverable:
            return None
        if channel.namespace.cache:
            last = channel.history.kept(asyncio.get_running_loop().time())[-1:]
            same = since.epoch == self.gate.epoch and since.position > 0
            if same and since.position >= max(channel.history.top, answer.top):
                return ()
            return last or None
        missed = await self._since(channel, since)
        if missed is not None and sum(len(each.data) for each in missed) > self.limits.recovery_bytes:
            return None
        return missed

    async def _since(self, channel: Channel, since: Since) -> tuple[Publication, ...] | None:
        """All after a position, from memory or the journal; None when neither has all of them."""
        if since.epoch and since.epoch != self.gate.epoch:
            return None
        loop = asyncio.get_running_loop()
        held = channel.history.after(since.position, loop.time())
        if held is not None:
            return held
        async with channel.reading:  # after a restart all come at once: the first one reads for them all
            held = channel.history.after(since.position, loop.time())
            if held is not None:
                return held
            limit = self.limits.recovery_publications
            read = await self.gate.history(channel.name, since.position, limit)
            if read is not None:
                channel.history.fill_in(since.position, read, loop.time())
            return read

    def _channel(self, name: str) -> Channel:
        known = self._channels.get(name)
        if known is not None:
            return known
        namespace = namespace_of(name)
        if namespace is None:
            raise Refused(*port.UNKNOWN_CHANNEL)
        made = self._channels[name] = Channel(
            name,
            namespace,
            encode=self._encode,
            gap=self.limits.write_gap,
            history_bytes=self.limits.history_bytes,
        )
        if self._sweeper is None:
            self._sweep_later()
        return made

    def _note_presence(self, subscription: Subscription) -> None:
        if subscription.presence:
            self._tell_presence(subscription.channel.name)

    def _end(self, subscription: Subscription) -> None:
        subscription.channel.remove(subscription, UNSUBSCRIBED)
        self._note_presence(subscription)
        self._forget_if_empty(subscription.channel)

    def _forget_if_empty(self, channel: Channel) -> None:
        """A channel without listeners stays as long as it could serve one who comes back."""
        if channel or channel.history.kept(asyncio.get_running_loop().time()):
            return
        if self._channels.get(channel.name) is channel:
            del self._channels[channel.name]

    def _sweep_later(self) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(self.limits.sweep_interval, self._sweep)

    def _sweep(self) -> None:
        for channel in list(self._channels.values()):
            channel.history.expire(asyncio.get_running_loop().time())
            self._forget_if_empty(channel)
        self._sweeper = None
        if self._channels:
            self._sweep_later()


def _check_stands(subscription: Subscription) -> None:
    """Raises: Refused, when the subscription has been ended before it was let in."""
    if subscription.ended_by is not None:
        again = subscription.ended_by >= INSUFFICIENT_STATE
        raise Refused(*(port.INTERNAL if again else port.PERMISSION_DENIED))
