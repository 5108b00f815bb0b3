"""A media server that encoders may come to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from livekit.protocol import ingress as proto

from livehall.media.serve import MediaServer
from tests.media.conftest import Hooks, Stage, settings
from tests.support.processes import free_port


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path) -> AsyncIterator[Stage]:
    chosen = settings(hooks, tmp_path, rtmp_port=free_port(), departure_timeout_s=20)
    async with MediaServer(chosen) as server, AsyncExitStack() as stack:
        yield Stage(server, stack, hooks)


async def an_ingress(stage: Stage, kind: int = proto.RTMP_INPUT, **changes: object) -> proto.IngressInfo:
    request = {
        "input_type": kind,
        "name": "encoder",
        "room_name": "hall",
        "participant_identity": "encoder",
        "participant_name": "OBS",
        **changes,
    }
    return await (await stage.api()).ingress.create_ingress(proto.CreateIngressRequest(**request))
