"""A media process to be killed: `python -m tests.media.egress.media_process FOLDER SECONDS`.

Records a show, prints the numbers that were shown as JSON, and then goes on living without saying an end.
"""

import asyncio
import json
import sys
from pathlib import Path

from livekit.protocol import egress as proto

from livehall.media.egress.service import EgressService
from tests.media.egress.stage import Room, Show, camera, microphone


async def main(folder: Path, seconds: float) -> None:
    video, audio = camera(), microphone()
    service = EgressService(lambda _: Room(video, audio), lambda *_: None, folder)
    await service.start(
        proto.RoomCompositeEgressRequest(
            room_name="hall", file_outputs=[proto.EncodedFileOutput(filepath="show.mp4")]
        )
    )
    show = Show(video, audio)
    await show.play(seconds)
    await asyncio.sleep(0.5)  # what is on its way to the recorder may arrive
    print(json.dumps(show.shown), flush=True)
    await asyncio.sleep(3600)


asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
