"""Faults of the server's own side: each egress ends and says so, whatever happens to it."""

import shutil
import sys
from pathlib import Path

import pytest
from livekit.protocol import egress as proto
from structlog.testing import capture_logs

from livehall.media.egress.faults import EgressFault
from tests.media.egress.stage import Show, camera, microphone, until
from tests.media.egress.test_service import Desk
from tests.media.egress.test_service import desk as desk  # the fixture

pytestmark = pytest.mark.media


def make_unwritable(state: Path) -> None:
    """A folder lies where the state is written first, so saving fails for root too."""
    (state / ".egress.json.tmp").mkdir(parents=True)


async def test_a_recorder_that_cannot_be_started_is_a_failed_egress(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    egress = await desk.record()
    info = await desk.ended()

    assert info.status == proto.EGRESS_FAILED
    assert "broke off" in info.error
    with pytest.raises(EgressFault, match="failed_precondition"):
        await desk.service.stop(proto.StopEgressRequest(egress_id=egress))


async def test_an_egress_whose_state_cannot_be_written_is_refused(desk: Desk) -> None:
    (desk.folder / ".state").write_text("a file where the folder should be")
    with pytest.raises(EgressFault, match="internal"):
        await desk.record()

    assert not (await desk.service.list(proto.ListEgressRequest())).items


async def test_a_line_that_is_no_report_is_passed_over(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chatty = tmp_path / "chatty"
    greet = 'case "$*" in *" record "*) echo "a library says hello";; esac'
    chatty.write_text(f'#!/bin/sh\n{greet}\nexec {sys.executable} "$@"\n')
    chatty.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(chatty))
    video, audio = camera(), microphone()
    desk.room.lines = [video, audio]
    with capture_logs() as logs:
        egress = await desk.record()
        await Show(video, audio).play(1)
        info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert [log["event"] for log in logs].count("not a report") == 1


async def test_a_state_that_cannot_be_saved_does_not_stop_the_recording(desk: Desk) -> None:
    video, audio = camera(), microphone()
    desk.room.lines = [video, audio]
    egress = await desk.record()
    make_unwritable(desk.folder / ".state" / egress)
    await Show(video, audio).play(1)
    await until(lambda: desk.told)  # its recorder has begun
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    assert [event for event, _ in desk.told] == ["egress_started", "egress_updated", "egress_ended"]


async def test_an_egress_that_cannot_be_taken_over_does_not_keep_the_others_from_it(desk: Desk) -> None:
    egress = await desk.record()
    state = desk.folder / ".state"
    left_behind = (state / egress / "egress.json").read_text()
    await desk.stop(egress)
    shutil.rmtree(state / egress)
    for name in ("EG_a", "EG_b"):
        (state / name).mkdir()
        (state / name / "egress.json").write_text(left_behind.replace(egress, name))
    make_unwritable(state / "EG_a")
    desk.told.clear()
    desk.service = desk.another_service()
    await desk.service.open()

    assert (await desk.ended()).egress_id == "EG_b"
