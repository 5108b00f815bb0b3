"""A subscriber behind a link that becomes narrow and wide again, by the official SDK."""

import pytest

pytest.importorskip("livekit.rtc")

from tests.media.conformance.people import Person
from tests.media.conftest import Stage, eventually
from tests.media.congestion.narrow import moved_signalling, narrow_way

pytestmark = pytest.mark.media

DEADLINE_S = 60.0


def widths(person: Person, last: int = 5) -> set[int]:
    """Of the last pictures that were decoded."""
    return {width for seen in person.pictures.values() for width, _ in seen[-last:]}


async def test_sound_goes_on_while_the_picture_follows_the_link(stage: Stage):
    alice, bob = Person(), Person()
    server = stage.server
    async with (
        narrow_way(server.udp_port) as (way, near_port),
        moved_signalling(stage.url, server.udp_port, near_port) as signal_url,
    ):
        try:
            await alice.room.connect(stage.url, stage.token("alice"))
            await bob.room.connect(signal_url, stage.token("bob"))
            await alice.film(size=(1280, 720), simulcast=True, is_busy=True)
            await alice.speak()
            downlink = server.rooms.find("hall").participants["bob"].receiving.downlink
            await bob.until(lambda: widths(bob) == {1280}, DEADLINE_S)

            way.rate_bps = 700_000
            await bob.until(lambda: widths(bob) and max(widths(bob)) < 1280, DEADLINE_S)

            way.rate_bps = 110_000
            await eventually(lambda: downlink.is_pausing, DEADLINE_S)
            heard = sum(bob.sounds.values())
            await bob.until(lambda: sum(bob.sounds.values()) > heard + 200, DEADLINE_S)

            way.rate_bps = None
            await bob.until(lambda: widths(bob) == {1280}, DEADLINE_S)
        finally:
            await alice.leave()
            await bob.leave()
