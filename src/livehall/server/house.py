"""Every part of the api process, built once from the settings and joined by their ports."""

import asyncio
import hmac
from collections import defaultdict
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from livehall.core.audience import jobs as audience_jobs
from livehall.core.audience import reactions as audience_reactions
from livehall.core.audience import replays
from livehall.core.chat import applause
from livehall.core.chat.applause import Applause
from livehall.core.chat.files import Files
from livehall.core.exports import fields as export_fields
from livehall.core.exports import making
from livehall.core.exports.making import Maker
from livehall.core.insight import keeping
from livehall.core.insight.keeping import KeptFigures
from livehall.core.invitees.letters import Invitations
from livehall.core.messages.pace import Pace
from livehall.core.moderation import reactions as moderation_reactions
from livehall.core.people import oauth
from livehall.core.people.api_keys import ApiKeys
from livehall.core.people.bearers import Bearers
from livehall.core.people.privacy import Retention
from livehall.core.people.signers import Signers
from livehall.core.polls import jobs as poll_jobs
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.secrecy import Secrecy
from livehall.core.ports.mail import Stationery
from livehall.core.ports.media import MediaOutputs, MediaReports, MediaRooms
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.storage import Storage, TargetStores
from livehall.core.ports.tokens import ClientTokens, Passwords, Tokens
from livehall.core.questions import jobs as question_jobs
from livehall.core.questions.votes import AskingPace, Votes
from livehall.core.recordings import health
from livehall.core.recordings import jobs as recording_jobs
from livehall.core.recordings import reactions as recording_reactions
from livehall.core.recordings.bringing import Films
from livehall.core.recordings.cleaning import Cleaner
from livehall.core.recordings.keeping import Keeper
from livehall.core.recordings.links import Links
from livehall.core.recordings.shelves import Shelves
from livehall.core.recordings.steps import Recorder
from livehall.core.reminders import jobs as reminder_jobs
from livehall.core.reminders import reactions as reminder_reactions
from livehall.core.reminders.appointments import Appointments
from livehall.core.reminders.confirmations import Confirmations
from livehall.core.reminders.jobs import Courier
from livehall.core.rooms import shelves
from livehall.core.sessions import countdown, reconciler
from livehall.core.sessions import jobs as session_jobs
from livehall.core.sessions import reactions as session_reactions
from livehall.core.sessions.encoders import Encoders
from livehall.core.stage import jobs as stage_jobs
from livehall.core.stage import reactions as stage_reactions
from livehall.core.webhooks import rules as webhook_rules
from livehall.core.webhooks import sending
from livehall.core.webhooks.formats import Formats
from livehall.core.webhooks.letters import SwitchOffLetters
from livehall.core.webhooks.ops import Terms
from livehall.core.webhooks.sending import Sending
from livehall.core.webhooks.store import reached as webhooks_reached
from livehall.core.webhooks.telling import Telling
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.exporting.sheets import LiveSheets
from livehall.dialects.live.realtime.gate import LiveGate
from livehall.dialects.live.realtime.publishing import publish_to
from livehall.dialects.live.realtime.revocations import revocations
from livehall.dialects.live.realtime.routes import ProxySecret
from livehall.dialects.live.realtime.signals import Signals
from livehall.dialects.live.recordings.hls import HlsDoor
from livehall.dialects.live.sign_in import SignIn
from livehall.dialects.live.webhooks.writer import LiveWriter
from livehall.dialects.meltingspot.hooks.writer import MeltingspotWriter
from livehall.engines.films import ChildInspector
from livehall.engines.mail import JinjaStationery
from livehall.engines.media import LiveKit
from livehall.engines.passwords import ArgonPasswords
from livehall.engines.realtime import Everywhere, Hub
from livehall.engines.sealing import AesGcm
from livehall.engines.storage import OwnStores
from livehall.engines.tokens import JwtTokens
from livehall.engines.tokens.clients import RsaTokens, new_key
from livehall.engines.tokens.signed import CustomerTokens
from livehall.engines.webhooks import HttpCarrier
from livehall.gateway.centrifugo import push_frames
from livehall.kernel import idempotency, trimming
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import utc_now
from livehall.kernel.db import behind
from livehall.kernel.ids import Id
from livehall.kernel.relay import Reaction, Relay, forget_taken
from livehall.kernel.work import Desk
from livehall.server.database import bus_of, database_of
from livehall.server.health import Check
from livehall.server.loops import END_S, Loop, Loops
from livehall.server.mail import post_of
from livehall.server.secrets import Secrets, load_oauth_keys, media_credentials
from livehall.server.settings import Settings
from livehall.server.storage import storage_of

