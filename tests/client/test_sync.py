"""The plain client over real sockets: repeats, broken connections, files."""

from datetime import UTC, datetime

import httpx
import pytest

from livehall.client import Conflict, Livehall, NotFound, RateLimited, Unavailable, Unreachable, Unreadable
from tests.support.processes import free_port


class Way(httpx.HTTPTransport):
    """The way to the hall, on which the first answers are lost, or replaced by others."""

    def __init__(self, *mishaps):
        super().__init__()
        self.mishaps, self.sent = list(mishaps), []

    def handle_request(self, request):
        self.sent.append(request)
        mishap = self.mishaps.pop(0) if self.mishaps else None
        if isinstance(mishap, httpx.Response):
            return mishap
        response = super().handle_request(request)
        if mishap is not None:
            response.close()
            raise mishap
        return response


@pytest.fixture
def ada(running):
    with Livehall(running.url, token=running.token("ada")) as client:
        yield client


def by(running, way):
    return Livehall(running.url, token=running.token("ada"), transport=way)


def busy(status=503, after="0"):
    return httpx.Response(status, headers={"Retry-After": after}, json={})


LOST = httpx.ReadError("broken")


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(running, ada):
    way = Way(LOST)
    with by(running, way) as client:
        room = client.create_room(title="Only once")
    assert [each.title for each in ada.iter_rooms(search="Only once")] == ["Only once"]
    assert ada.get_room(room.id).id == room.id
    assert len({each.headers["Idempotency-Key"] for each in way.sent}) == 1
    assert len(way.sent) == 2


def test_a_repeat_waits_for_the_lost_call_that_still_runs(running):
    in_use = {"error": {"code": "conflict", "message": "The first call with this key has not ended."}}
    way = Way(LOST, httpx.Response(409, json=in_use))
    with by(running, way) as client:
        assert client.create_room(title="Slow").title == "Slow"
    assert len(way.sent) == 3


def test_a_conflict_of_the_first_sending_is_told_at_once(running):
    way = Way()
    with by(running, way) as client:
        client.create_room(title="One", idempotency_key="order-18")
        with pytest.raises(Conflict):
            client.create_room(title="Another", idempotency_key="order-18")
    assert len(way.sent) == 2


def test_a_key_of_the_callers_own_holds_over_calls(ada):
    first = ada.create_room(title="Mine", idempotency_key="order-17")
    assert ada.create_room(title="Mine", idempotency_key="order-17").id == first.id


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_hall_is_asked_again_when_it_says(running, status):
    way = Way(busy(status), busy(status))
    with by(running, way) as client:
        assert client.get_me().email == "ada@example.org"
    assert len(way.sent) == 3


def test_patience_has_an_end(running):
    with by(running, Way(*[busy()] * 3)) as client, pytest.raises(Unavailable):
        client.get_me()
    with by(running, Way(*[LOST] * 3)) as client, pytest.raises(Unreachable):
        client.get_me()


def test_a_hall_that_wants_a_long_wait_is_left_to_the_caller(running):
    with by(running, Way(busy(429, "3600"))) as client, pytest.raises(RateLimited) as limited:
        client.get_me()
    assert limited.value.retry_after == 3600


def test_what_may_not_be_repeated_is_sent_once(running, ada):
    session = running.ada.new_session()
    for mishap, fault in ((LOST, Unreachable), (busy(), Unavailable)):
        way = Way(mishap)
        with by(running, way) as client, pytest.raises(fault):
            client.end_session(session)
        assert len(way.sent) == 1


def test_nobody_there():
    with Livehall(f"http://127.0.0.1:{free_port()}") as client, pytest.raises(Unreachable):
        client.health_check()


def test_something_else_at_the_address(running):
    with (
        by(running, Way(httpx.Response(200, text="<html>"))) as client,
        pytest.raises(Unreadable),
    ):
        client.get_me()


def test_a_file_is_streamed_or_saved(running, ada, tmp_path):
    begin = datetime(2030, 5, 1, 18, tzinfo=UTC)
    planned = ada.create_session(running.ada.room, title="Evening", mode="webcam", scheduled_start_time=begin)
    session = planned.session.id
    with ada.get_session_calendar(session) as file:
        assert file.media_type == "text/calendar"
        assert file.read().startswith(b"BEGIN:VCALENDAR")
    with ada.get_session_calendar(session) as file:
        file.save(tmp_path / "session.ics")
    assert (tmp_path / "session.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    with pytest.raises(NotFound), ada.get_session_calendar("01900000-0000-7000-8000-000000000000"):
        pass


def test_a_signed_address_gets_no_credential_of_ours(running):
    way = Way(httpx.Response(302, headers={"Location": f"{running.url}/api/v1/health"}))
    session = running.ada.new_session()
    with by(running, way) as client, client.get_session_calendar(session) as file:
        assert b"status" in file.read()
    assert ["Authorization" in each.headers for each in way.sent] == [True, False]
    with by(running, way) as client, client.download(f"{running.url}/api/v1/health") as file:
        assert b"status" in file.read()
    assert "Authorization" not in way.sent[-1].headers


def test_a_range_goes_along_to_where_the_file_is(running):
    way = Way(httpx.Response(302, headers={"Location": f"{running.url}/api/v1/health"}))
    recording = "01900000-0000-7000-8000-000000000000"
    with (
        by(running, way) as client,
        client.serve_recording_file(recording, token="signed", byte_range="bytes=0-9") as file,
    ):
        assert not file.partial  # an address without ranges answers whole
    assert [each.headers["Range"] for each in way.sent] == ["bytes=0-9"] * 2


def test_an_id_is_never_more_than_a_segment_of_the_path(ada):
    with pytest.raises(NotFound):
        ada.get_room("../sessions?page=1")
    with pytest.raises(ValueError, match="no id"):
        ada.get_room("..")


def test_an_address_and_a_credential_are_checked_at_once():
    with pytest.raises(ValueError, match="no address"):
        Livehall("hall.example.org")
    with pytest.raises(ValueError, match="not both"):
        Livehall("https://hall.example.org", token="t", api_key="k")
