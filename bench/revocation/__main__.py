"""`python -m bench.revocation`: from the answer of a ban until socket, media and HLS are closed.

A whole hall on SQLite with a host on air. Each time somebody who watches by the media server and listens, and
somebody who plays by HLS, are banned; what is promised is 2 s (realtime.md §1). A closing that does not come
at all fails the part.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path

from livekit import rtc
from tests.journeys.test_revocation import PROMISED_S, Ear, Watcher, a_guest, an_hls_player, now_is, somebody
from tests.support.hall import Hall, hall
from tests.support.waiting import eventually

from bench.rows import Row, hand_over, row

PATIENCE_S = 15.0
LOOK_S = 0.01
WAYS = ("socket", "media connection", "HLS")
Times = dict[str, list[float]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.revocation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="bans of each kind")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # the hall's log, at its end
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-"))
        running = stack.enter_context(hall(Path(folder)))
        took = asyncio.run(measured(running, arguments.rounds))
    return hand_over(rows(took))


def rows(took: Times) -> list[Row]:
    found = []
    for way in WAYS:
        ordered = sorted(took[way])
        p50, p95 = ordered[len(ordered) // 2], ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
        words = f"from a ban to the closed {way}"
        found.append(row("revocation", f"{words}, p50", "ms", round(1000 * p50, 1)))
        found.append(
            row(
                "revocation", f"{words}, p95 of {len(ordered)}", "ms", round(1000 * p95, 1),
                1000 * PROMISED_S, peer_name="promised", more_is_better=False, budget=1.0,
            )
        )  # fmt: skip
    return found


async def measured(running: Hall, rounds: int) -> Times:
    """Seconds of each closing, by its way."""
    took: Times = {way: [] for way in WAYS}
    ada = await somebody(running, "ada", "host")
    room = await ada.api.post("/rooms", {"title": "Talks"})
    planned = await ada.api.post(f"/rooms/{room['id']}/sessions", {"title": "Evening"})
    ada.session_id = planned["session"]["id"]
    try:
        await on_air(ada)
        for number in range(rounds):
            await banned_from_media(running, ada, number, took)
            await banned_from_hls(running, ada, number, took)
    finally:
        await ada.close()
    return took


async def on_air(ada: Watcher) -> None:
    """With sound, which HLS is made of."""
    started = await ada.api.post(f"/sessions/{ada.session_id}/start", {"go_live": True})
    await ada.room.connect(started["livekit_url"], started["token"])
    sound = rtc.LocalAudioTrack.create_audio_track("microphone", rtc.AudioSource(48_000, 1))
    await ada.room.local_participant.publish_track(
        sound, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )


async def banned_from_media(running: Hall, ada: Watcher, number: int, took: Times) -> None:
    eve = await a_guest(running, f"Eve {number}", ada.session_id)
    try:
        await eve.watch()
        channels = [f"{kind}:{eve.session_id}" for kind in ("session", "chat")]
        async with Ear().listening(eve.seat["realtime"], *channels) as ear:
            since = await ban(ada, eve)
            await asyncio.gather(
                closed("socket", now_is(lambda: ear.closed is not None), since, took),
                closed("media connection", now_is(lambda: eve.is_out), since, took),
            )
    finally:
        await eve.close()


async def banned_from_hls(running: Hall, ada: Watcher, number: int, took: Times) -> None:
    hal = await a_guest(running, f"Hal {number}", ada.session_id)
    try:
        player = await an_hls_player(ada, hal)

        async def is_refused() -> bool:
            return await player() == 403

        await closed("HLS", is_refused, await ban(ada, hal), took)
    finally:
        await hal.close()


async def ban(ada: Watcher, whom: Watcher) -> float:
    """When it was answered."""
    await ada.api.post(f"/sessions/{ada.session_id}/bans", {"user_id": whom.account_id})
    return time.monotonic()


async def closed(way: str, is_closed: Callable[[], Awaitable[object]], since: float, took: Times) -> None:
    await eventually(is_closed, within=PATIENCE_S, what=f"the closed {way}", every=LOOK_S)
    took[way].append(time.monotonic() - since)


if __name__ == "__main__":
    sys.exit(main())
