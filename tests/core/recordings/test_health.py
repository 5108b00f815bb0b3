"""How programmes arrive, measured for those who listen."""

from livehall.core.recordings.health import Health, Healths
from livehall.core.sessions.model import Session
from livehall.kernel.actor import Actor
from livehall.kernel.work import Desk
from tests.core.recordings.conftest import Hall
from tests.support.on_air import on_air
from tests.support.statements import Noted


async def test_a_round_over_many_sessions_asks_as_often_as_over_one(hall: Hall, host: Actor) -> None:
    sessions = [await on_air(hall.desk, host) for _ in range(3)]
    recorded, packaged, bare = sessions
    await hall.recorder.start(host, recorded.id)
    await hall.recorder.stop(host, recorded.id)
    await hall.recorder.start(host, recorded.id)
    await hall.recorder.ensure_hls(host, packaged.id)

    one, asked_for_one = await _round(hall.desk, [recorded])
    all_of_them, asked_for_all = await _round(hall.desk, sessions)
    assert asked_for_all == asked_for_one
    assert one == {recorded.id: ("none", "starting")}
    assert all_of_them == {**one, packaged.id: ("starting", None), bare.id: ("none", None)}


async def _round(desk: Desk, of: list[Session]) -> tuple[dict[str, tuple[str, str | None]], int]:
    """What is told by session (HLS, recording), and how many statements that took."""
    told: list[Health] = []
    noted = Noted(desk.database)
    healths = Healths(Desk(noted, clock=desk.clock), None, lambda: [each.id for each in of], told.append)  # type: ignore[arg-type]
    await healths.tell()
    found = {each.session.id: (each.outputs.hls, each.outputs.recording) for each in told}
    return found, len(noted.read_statements)
