"""What sessions answer while the media server is away."""

from types import SimpleNamespace

import pytest

from tests.dialects.live.test_sessions import error_of, planned
from tests.support.processes import free_port


@pytest.fixture
def media_server():
    """Nobody listens there."""
    return SimpleNamespace(http_port=free_port())


@pytest.mark.parametrize("call", ["start", "start-webcam"])
async def test_a_start_is_refused_and_nothing_is_changed(hall, call):
    ada = await hall.signed_in()
    session = await planned(ada)
    assert error_of(await ada.post(f"/sessions/{session['id']}/{call}")) == (502, "media_unavailable")
    found = (await ada.get(f"/sessions/{session['id']}")).json()["data"]
    assert found | {"updated_at": session["updated_at"]} == session


async def test_an_external_session_is_planned_and_ended_without_it(hall):
    ada = await hall.signed_in()
    session = await planned(ada, mode="external", external_url="https://example.org/live")
    assert error_of(await ada.post(f"/sessions/{session['id']}/go-live")) == (502, "media_unavailable")
    assert error_of(await ada.post(f"/sessions/{session['id']}/end")) == (409, "invalid_state")
