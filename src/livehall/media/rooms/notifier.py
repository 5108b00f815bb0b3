"""Webhooks: signed, in order, one queue for each receiver.

The order of events is the order of `notify`. An event that a receiver does not take is sent again, later
and later, before the next one is tried. A receiver that does not answer may be starting again, so it gets
`GIVE_UP_S`; one that answers with a fault of its own gets `MOST_FAULTS` tries, and one that says no (4xx) is
not asked again. Then the event is dropped, and the next one says how many were. A receiver that is away for
long costs memory up to `MOST_WAITING` events, then the oldest are dropped.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress

import aiohttp
import structlog
from google.protobuf.json_format import MessageToJson
from livekit.protocol import models, webhook

from livehall.media.rooms.participant import Participant
from livehall.media.rooms.publication import new_sid
from livehall.media.rooms.room import Room
from livehall.media.rooms.tokens import Keys

GIVE_UP_S = 120.0
MOST_FAULTS = 7  # 5xx answers to one event, about 13 s: the event itself is what the receiver falls over
MOST_WAITING = 10_000
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 10.0
_LATER = (408, 429)  # the 4xx that ask for another try (RFC 9110 section 15.5.9, RFC 6585 section 4)
_FAREWELL_S = 2.0  # for what still waits when the server ends
log = structlog.get_logger(__name__)


class _Receiver:
    def __init__(self, url: str, sign: "Notifier") -> None:
        self._url = url
        self._notifier = sign
        self._waiting: deque[webhook.WebhookEvent] = deque()
        self._news = asyncio.Event()
        self._dropped = 0
        self._task: asyncio.Task[None] | None = None
        self.is_idle = asyncio.Event()
        self.is_idle.set()

    def put(self, event: webhook.WebhookEvent) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(event)
        self.is_idle.clear()
        self._news.set()
        if self._task is None:
            self._task = asyncio.create_task(self._deliver(), name=f"webhooks to {self._url}")

    async def close(self) -> None:
        if self._task is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self.is_idle.wait(), _FAREWELL_S)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _deliver(self) -> None:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            while True:
                while self._waiting:
                    event = self._waiting[0]
                    event.num_dropped = self._dropped
                    is_taken = await self._send(http, event)
                    self._dropped = 0 if is_taken else self._dropped + 1
                    if self._waiting and self._waiting[0] is event:
                        self._waiting.popleft()
                self.is_idle.set()
                self._news.clear()
                await self._news.wait()

    async def _send(self, http: aiohttp.ClientSession, event: webhook.WebhookEvent) -> bool:
        body = MessageToJson(event, indent=None).encode()
        wait, faults = _FIRST_WAIT_S, 0
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            headers = {
                "Content-Type": "application/webhook+json",
                "Authorization": self._notifier.signature(body),
            }
            try:
                async with http.post(self._url, data=body, headers=headers) as answer:
                    if answer.status < 300:
                        return True
                    fault = f"status {answer.status}"
                    faults += answer.status >= 500
                    is_final = answer.status < 500 and answer.status not in _LATER
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                fault, is_final = repr(error), False
            log.info("webhook not taken", url=self._url, webhook=event.event, fault=fault)
            if is_final or faults >= MOST_FAULTS:
                break
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        log.warning("webhook dropped", url=self._url, webhook=event.event)
        return False


class Notifier:
    """Satisfies `room.Reports`."""

    def __init__(self, urls: tuple[str, ...], keys: Keys, api_key: str) -> None:
        self._keys = keys
        self._api_key = api_key
        self._receivers = [_Receiver(url, self) for url in urls]

    def signature(self, body: bytes) -> str:
        return self._keys.sign_webhook(self._api_key, body)

    def notify(self, event: webhook.WebhookEvent) -> None:
        """Send to every receiver; `id` and `created_at` are filled in."""
        event.id = new_sid("EV_")
        event.created_at = int(time.time())
        for receiver in self._receivers:
            own = webhook.WebhookEvent()
            own.CopyFrom(event)
            receiver.put(own)

    async def drained(self) -> None:
        """Until everything that was to be sent has been sent or given up."""
        for receiver in self._receivers:
            await receiver.is_idle.wait()

    async def close(self) -> None:
        for receiver in self._receivers:
            await receiver.close()

    # What rooms say

    def room(self, event: str, room: Room) -> None:
        self.notify(webhook.WebhookEvent(event=event, room=room.info(with_counts=False)))

    def participant(self, event: str, room: Room, participant: Participant) -> None:
        with_counts = event == "participant_left"
        self.notify(
            webhook.WebhookEvent(
                event=event, room=room.info(with_counts=with_counts), participant=participant.info()
            )
        )

    def track(self, event: str, room: Room, participant: Participant, track: models.TrackInfo) -> None:
        self.notify(
            webhook.WebhookEvent(
                event=event,
                room=models.Room(sid=room.sid, name=room.name),
                participant=models.ParticipantInfo(sid=participant.sid, identity=participant.identity),
                track=track,
            )
        )
