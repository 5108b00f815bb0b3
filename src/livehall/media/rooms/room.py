"""A room: who is in it, who receives what, and what is told to whom.

Order is kept everywhere: others hear of a participant before its tracks, of a track before its media, and
webhooks say the same in the same order.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from livekit.protocol import models, rtc

from livehall.media.rooms.calls import Calls
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.publication import Publication, new_sid
from livehall.media.rooms.speakers import SpeakerMeter
from livehall.media.sdp.choose import ENABLED
from livehall.media.tracks.programme import Observer
from livehall.media.tracks.track import Track

_REMEMBERED_S = 60.0  # those who left, for a client that lost its signalling meanwhile


class Reports(Protocol):
    """Webhooks, seen from a room."""

    def room(self, event: str, room: "Room") -> None: ...

    def participant(self, event: str, room: "Room", participant: Participant) -> None: ...

    def track(self, event: str, room: "Room", participant: Participant, track: models.TrackInfo) -> None: ...


class Room:
    """Satisfies `programme.Programme`."""

    def __init__(
        self,
        name: str,
        reports: Reports,
        *,
        empty_timeout_s: int,
        departure_timeout_s: int,
        max_participants: int = 0,
        metadata: str = "",
    ) -> None:
        self.sid = new_sid("RM_")
        self.name = name
        self.metadata = metadata
        self.max_participants = max_participants
        self.empty_timeout_s = empty_timeout_s
        self.departure_timeout_s = departure_timeout_s
        self.created_ms = time.time_ns() // 1_000_000
        self.participants: dict[str, Participant] = {}  # by identity
        self.empty_since = time.monotonic()
        self.had_participants = False
        self.is_closed = False
        self.calls = Calls()
        self.by_tcp: set[str] = set()  # identities that have asked to be sent to TCP when they come again
        self._reports = reports
        self._observers: list[Observer] = []
        self._departed: deque[tuple[float, models.ParticipantInfo]] = deque()  # oldest first
        self._speakers = SpeakerMeter()
        self._counts_told = (0, 0)

    # As seen from outside

    def info(self, *, with_counts: bool = True) -> models.Room:
        room = models.Room(
            sid=self.sid,
            name=self.name,
            metadata=self.metadata,
            empty_timeout=self.empty_timeout_s,
            departure_timeout=self.departure_timeout_s,
            max_participants=self.max_participants,
            creation_time=self.created_ms // 1000,
            creation_time_ms=self.created_ms,
            enabled_codecs=[models.Codec(mime=mime) for mime in ENABLED],
        )
        if with_counts:
            room.num_participants, room.num_publishers = self.counts()
        return room

    def counts(self) -> tuple[int, int]:
        """(participants, publishers), those who are hidden left out."""
        visible = [p for p in self.participants.values() if not p.grants.hidden]
        return len(visible), sum(p.is_publisher for p in visible)

    def published(self) -> tuple[Track, ...]:
        return tuple(
            publication.track
            for participant in self.participants.values()
            if participant.publications  # most people watch, and the clock asks often
            for publication in participant.publications.values()
            if publication.is_announced and publication.track is not None
        )

    def observe(self, observer: Observer) -> Callable[[], None]:
        self._observers.append(observer)

        def end() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return end

    def others(self, of: Participant) -> list[Participant]:
        return [p for p in self.participants.values() if p is not of]

    def visible_to(self, viewer: Participant) -> list[models.ParticipantInfo]:
        """Everybody whom `viewer` may know of, without itself."""
        return [p.info() for p in self.others(viewer) if p.is_active and not p.grants.hidden]

    def recently_left(self) -> list[models.ParticipantInfo]:
        self._forget_departed()
        return [info for _, info in self._departed if info.identity not in self.participants]

    def _forget_departed(self) -> None:
        horizon = time.monotonic() - _REMEMBERED_S
        while self._departed and self._departed[0][0] <= horizon:
            self._departed.popleft()

    # Coming and going

    def admit(self, participant: Participant) -> None:
        """What is there already is offered to a participant that has been told of it."""
        if participant.grants.may_subscribe and participant.auto_subscribe:
            for publisher in self.others(participant):
                for publication in publisher.publications.values():
                    self._offer_track(publisher, publication, participant)

    def participant_active(self, participant: Participant) -> None:
        self._reports.participant("participant_joined", self, participant)
        self.tell_of(participant)
        for publication in participant.publications.values():
            self.track_ready(participant, publication)

    async def remove(self, participant: Participant, reason: int) -> None:
        """It is gone: tracks first, then itself."""
        if participant.is_gone:
            return
        was_active = participant.is_active
        for publication in tuple(participant.publications.values()):
            participant.unpublish(publication)
        participant.disconnect_reason = reason
        participant.state = models.ParticipantInfo.DISCONNECTED
        participant.touch()
        event = "participant_left" if was_active else "participant_connection_aborted"
        self._reports.participant(event, self, participant)
        if self.participants.get(participant.identity) is participant:
            del self.participants[participant.identity]
        if was_active:
            self.tell_of(participant)
            if not participant.grants.hidden:
                self._forget_departed()
                self._departed.append((time.monotonic(), participant.info()))
        if not self.participants:
            self.empty_since = time.monotonic()
        await participant.close()

    async def close(self, reason: int) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        # A server that ends is soon followed by another one: clients shall look for it.
        is_restart = reason == models.SERVER_SHUTDOWN
        action = rtc.LeaveRequest.RECONNECT if is_restart else rtc.LeaveRequest.DISCONNECT
        for participant in tuple(self.participants.values()):
            participant.send_leave(reason, action)
            await self.remove(participant, reason)
        for observer in tuple(self._observers):
            observer.closed()
        self._observers.clear()
        self._reports.room("room_finished", self)

    # Telling

    def tell_of(self, participant: Participant) -> None:
        """Everybody hears the present state of `participant`; of a hidden one only itself."""
        update = rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[participant.info()]))
        participant.send(update)
        if not participant.grants.hidden:
            encoded = update.SerializeToString()
            for other in self.others(participant):
                other.send_encoded(encoded)

    def tell_of_room(self) -> None:
        self._counts_told = self.counts()
        update = rtc.SignalResponse(room_update=rtc.RoomUpdate(room=self.info()))
        self._tell_all(update)

    def tell_counts(self) -> None:
        if self.counts() != self._counts_told:
            self.tell_of_room()

    def speaking(self) -> dict[str, float]:
        """How loud those are who speak now, 0 to 1, by identity."""
        return self._speakers.levels

    def tell_speakers(self) -> None:
        news = self._speakers.changes([p for p in self.participants.values() if not p.grants.hidden])
        if news:
            self._tell_all(rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=news)))

    def _tell_all(self, message: rtc.SignalResponse) -> None:
        encoded = message.SerializeToString()
        for participant in self.participants.values():
            participant.send_encoded(encoded)

    # Tracks

    def track_ready(self, publisher: Participant, publication: Publication) -> None:
        """Announce a track once its publisher is connected and a section carries it."""
        track = publication.track
        if publication.is_announced or track is None or not publisher.is_active:
            return
        publication.is_announced = True
        publisher.touch()
        self._reports.track("track_published", self, publisher, publication.info)
        self.tell_of(publisher)
        for observer in tuple(self._observers):
            observer.track_published(track)
        for other in self.others(publisher):
            if other.auto_subscribe:
                self._offer_track(publisher, publication, other)

    def track_gone(self, publisher: Participant, publication: Publication) -> None:
        if not publication.is_announced:
            return
        publication.is_announced = False
        publisher.touch()
        self._reports.track("track_unpublished", self, publisher, publication.info)
        self.tell_of(publisher)
        for other in self.others(publisher):
            other.receiving.unsubscribe(publication.sid)
        if publication.track is not None:
            for observer in tuple(self._observers):
                observer.track_unpublished(publication.track)

    def track_muted(self, publisher: Participant, publication: Publication) -> None:
        publisher.touch()
        self.tell_of(publisher)
        if publication.track is not None:
            for observer in tuple(self._observers):
                observer.track_muted(publication.track)

    def find_track(self, sid: str) -> tuple[Participant, Publication] | None:
        for participant in self.participants.values():
            if (publication := participant.publications.get(sid)) is not None:
                return participant, publication
        return None

    def subscribe(self, subscriber: Participant, sid: str) -> None:
        found = self.find_track(sid)
        subscriber.refused_tracks.discard(sid)
        if found is not None and found[0] is not subscriber:
            self._offer_track(*found, subscriber)

    def unsubscribe(self, subscriber: Participant, sid: str) -> None:
        subscriber.refused_tracks.add(sid)
        subscriber.receiving.unsubscribe(sid)

    def permissions_changed(self, participant: Participant) -> None:
        """Its grants are new: take away what it may no longer have, give what it now may."""
        for publication in tuple(participant.publications.values()):
            if not participant.grants.may_publish_source(publication.info.source):
                participant.unpublish(publication)
                gone = rtc.TrackUnpublishedResponse(track_sid=publication.sid)
                participant.send(rtc.SignalResponse(track_unpublished=gone))
        for publisher in self.others(participant):
            for publication in publisher.publications.values():
                if not participant.grants.may_subscribe:
                    participant.receiving.unsubscribe(publication.sid)
                elif participant.auto_subscribe:
                    self._offer_track(publisher, publication, participant)
        participant.touch()
        self.tell_of(participant)
        participant.send_token()

    def policy_changed(self, publisher: Participant) -> None:
        """The publisher has said anew who may receive its tracks."""
        for other in self.others(publisher):
            for publication in publisher.publications.values():
                if publisher.lets_receive(other, publication.sid):
                    if other.auto_subscribe:
                        self._offer_track(publisher, publication, other)
                elif publication.sid in other.receiving.wanted:
                    other.receiving.unsubscribe(publication.sid)
                    self._tell_permission(publisher, publication, other, allowed=False)

    def _offer_track(self, publisher: Participant, publication: Publication, to: Participant) -> None:
        track = publication.track
        if track is None or not publication.is_announced or publication.sid in to.receiving.wanted:
            return
        if not to.grants.may_subscribe or publication.sid in to.refused_tracks or publisher.grants.hidden:
            return
        allowed = publisher.lets_receive(to, publication.sid)
        self._tell_permission(publisher, publication, to, allowed=allowed)
        if allowed:
            to.receiving.subscribe(track, publisher.sid)
            if not publication.first_subscriber_told:
                publication.first_subscriber_told = True
                first = rtc.TrackSubscribed(track_sid=publication.sid)
                publisher.send(rtc.SignalResponse(track_subscribed=first))

    def _tell_permission(
        self, publisher: Participant, publication: Publication, to: Participant, *, allowed: bool
    ) -> None:
        update = rtc.SubscriptionPermissionUpdate(
            participant_sid=publisher.sid, track_sid=publication.sid, allowed=allowed
        )
        to.send(rtc.SignalResponse(subscription_permission_update=update))

    # Data

    def pass_data(self, sender: Participant | None, label: str, packet: models.DataPacket) -> None:
        """To those it is addressed to, or to everybody but its sender, and who still connects among them."""
        if sender is not None and self.calls.heard(sender.identity, packet):
            return
        identities = set(packet.destination_identities)
        sids: set[str] = set()
        if packet.WhichOneof("value") == "user":
            identities |= set(packet.user.destination_identities)
            sids = set(packet.user.destination_sids)
        encoded = packet.SerializeToString()
        for participant in self.participants.values():
            if participant is sender:
                continue
            if (
                (identities or sids)
                and participant.identity not in identities
                and participant.sid not in sids
            ):
                continue
            participant.send_data(label, encoded)
