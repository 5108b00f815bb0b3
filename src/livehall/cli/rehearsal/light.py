"""Light receivers: they join as a browser does, check a sample of the packets, count the rest."""

import asyncio

from livehall.cli.rehearsal.door import Seat
from livehall.cli.rehearsal.watching import Kind, Sighting
from livehall.media.client.receiver import LightClient

LOOK_S = 0.05


class LightViewer:
    kind: Kind = "light"

    def __init__(self) -> None:
        self._client: LightClient | None = None
        self._seen: Sighting | None = None
        self._looking: asyncio.Task[None] | None = None

    async def watch(self, seat: Seat, seen: Sighting, born: float) -> None:
        """Raises: JoinFailed, PathFailed, TimeoutError."""
        self._seen = seen
        self._client = client = LightClient(seat.livekit_url, seat.token)
        await client.connect()
        seen.joined_s = client.connected_at - born
        self._looking = asyncio.create_task(self._look(client, seen, born))

    async def stop(self) -> None:
        if self._client is None:
            return
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        assert self._seen is not None
        totals = self._client.totals()
        self._seen.packets, self._seen.lost = totals.packets, totals.lost
        if totals.bad_samples:
            self._seen.trouble = f"{totals.bad_samples} of {totals.samples} packets were not authentic"
        await self._client.close()

    async def _look(self, client: LightClient, seen: Sighting, born: float) -> None:
        """Until the first packet of both kinds has come."""
        while seen.picture_s is None or seen.sound_s is None:
            if (picture := client.stream("video")) is not None:
                seen.picture_s = picture.first_at - born
            if (sound := client.stream("audio")) is not None:
                seen.sound_s = sound.first_at - born
            await asyncio.sleep(LOOK_S)
