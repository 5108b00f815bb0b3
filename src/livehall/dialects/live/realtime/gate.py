"""Who may connect and listen: the answers of both Centrifugo proxies, and of our own hub's gate.

A connection belongs to an account, or to nobody. Channels of a session are for those whom `join` let in:
the realtime token names their attendance, and everything else about them is read from the database at
each question (threat 4).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from livehall.core.audience import listening
from livehall.core.audience import ops as audience
from livehall.core.audience.listening import Seat
from livehall.core.audience.renewals import Connection, Renewals
from livehall.core.audience.scene import NotJoined
from livehall.core.polls.ballots import Ballots
from livehall.core.ports.realtime import Connected, Publication, Refused, Subscribed
from livehall.core.ports.tokens import Audience, BadToken, Claims, ExpiredToken, Tokens
from livehall.core.rooms import ops as rooms
from livehall.core.sessions.faults import Banned
from livehall.core.sessions.rights import STAFF
from livehall.core.sessions.standings import is_kept_out
from livehall.dialects.live.polls.snapshot import open_polls
from livehall.dialects.live.questions.snapshot import top_questions
from livehall.dialects.live.realtime import snapshots
from livehall.dialects.live.realtime.publishing import publications
from livehall.dialects.live.realtime.revocations import hears_stage
from livehall.dialects.live.sign_in import SignIn
from livehall.kernel import journal
from livehall.kernel.actor import ANONYMOUS, SYSTEM, Actor
from livehall.kernel.faults import Forbidden, NotFound, Unauthenticated
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.trimming import reaches
from livehall.kernel.work import Desk, Read

CONNECTION_LIFETIME = timedelta(minutes=10)
SIGN_OF_LIFE = timedelta(seconds=45)  # a connection that keeps an attendance alive is asked more often
SUBSCRIPTION_LIFETIME = timedelta(minutes=15)

UNKNOWN_CHANNEL = (102, "unknown channel")
DENIED = (103, "permission denied")
BAD_TOKEN = (4501, "bad token")
TOKEN_EXPIRED = (4001, "token expired")
BANNED = (4502, "banned")

STREAMS = frozenset(("session", "chat", "stage", "staff"))


class LiveGate:
    """Implements `core.ports.realtime.Gate`."""

    def __init__(self, desk: Desk, tokens: Tokens, sign_in: SignIn, ballots: Ballots) -> None:
        self._desk, self._tokens, self._sign_in, self._ballots = desk, tokens, sign_in, ballots
        self._renewals = Renewals(desk)
        self._epoch = ""

    @property
    def epoch(self) -> str:
        return self._epoch

    async def start(self) -> None:
        self._epoch = await journal.epoch(self._desk.database)

    async def stop(self) -> None:
        await self._renewals.stop()

    async def connect(self, token: str) -> Connected:
        if not token:
            return Connected()
        claims = self._claims(token)
        try:
            actor = await self._sign_in.actor(claims)
        except (Unauthenticated, Forbidden) as error:
            raise Refused(*BAD_TOKEN, disconnect=True) from error
        assert actor.account_id is not None
        if claims.session_id is not None and claims.audience == "realtime":
            await self._check_not_banned(actor, claims.session_id)
        return Connected(
            user=actor.account_id,
            expires_at=self._expiry(claims.attendance_id),
            info={"name": actor.name},
            meta=_meta(claims),
            channels=(f"user:{actor.account_id}",),
        )

    async def refresh(self, meta: Mapping[str, str], user: str) -> int | None:
        connection = _connection(user, meta)
        if connection is None:
            return None
        may_go_on = await self._renewals.may_go_on(connection)
        return self._expiry(connection.attendance_id) if may_go_on else None

    async def subscribe(self, who: Connected, channel: str) -> Subscribed:
        kind, _, name = channel.partition(":")
        subject = parse_id(name)
        question = self._questions().get(kind)
        if question is None or subject is None:
            raise Refused(*UNKNOWN_CHANNEL)
        actor = await self._standing(who.user, who.meta) or ANONYMOUS
        try:
            async with self._desk.read(actor) as read:
                subscribed = await question(read, who, subject)
        except NotFound as error:
            raise Refused(*DENIED) from error
        if kind == "session":
            await self._listen(who)
        return subscribed

    async def refresh_subscription(self, who: Connected, channel: str) -> int | None:
        try:
            return (await self.subscribe(who, channel)).expires_at
        except Refused:
            return None

    async def history(self, channel: str, after: int, limit: int) -> tuple[Publication, ...] | None:
        kind, _, name = channel.partition(":")
        subject = parse_id(name)
        if subject is None or kind not in STREAMS:
            return None
        async with self._desk.read(SYSTEM) as read:
            entries = await read.db.all(
                journal.SINCE_IN_SESSION, session_id=subject, after=after, limit=limit * 4 + 1
            )
            if not await reaches(read.db, after):
                return None
        if len(entries) > limit * 4:
            return None
        found = [
            publication
            for entry in entries
            for target, publication in publications(entry)
            if target == channel
        ]
        return tuple(found) if len(found) <= limit else None

    def _questions(self) -> Mapping[str, Callable[[Read, Connected, Id], Awaitable[Subscribed]]]:
        return {
            "user": self._user,
            "room": self._room,
            "library": self._library,
            "org": self._organization,
            "session": self._session,
            "chat": self._chat,
            "stage": self._stage,
            "staff": self._staff,
        }

    async def _user(self, _: Read, who: Connected, account_id: Id) -> Subscribed:
        if not who.user or who.user != account_id:
            raise Refused(*DENIED)
        return Subscribed(expires_at=None)

    async def _room(self, read: Read, _: Connected, room_id: Id) -> Subscribed:
        shown = await rooms.get(read, room_id)
        return self._answer(snapshots.of_room(shown), recoverable=False, top=0)

    async def _library(self, read: Read, who: Connected, library_id: Id) -> Subscribed:
        """Members with host rights in it (`docs/decisions/0010`)."""
        actor = read.actor
        if not is_on_their_own(who) or not actor.may_host or actor.member_of is None:
            raise Refused(*DENIED)
        top = await read.db.one(journal.TOP) or 0
        data = await snapshots.of_library(read, library_id, actor.member_of)
        return self._answer(data, recoverable=True, top=top)

    async def _organization(self, read: Read, who: Connected, organization_id: Id) -> Subscribed:
        """Owners and administrators."""
        actor = read.actor
        if not is_on_their_own(who) or not actor.is_admin or actor.member_of != organization_id:
            raise Refused(*DENIED)
        top = await read.db.one(journal.TOP) or 0
        data = await snapshots.of_organization(read, organization_id)
        return self._answer(data, recoverable=True, top=top)

    async def _session(self, read: Read, who: Connected, session_id: Id) -> Subscribed:
        top = await read.db.one(journal.TOP) or 0  # before all that is shown: what is newer is told
        seat = await self._seat(read, who, session_id)
        is_staff = seat.role in STAFF
        polls = await open_polls(read, self._ballots, session_id, rights=seat.rights, is_staff=is_staff)
        room = snapshots.room_beside(polls)
        questions = await top_questions(read, session_id, rights=seat.rights, is_staff=is_staff, room=room)
        data = await snapshots.of_session(read, seat, polls, questions)
        return self._answer(data, recoverable=True, top=top)

    async def _chat(self, read: Read, who: Connected, session_id: Id) -> Subscribed:
        top = await read.db.one(journal.TOP) or 0
        seat = await self._seat(read, who, session_id)
        if "chat.read" not in seat.rights:
            raise Refused(*DENIED)
        return self._answer(await snapshots.of_chat(read, seat.session), recoverable=True, top=top)

    async def _stage(self, read: Read, who: Connected, session_id: Id) -> Subscribed:
        top = await read.db.one(journal.TOP) or 0
        seat = await self._seat(read, who, session_id)
        if not hears_stage(seat.role):
            raise Refused(*DENIED)
        data = await snapshots.of_stage(read, seat)
        return self._answer(data, recoverable=True, top=top, presence=True)

    async def _staff(self, read: Read, who: Connected, session_id: Id) -> Subscribed:
        top = await read.db.one(journal.TOP) or 0
        seat = await self._seat(read, who, session_id)
        if seat.role not in STAFF:
            raise Refused(*DENIED)
        data = await snapshots.of_staff(read, seat)
        return self._answer(data, recoverable=True, top=top, presence=True)

    async def _seat(self, read: Read, who: Connected, session_id: Id) -> Seat:
        attendance_id = who.meta.get("attendance")
        if who.meta.get("session") != session_id or attendance_id is None:
            raise Refused(*DENIED)
        try:
            return await listening.seat(read, session_id, attendance_id)
        except NotJoined as error:
            raise Refused(*DENIED) from error
        except Banned as error:
            raise Refused(*BANNED, disconnect=True) from error

    async def _check_not_banned(self, actor: Actor, session_id: Id) -> None:
        """Raises: Refused, finally (C16)."""
        try:
            async with self._desk.read(actor) as read:
                is_banned = await is_kept_out(read, session_id, actor.account_id, actor.visitor_key)
        except NotFound:  # a session that is gone bans nobody
            return
        if is_banned:
            raise Refused(*BANNED, disconnect=True)

    async def _listen(self, who: Connected) -> None:
        """A subscription makes presence of those who watch elsewhere (C12)."""
        if attendance_id := who.meta.get("attendance"):
            async with self._desk.work(SYSTEM, origin="centrifugo", hot=True) as work:
                await audience.seen(work, attendance_id)

    async def _standing(self, user: Id, meta: Mapping[str, str]) -> Actor | None:
        """Whom the connection stands for, as the database knows it now."""
        if not user:
            return None
        return await self._sign_in.standing(user, meta.get("org", ""), meta.get("family"))

    def _claims(self, token: str) -> Claims:
        audiences: tuple[Audience, ...] = ("realtime", "api")
        try:
            for audience_of_token in audiences:
                try:
                    return self._tokens.read(token, audience_of_token)
                except BadToken:
                    continue
        except ExpiredToken as error:
            raise Refused(*TOKEN_EXPIRED, disconnect=True) from error
        raise Refused(*BAD_TOKEN, disconnect=True)

    def _expiry(self, attendance_id: Id | None) -> int:
        lifetime = SIGN_OF_LIFE if attendance_id else CONNECTION_LIFETIME
        return int((self._desk.clock() + lifetime).timestamp())

    def _answer(self, data: bytes, *, recoverable: bool, top: int, presence: bool = False) -> Subscribed:
        expires_at = int((self._desk.clock() + SUBSCRIPTION_LIFETIME).timestamp())
        return Subscribed(
            data=data, expires_at=expires_at, recoverable=recoverable, presence=presence, top=top
        )


def _connection(user: str, meta: Mapping[str, str]) -> Connection | None:
    """What a connection stands for; None for an anonymous one, and for what we never gave."""
    account_id, organization_id = parse_id(user), parse_id(meta.get("org", ""))
    others = {name: parse_id(meta[name]) for name in ("family", "attendance") if name in meta}
    if account_id is None or organization_id is None or None in others.values():
        return None
    return Connection(
        account_id=account_id,
        organization_id=organization_id,
        family_id=others.get("family"),
        attendance_id=others.get("attendance"),
    )


def is_on_their_own(who: Connected) -> bool:
    """Whether the connection was made with a realtime token of the account, bound to no session (C24)."""
    return who.meta.get("by") == "realtime" and "session" not in who.meta


def _meta(claims: Claims) -> dict[str, str]:
    """Comes back with every question, holds no address. Session channels need a realtime token (C24)."""
    found = {"org": claims.organization_id}
    if claims.family_id:
        found["family"] = claims.family_id
    if claims.audience == "realtime":
        found["by"] = "realtime"
        if claims.session_id:
            found["session"] = claims.session_id
        if claims.attendance_id:
            found["attendance"] = claims.attendance_id
    return found
