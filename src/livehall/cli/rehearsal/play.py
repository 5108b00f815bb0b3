"""The rehearsal itself: one host, an audience that arrives in a stream, a chat, an end."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from livehall.cli.rehearsal.door import Door, Refused, Seat
from livehall.cli.rehearsal.host import Host
from livehall.cli.rehearsal.light import LightViewer
from livehall.cli.rehearsal.talk import Talk
from livehall.cli.rehearsal.viewers import SdkViewer
from livehall.cli.rehearsal.watching import Sighting, Viewer

SDK_VIEWERS = 10  # a decoder each; the others would measure this machine's decoders and not the server
ARRIVALS_PER_S = 8.0
WORDS_PER_S = 25.0  # of all together: a fuller chat is sampled, as it is with people
PATIENCE_S = 15.0  # for a source to be seen, for the last messages to come
RETRY_S = 0.25


class Outcome(msgspec.Struct, kw_only=True):
    sightings: list[Sighting]
    said: int = 0  # chat messages that the API took
    attended: int | None = None  # None: the attendance could not be read
    troubles: list[str] = []


async def play(url: str, token: str, viewers: int, seconds: float, tell: Callable[[str], None]) -> Outcome:
    """Raises: Refused, when there is nothing to be watched at all."""
    async with Door(url, token) as house:
        room_id, session_id = await house.create("Rehearsal", viewers)
        host = Host()
        try:
            seat = await house.start(session_id)
            await _publish(host, seat)
            await _go_live(house, session_id)
            tell("The host is live.")
            outcome = await _audience(url, room_id, session_id, viewers, seconds, tell)
            try:
                await house.end(session_id)
                outcome.attended = await _attended(house, session_id, viewers)
            except Refused as error:
                outcome.troubles.append(str(error))
            return outcome
        finally:
            await host.stop()
            await _tidy(house, session_id, room_id)


async def _publish(host: Host, seat: Seat) -> None:
    try:
        await host.publish(seat)
    except Exception as error:  # the SDK's errors have no common root
        raise Refused(f"the host cannot connect to the media server: {error}") from error


async def _go_live(house: Door, session_id: str) -> None:
    """The server wants to have seen a source; that takes a moment after publishing."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            await house.go_live(session_id)
        except Refused:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
        else:
            return


async def _audience(
    url: str, room_id: str, session_id: str, viewers: int, seconds: float, tell: Callable[[str], None]
) -> Outcome:
    places = [Place(url, room_id, session_id, number) for number in range(1, viewers + 1)]
    try:
        begun = time.monotonic()
        arriving = []
        for number, place in enumerate(places):
            await asyncio.sleep(max(0.0, begun + number / ARRIVALS_PER_S - time.monotonic()))
            arriving.append(asyncio.create_task(place.arrive()))
        await asyncio.gather(*arriving)
        tell(f"{sum(not place.seen.trouble for place in places)} of {viewers} viewers are in; all write.")
        full = time.monotonic()
        await asyncio.gather(*(_write(place, number / WORDS_PER_S) for number, place in enumerate(places)))
        said = sum(place.has_written for place in places)
        await asyncio.sleep(max(0.0, full + seconds - time.monotonic()))
        await _hear_all(places, said)
        return Outcome(sightings=[place.seen for place in places], said=said)
    finally:
        await asyncio.gather(*(place.go() for place in places))


async def _write(place: "Place", after_s: float) -> None:
    await asyncio.sleep(after_s)
    await place.write()


async def _hear_all(places: "list[Place]", said: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while any(place.seen.messages < said for place in places if place.is_in):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(RETRY_S)


async def _attended(house: Door, session_id: str, viewers: int) -> int:
    """The media server's last reports may come a moment after the end."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := await house.attended(session_id)) < viewers and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(RETRY_S)
    return found


async def _tidy(house: Door, session_id: str, room_id: str) -> None:
    """Leave nothing behind, whatever went wrong before."""
    for step in (house.end(session_id), house.delete_room(room_id)):
        try:
            await step
        except Refused:
            continue


class Place:
    """One viewer with its account, its chat and its eyes."""

    def __init__(self, url: str, room_id: str, session_id: str, number: int) -> None:
        self._viewer: Viewer = SdkViewer() if number <= SDK_VIEWERS else LightViewer()
        self._door = Door(url)
        self._room_id, self._session_id = room_id, session_id
        self.seen = Sighting(name=f"Robot {number}", kind=self._viewer.kind)
        self._talk = Talk(self.seen)
        self._born = 0.0
        self.is_in = False
        self.has_written = False

    async def arrive(self) -> None:
        await self._door.__aenter__()
        try:
            await self._door.register(self.seen.name, self._room_id)
            self._born = time.monotonic()
            seat = await self._door.join(self._session_id, self.seen.name)
            await self._viewer.watch(seat, self.seen, self._born)
            await self._talk.open(seat, self._session_id)
            self.is_in = True
        except Exception as error:  # whatever keeps one robot out is its finding
            self.seen.trouble = str(error) or type(error).__name__

    async def write(self) -> None:
        if not self.is_in:
            return
        try:
            await self._door.say(self._session_id, f"Hello from {self.seen.name}")
            self.has_written = True
        except Refused as error:
            self.seen.trouble = str(error)

    async def go(self) -> None:
        try:
            await self._talk.close()
            if self.seen.picture_s is not None:
                self.seen.watched_s = time.monotonic() - self._born - self.seen.picture_s
            await self._viewer.stop()
            if self.is_in:
                await self._door.leave(self._session_id)
        except Exception as error:  # as above
            self.seen.trouble = self.seen.trouble or str(error) or type(error).__name__
        finally:
            await self._door.__aexit__(None, None, None)
