"""A whole hall as it is installed: what it listens on, and what its log holds (threats 38, 39)."""

from pathlib import Path

import httpx
import pytest

from tests.support.hall import hall

pytestmark = pytest.mark.media

LOOPBACK_4, LOOPBACK_6 = "0100007F", "00000000000000000000000001000000"
PASSWORD = "correct horse battery"
WORDS = "nobody else shall read this"


def listening(pid: int) -> set[tuple[str, str, int]]:
    """Protocol, address and port of every socket that this process waits on, from proc(5)."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for protocol, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == state and fields[9] in inodes:
                found.add((protocol, address, int(port, 16)))
    return found


def test_without_settings_only_the_documented_ports_are_open_and_only_to_this_machine(tmp_path):
    with hall(tmp_path) as running:
        found = listening(running.program.pid) | listening(running.pid("api"))
        found |= listening(running.pid("media"))
    assert {address for _, address, _ in found} <= {LOOPBACK_4, LOOPBACK_6}
    assert {(protocol[:3], port) for protocol, _, port in found} == {
        ("tcp", running.port),
        ("tcp", running.internal_port),
        ("tcp", int(running.environ["LIVEHALL_MEDIA_PORT"])),
        ("tcp", running.rtmp_port),
        ("udp", running.udp_port),
    }


def test_the_log_of_a_session_holds_no_token_password_or_message(tmp_path):
    with hall(tmp_path, settings={"LIVEHALL_LOG_LEVEL": "debug"}) as running:
        running.add_account()
        host = httpx.Client(
            base_url=f"{running.url}/api/v1", headers={"Authorization": f"Bearer {running.token()}"}
        )
        with host:
            secrets = _evening(host)
    log = running.program.log_path.read_text()
    assert "/sessions/" in log, "calls are logged at this level"
    assert [secret for secret in secrets if secret in log] == []


def _evening(host: httpx.Client) -> list[str]:
    """A session with everything that is secret in it; what must not be found afterwards."""

    def call(path: str, body: object = None) -> dict:
        answer = host.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    refused = host.post("/auth/login", json={"email": "ada@example.org", "password": PASSWORD})
    assert refused.status_code == 401
    room = call("/rooms", {"title": "Inner", "password": PASSWORD})
    session = call(f"/rooms/{room['id']}/sessions", {"title": "First"})["session"]["id"]
    started = call(f"/sessions/{session}/start")
    viewer = call("/auth/viewers", {"username": "Li", "email": "li@example.org"})
    renewed = call("/auth/refresh", {"refresh_token": viewer["refresh_token"]})
    studio = call(f"/sessions/{session}/studio-url")
    exchanged = call("/auth/exchange", {"code": studio["code"]})
    seat = call(f"/sessions/{session}/join")
    call(f"/sessions/{session}/chat", {"message": WORDS})
    address = started["livekit_url"].replace("ws", "http", 1)
    media = httpx.get(f"{address}/rtc/validate", params={"access_token": started["token"]})
    assert media.status_code == 200
    return [
        PASSWORD, WORDS, started["token"], seat["token"], seat["realtime"]["token"], studio["code"],
        *(each[name] for each in (viewer, renewed, exchanged) for name in ("access_token", "refresh_token")),
        viewer["device_token"], host.headers["Authorization"].removeprefix("Bearer "), "li@example.org",
    ]  # fmt: skip