RECONCILE_S = 5.0
SWEEP_S = 5.0
CLEAN_S = 3600.0
VOTED = "voted"  # what a process says to the one that gathers results


class House:
    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self.settings, self.secrets = settings, secrets
        self.database = database_of(settings)
        self.desk = Desk(self.database, note=shelves.note)
        self.tokens = JwtTokens(secrets.token_key)
        self.passwords = ArgonPasswords()
        self.sealing = AesGcm(secrets.at_rest_key)
        self.stores = OwnStores(private=settings.storage.private_targets, clock=utc_now)
        self.storage = Shelves(self.desk, self.sealing, storage_of(settings), self.stores)
        self.media = LiveKit(
            settings.media_api_url,
            *media_credentials(settings, secrets),
            private_targets=settings.media.private_targets,
        )
        self.links = Links(hmac.digest(secrets.token_key, b"signed addresses", "sha256"))
        self.encoders = Encoders(self.media.ingress, self.sealing)
        self.recorder = Recorder(self.desk, self.media.outputs, self.sealing, public_url=settings.public_url)
        self.keeper = Keeper(self.desk, self.storage, settings.recordings)
        grace = timedelta(days=settings.storage.grace_days)
        self.cleaner = Cleaner(self.desk, self.storage, settings.recordings, grace)
        self.films = Films(self.desk, ChildInspector(), settings.recordings, settings.storage.largest_film)
        self.stationery = JinjaStationery(settings.mail_sender)
        post = post_of(settings)
        self.appointments = Appointments(self.desk, post, self.stationery, public_url=settings.public_url)
        self.invitations = Invitations(
            self.desk, post, self.stationery, self.sealing, public_url=settings.public_url
        )
        self.confirmations = Confirmations(
            self.desk, post, self.stationery, self.sealing, public_url=settings.public_url
        )
        self.switch_off_letters = SwitchOffLetters(
            self.desk, post, self.stationery, public_url=settings.public_url
        )
        self.figures = KeptFigures(self.desk)
        self.courier = Courier(self.desk, post, self.stationery, self.sealing, public_url=settings.public_url)
        self.hls = HlsDoor(self.desk, self.links, settings.recordings)
        self.client_tokens = RsaTokens(
            lambda: load_oauth_keys(settings.data, new_key), f"{settings.public_url}{api.prefix}"
        )
        self.bearers = Bearers(self.desk, self.client_tokens)
        self.signers = Signers(self.desk, self.sealing, CustomerTokens())
        self.keys = ApiKeys(self.desk)
        self.sign_in = SignIn(self.desk, self.tokens, self.bearers, self.keys)
        self.formats = Formats({"live": LiveWriter(), "meltingspot": MeltingspotWriter()})
        history = timedelta(days=settings.store.history_days)
        self.terms = Terms(
            private=settings.webhooks.private_targets,
            patience=timedelta(days=settings.webhooks.patience_days),
            history=history,
        )
        self.retention = Retention(
            deleted_recordings=grace,
            history=history,
            audit=max(history, timedelta(days=settings.store.audit_days)),
            webhook_deliveries=webhook_rules.KEPT,
            exports=export_fields.KEPT,
        )
        self.carrier = HttpCarrier(private=settings.webhooks.private_targets)
        self.telling = Telling(self.desk, self.formats)
        self.sending = Sending(self.desk, self.carrier, self.sealing, self.terms)
        self.bus = bus_of(settings)
        self.ballots = Ballots(
            Secrecy(hmac.digest(secrets.token_key, b"anonymous votes", "sha256")), pass_on=self._pass_on
        )
        self.gate = LiveGate(self.desk, self.tokens, self.sign_in, self.ballots)
        self.hub = Hub(self.gate, push_frames)
        self.everywhere = Everywhere(self.hub, self.bus)
        self.signals = Signals(self.everywhere)
        self.counts = audience_jobs.ViewerCounts(self.desk, self.signals.viewer_count)
        self.results = poll_jobs.PollResults(self.desk, self.ballots, self.signals.poll_results)
        self.applause = Applause(self.signals.reactions)
        self.files = Files(self.desk, self.storage, settings.data / "incoming")
        self.maker = Maker(self.desk, self.storage, settings.data / "incoming", LiveSheets(self.ballots))
        self.votes = Votes()
        self.questions = question_jobs.VoteCounts(self.desk, self.votes, self.signals.question_votes)
        self.countdowns = countdown.Countdowns(self.desk, self.signals.countdown)
        self.healths = health.Healths(
            self.desk, self.encoders, lambda: self.everywhere.listened("staff"), self.signals.stream_health
        )
        self.hands = stage_jobs.HandCounts(self.desk, self.signals.hand_count)
        self.relay = Relay(
            self.database, publish=publish_to(self.hub), reactions=self._reactions(), bus=self.bus
        )
        self.desk.committed, self.desk.follows = self.relay.wake, self.relay.follows
        self.loops = Loops(self._rounds(), leads=lambda: self.bus.leads)
        self.bus.on(VOTED, self._hear_vote)
        self.bus.on_change(self.results.begin_anew)
        self.bus.on_change(self.hands.begin_anew)
        self._relaying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises: DatabaseUnavailable."""
        await self.database.open()
        await self.gate.start()
        await self.relay.start()
        await self.bus.start()
        self._relaying = asyncio.get_running_loop().create_task(self.relay.run(), name="relay")
        self.loops.start()

    async def stop(self) -> None:
        self.hub.shutdown()
        await self.gate.stop()
        await self.loops.stop()
        await self.keeper.stop()
        await self.maker.stop()
        await self.sending.stop()
        await self.carrier.close()
        if self._relaying is not None:
            self.relay.end()
            await asyncio.wait((self._relaying,), timeout=END_S)
            self._relaying.cancel()
            await asyncio.gather(self._relaying, return_exceptions=True)
        await self.bus.stop()
        await self.media.close()
        self.passwords.close()
        await self.database.close()

    def services(self) -> dict[type[Any], object]:
        """What routes may ask for, by type."""
        settings = self.settings
        return {
            Tokens: self.tokens,
            Passwords: self.passwords,
            Sealing: self.sealing,
            Storage: self.storage,
            TargetStores: self.stores,
            Stationery: self.stationery,
            ClientTokens: self.client_tokens,
            Bearers: self.bearers,
            SignIn: self.sign_in,
            ApiKeys: self.keys,
            Signers: self.signers,
            MediaRooms: self.media.rooms,
            MediaOutputs: self.media.outputs,
            MediaReports: self.media.reports,
            LiveGate: self.gate,
            Recorder: self.recorder,
            Encoders: self.encoders,
            Keeper: self.keeper,
            Films: self.films,
            Cleaner: self.cleaner,
            Links: self.links,
            Formats: self.formats,
            Terms: self.terms,
            Retention: self.retention,
            Ballots: self.ballots,
            Pace: Pace(),
            Files: self.files,
            Applause: self.applause,
            AskingPace: AskingPace(),
            Votes: self.votes,
            ProxySecret: ProxySecret(self.secrets.centrifugo_secret),
            Addresses: Addresses(
                public=settings.http.public_url.rstrip("/") or None,
                media=settings.media.url.rstrip("/") or None,
            ),
        }

    def checks(self) -> dict[str, Check]:
        """What must work, part by part; each raises when it does not."""
        return {
            "database": self._check_database,
            "media": self._check_media,
            "realtime": self._check_realtime,
            "storage": self._check_storage,
        }

    def allows_origin(self, host: str, origin: str) -> bool:
        """Whether a page from `origin` may open the realtime door at `host`."""
        place = urlsplit(origin).netloc
        return place == host or origin.rstrip("/") == self.settings.public_url

    def _reactions(self) -> dict[str, list[Reaction]]:
        """All slices' reactions, by type of event, in the order of tiers."""
        merged: dict[str, list[Reaction]] = defaultdict(list)
        at_once = (
            # First, so that a recording ends with its session and not with the farewell.
            recording_reactions.reactions(
                self.recorder,
                self.keeper,
                self.settings.recordings,
                packages_at_go_live=self.settings.media.hls == "always",
            ),
            session_reactions.reactions(self.media.rooms, self.media.ingress),
            audience_reactions.reactions(self.desk, self.media.rooms),
            stage_reactions.reactions(self.desk, self.media.rooms),
            revocations(self.desk, self.everywhere),
            moderation_reactions.reactions(self.desk, self.media.rooms, self.everywhere, self.sealing),
        )
        afterwards = (  # letters and figures, thousands at once where many are invited or registered
            reminder_reactions.reactions(self.desk),
            self.appointments.by_event(),
            self.confirmations.by_event(),
            self.invitations.by_event(),
            self.figures.by_event(),
            self.switch_off_letters.by_event(),
        )
        for part in at_once:
            for kind, reactions in part.items():
                merged[kind].extend(reactions)
        for part in afterwards:
            for kind, reactions in part.items():
                merged[kind].extend(behind(each) for each in reactions)
        merged["session.ended"].insert(1, self.signals.session_over)
        return dict(merged)

    def _rounds(self) -> list[Loop]:
        desk, rooms = self.desk, self.media.rooms
        return [
            Loop("media rooms", RECONCILE_S, lambda: reconciler.reconcile_rooms(desk, rooms, self.encoders)),
            Loop("encoders", RECONCILE_S, lambda: self.encoders.reconcile(desk)),
            Loop("presence", RECONCILE_S, lambda: audience_jobs.reconcile_presence(desk, rooms)),
            Loop("recordings over their plan", SWEEP_S, lambda: recording_jobs.stop_over_plan(self.recorder)),
            Loop("outputs", RECONCILE_S, lambda: recording_jobs.reconcile_outputs(self.recorder)),
            Loop("recordings to publish", SWEEP_S, recording_jobs.Publisher(desk).publish_due),
            Loop("files left behind", RECONCILE_S, self.keeper.keep_left),
            Loop("cleanups", RECONCILE_S, self.cleaner.clean_running),
            Loop("deleted recordings", CLEAN_S, self.cleaner.plan),
            Loop("films that nobody waits for", CLEAN_S, self.films.sweep),
            Loop("silent viewers", SWEEP_S, lambda: audience_jobs.sweep(desk)),
            Loop("silent replays", SWEEP_S, lambda: replays.sweep(desk)),
            Loop("idle sessions", SWEEP_S, lambda: session_jobs.sweep_idle(desk)),
            Loop("health of streams", health.EVERY_S, self.healths.tell),
            Loop("countdowns", countdown.EVERY_S, self.countdowns.tell),
            Loop("empty meetings", SWEEP_S, lambda: audience_jobs.end_empty_meetings(desk)),
            Loop("sessions over their plan", SWEEP_S, lambda: session_jobs.sweep_overdue(desk)),
            Loop("polls out of time", poll_jobs.CLOSE_S, lambda: poll_jobs.close_due(desk, self.ballots)),
            Loop("poll results", poll_jobs.RESULTS_S, self.results.gather),
            Loop("files of the chat", SWEEP_S, self.files.sweep),
            Loop("exports", making.EVERY_S, self.maker.make_due),
            Loop("exports whose time is over", SWEEP_S, self.maker.sweep),
            Loop("applause", applause.GATHER_S, self.applause.gather),
            Loop("votes for questions", question_jobs.COUNT_S, self.questions.gather),
            Loop("notices", reminder_jobs.EVERY_S, self.courier.deliver),
            Loop("webhooks to tell", sending.EVERY_S, self.telling.gather),
            Loop("webhooks to send", sending.EVERY_S, self.sending.start_due),
            Loop("vanished from the stage", SWEEP_S, lambda: stage_jobs.sweep(desk)),
            Loop("rights on stage", stage_jobs.SETTLE_S, lambda: stage_jobs.reconcile_rights(desk, rooms)),
            Loop("raised hands", stage_jobs.COUNT_S, self.hands.count),
            Loop("kept figures", keeping.EVERY_S, self.figures.gather),
            Loop("viewer counts", audience_jobs.COUNT_S, self.counts.count),
            Loop("old keys", CLEAN_S, self._clean),
        ]

    def _pass_on(self, poll_id: Id) -> bool:
        """The one that leads gathers the results of polls."""
        if not self.bus.leads:
            self.bus.say(VOTED, poll_id.encode())
        return not self.bus.leads

    async def _hear_vote(self, _speaker: str, body: bytes) -> None:
        if self.bus.leads:
            self.ballots.note(body.decode())

    async def _clean(self) -> None:
        await forget_taken(self.database)
        await self.telling.forget()
        keep = timedelta(days=self.settings.store.history_days)
        await trimming.trim(
            self.database,
            now=self.desk.clock(),
            keep=keep,
            keep_audit=timedelta(days=self.settings.store.audit_days),
            readers=(webhooks_reached,),
        )
        await reminder_jobs.forget_settled(self.desk, keep)
        await self.cleaner.forget_ended(keep)
        async with self.desk.work(SYSTEM, origin="job", hot=True) as work:
            await idempotency.forget(work.db, work.now)
            await oauth.forget(work)

    async def _check_database(self) -> None:
        async with self.desk.read(SYSTEM) as read:
            await idempotency.find(read.db, "", read.now)

    async def _check_media(self) -> None:
        await self.media.rooms.present("readiness")

    async def _check_realtime(self) -> None:
        if self.hub.closed:
            raise RuntimeError("the hub is closed")
        if self._relaying is None or self._relaying.done():
            raise RuntimeError("the relay does not run")
        if not self.bus.stands:
            raise RuntimeError("the line to the other processes is down")

    async def _check_storage(self) -> None:
        await self.storage.find("readiness")
