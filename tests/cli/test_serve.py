"""`livehall serve`: one command starts all, brings back what dies, ends all."""

import asyncio
import http.client
import os
import re
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.server.test_tls import name_shown, write_pair
from tests.support.hall import COMMAND, Hall, hall
from tests.support.processes import Program
from tests.support.waiting import wait_until

CODECS = ("libavcodec", "libx264", "libx265", "imageio_ffmpeg")  # docs/operate/licences.md


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demonstration hall for the tests that leave it as it is."""
    with hall(tmp_path_factory.mktemp("demo"), demo=True) as running:
        yield running


def printed(running: Hall) -> str:
    return running.program.log_path.read_text(errors="replace")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_says_where_people_find_it(demo):
    wait_until(lambda: "is ready" in printed(demo), within=30, what="the words of welcome")
    for part in (demo.url, f"UDP port {demo.udp_port}", str(demo.data), "SQLite", "/metrics"):
        assert part in printed(demo)


def test_the_sign_in_link_of_the_demonstration_works_once(demo):
    code = demo.sign_in_link.partition("#code=")[2]
    first, second = [httpx.post(f"{demo.url}/api/v1/auth/exchange", json={"code": code}) for _ in range(2)]
    assert first.status_code == 200
    assert first.json()["data"]["user"]["role"] == "admin"
    assert second.status_code >= 400


def test_the_room_of_the_demonstration_is_public(demo):
    room_id = demo.room_link.rpartition("/")[2]
    assert httpx.get(f"{demo.url}/api/v1/rooms/{room_id}").status_code == 200


def test_only_short_words_of_health_are_public(demo):
    answers = [httpx.get(f"{demo.url}{path}") for path in ("/healthz", "/readyz")]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "ok\n"), (200, "ready\n")]
    assert "livehall_requests_total" not in httpx.get(f"{demo.url}/metrics").text


def test_figures_and_details_of_health_are_on_loopback(demo):
    inside = f"http://127.0.0.1:{demo.internal_port}"
    assert set(httpx.get(f"{inside}/readyz").json()["parts"].values()) == {"ok"}
    assert "livehall_requests_total" in httpx.get(f"{inside}/metrics").text


def test_nothing_but_the_intended_ports_is_open(demo):
    pids = [demo.program.pid, demo.pid("api"), demo.pid("media")]
    media = int(demo.environ["LIVEHALL_MEDIA_PORT"])
    wanted = (demo.port, demo.internal_port, media, demo.rtmp_port)
    assert listening(pids) == {("127.0.0.1", port) for port in wanted}


def test_signalling_passes_and_the_server_api_does_not(demo):
    assert httpx.get(f"{demo.url}/rtc/validate?access_token=no.such.token").status_code == 401
    assert httpx.post(f"{demo.url}/twirp/livekit.RoomService/ListRooms", json={}).status_code in (404, 405)


def test_a_media_connection_with_an_offer_in_its_address_comes_through(demo):
    address = f"{demo.url}/rtc/v1?access_token=no.such.token&join_request={'x' * 60_000}"
    with pytest.raises(InvalidStatus) as refused:
        connect(address.replace("http:", "ws:"))
    assert refused.value.response.status_code == 401  # the media server's own word on the token


def test_no_codec_library_is_loaded_by_api_or_media(demo):
    for child in ("api", "media"):
        loaded = Path(f"/proc/{demo.pid(child)}/maps").read_text()
        assert [name for name in CODECS if name in loaded] == []


@pytest.mark.media
def test_a_rehearsal_is_clean_and_says_which_viewers_decode(demo):
    said = demo.command("rehearse", "--viewers", "12", "--seconds", "5")
    assert "10 full SDK clients that decode" in said
    assert "2 light receivers that count packets" in said
    assert "12 of 12 viewers" in said
    assert "Clean" in said


def test_a_client_may_pause_longer_than_a_breath_and_go_on_with_its_connection(demo):
    client = http.client.HTTPConnection(demo.url.removeprefix("http://"), timeout=10)
    client.auto_open = 0
    client.connect()
    for pause_s in (0, 6):
        time.sleep(pause_s)  # the pause is what is tested
        client.request("GET", "/api/v1/rooms")
        answer = client.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    client.close()


def test_an_answer_carries_its_id_and_the_browsers_rules(demo):
    answer = httpx.get(f"{demo.url}/api/v1/rooms", headers={"x-request-id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_second_start_on_the_same_data_refuses(demo, tmp_path):
    environ = {
        **demo.environ,
        "LIVEHALL_PORT": "0",
        "LIVEHALL_INTERNAL_PORT": "0",
        "LIVEHALL_MEDIA_PORT": "0",
        "LIVEHALL_MEDIA_RTMP_PORT": "0",
    }
    second = Program("second serve", [*COMMAND, "serve"], log=tmp_path / "log", env=environ, cwd=tmp_path)
    wait_until(lambda: not second.is_running, within=30, what="the second start has ended")
    assert f"Livehall already runs with the data in {demo.data}" in second.log()
    assert f"process {demo.program.pid}" in second.log()


def test_a_taken_port_is_said_in_words(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = Hall(tmp_path, {"LIVEHALL_PORT": str(port)}, demo=False)
        wait_until(lambda: not running.program.is_running, within=30, what="the start has ended")
    assert f"Port {port} on 127.0.0.1 is taken" in printed(running)
    assert "Traceback" not in printed(running)


@pytest.mark.parametrize("child", ["api", "media"])
def test_a_killed_child_is_back_and_nobody_is_refused_meanwhile(tmp_path, child):
    with hall(tmp_path) as running:
        first = running.pid(child)
        running.kill(first)
        assert httpx.get(f"{running.url}/healthz", timeout=20).text == "ok\n"  # waits in the backlog
        wait_until(lambda: running.pid(child) != first, within=15, what="another process")
        wait_until(running.is_ready, within=15, what="ready again")


def test_it_serves_from_postgresql(tmp_path, postgres_url):
    with hall(tmp_path, database_url=postgres_url, demo=True) as running:
        wait_until(lambda: "(PostgreSQL)" in printed(running), within=30, what="the words of welcome")
        room_id = running.room_link.rpartition("/")[2]
        assert httpx.get(f"{running.url}/api/v1/rooms/{room_id}").status_code == 200


def test_https_on_the_port_itself_takes_a_renewed_certificate(tmp_path):
    cert, key = write_pair(tmp_path, "first.example")
    running = Hall(tmp_path, {"LIVEHALL_TLS_CERT": str(cert), "LIVEHALL_TLS_KEY": str(key)}, demo=False)
    try:
        wait_until(lambda: "is ready" in printed(running), within=60, what="the words of welcome")
        assert f"https://127.0.0.1:{running.port}" in printed(running)
        assert asyncio.run(name_shown(running.port)) == "first.example"
        write_pair(tmp_path, "second.example")
        wait_until(
            lambda: asyncio.run(name_shown(running.port)) == "second.example",
            within=20,
            what="the new certificate",
        )
    finally:
        running.program.stop(20)


def test_sigterm_ends_every_process_in_time_and_in_order(tmp_path):
    with hall(tmp_path) as running:
        pids = [running.program.pid, running.pid("api"), running.pid("media")]
        begun = time.monotonic()
        os.kill(running.program.pid, signal.SIGTERM)
        wait_until(lambda: not any(is_alive(pid) for pid in pids), within=30, what="all have ended")
        assert time.monotonic() - begun < 10
        assert "Livehall has ended." in printed(running)
        assert running.faults() == []


def test_children_do_not_outlive_a_killed_parent(tmp_path):
    with hall(tmp_path) as running:
        children = [running.pid("api"), running.pid("media")]
        os.kill(running.program.pid, signal.SIGKILL)
        wait_until(
            lambda: not any(is_alive(pid) for pid in children), within=30, what="the children have ended"
        )


def test_no_token_is_in_the_log(demo):
    token = demo.token("host@demo.livehall.invalid")
    with httpx.Client(base_url=f"{demo.url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/auth/me").status_code == 200
        client.get(f"/rooms?access_token={token}")
    logged = [line for line in printed(demo).splitlines() if line.startswith("{")]
    assert logged
    assert not any(re.search(r"eyJ[\w-]+\.[\w-]+\.", line) for line in logged)
    assert not any(demo.sign_in_link.partition("=")[2] in line for line in logged)


def listening(pids: list[int]) -> set[tuple[str, int]]:
    """Addresses on which these processes accept TCP."""
    inodes = set()
    for pid in pids:
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            link = os.readlink(fd)
            if link.startswith("socket:["):
                inodes.add(link[8:-1])
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:  # 0A is LISTEN in the kernel's tcp_states.h
            address, port = fields[1].split(":")
            found.add((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    return found
