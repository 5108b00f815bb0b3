"""The doctor finds what would keep a session from working, and says how to mend it."""

import socket

import pytest
from starlette.responses import PlainTextResponse

from livehall.server.diagnosis import address, examine, machine, parts
from livehall.server.health import Readiness, internal_app
from livehall.server.process import exclusive
from livehall.server.settings import load_settings
from tests.server.serving import served
from tests.support.processes import free_port


@pytest.fixture
def hall(tmp_path):
    """Settings with free ports and a directory of their own; further variables may be given."""

    def _hall(**environ):
        ports = {
            "LIVEHALL_PORT": free_port(),
            "LIVEHALL_INTERNAL_PORT": free_port(),
            "LIVEHALL_MEDIA_PORT": free_port(),
            "LIVEHALL_MEDIA_UDP_PORT": free_port(socket.SOCK_DGRAM),
        }
        own = {"LIVEHALL_DATA": str(tmp_path / "data"), **{name: str(port) for name, port in ports.items()}}
        return load_settings({**own, **environ})

    return _hall


async def test_a_sound_machine_has_no_bad_finding(hall):
    findings = [finding async for finding in examine(hall())]
    assert [finding for finding in findings if finding.grade == "bad"] == []
    assert len(findings) >= 12


def test_a_taken_port_is_bad_and_names_its_setting(hall):
    settings = hall()
    with socket.create_server(("127.0.0.1", settings.http.port)):
        found = next(iter(machine.tcp_ports(settings, running=False)))
    assert (found.grade, "LIVEHALL_PORT" in found.fix) == ("bad", True)


def test_a_taken_udp_port_is_bad(hall):
    settings = hall()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", settings.media.udp_port))
        found = machine.udp_port(settings, running=False)
    assert (found.grade, "LIVEHALL_MEDIA_UDP_PORT" in found.fix) == ("bad", True)


def test_a_running_server_is_known_by_its_lock(hall):
    settings = hall()
    assert not machine.is_running(settings)
    with exclusive(settings.data / "serve.lock", "x"):
        assert machine.is_running(settings)


def test_a_directory_that_cannot_be_made_is_bad(hall, tmp_path):
    (tmp_path / "file").write_text("x")
    found = machine.data_directory(hall(LIVEHALL_DATA=str(tmp_path / "file" / "data")))
    assert (found.grade, "LIVEHALL_DATA" in found.fix) == ("bad", True)


async def test_a_damaged_database_is_bad(hall):
    settings = hall()
    settings.data.mkdir()
    (settings.data / "livehall.db").write_bytes(b"no database at all" * 100)
    assert (await parts.database(settings)).grade == "bad"


async def test_a_postgresql_that_is_away_is_bad_and_its_password_is_not_shown(hall):
    found = await parts.database(
        hall(LIVEHALL_DATABASE_URL=f"postgresql://live:hush@127.0.0.1:{free_port()}/live")
    )
    assert found.grade == "bad"
    assert "hush" not in str(found)


async def test_a_postgresql_that_answers_is_good(hall, postgres_url):
    assert (await parts.database(hall(LIVEHALL_DATABASE_URL=postgres_url))).grade == "good"


async def test_several_processes_need_as_many_connections_and_ports(hall, postgres_url):
    settings = hall(
        LIVEHALL_DATABASE_URL=postgres_url, LIVEHALL_API_PROCESSES="6", LIVEHALL_INTERNAL_PORT="8001"
    )
    found = await parts.database(settings)
    assert (found.grade, "6 api processes open up to 66 connections" in found.text) == ("bad", True)
    subjects = [each.subject for each in machine.tcp_ports(settings, running=True)]
    assert [f"TCP {port}" in subjects for port in range(8001, 8008)] == [True] * 6 + [False]


async def test_a_media_server_that_is_away_is_bad(hall):
    settings = hall(
        LIVEHALL_MEDIA_URL=f"ws://127.0.0.1:{free_port()}",
        LIVEHALL_MEDIA_API_KEY="APIx",
        LIVEHALL_MEDIA_API_SECRET="s" * 32,
    )
    assert (await parts.media_server(settings, running=False)).grade == "bad"


@pytest.mark.parametrize(
    ("url", "grade"),
    [
        ("https://live.example.org", "good"),
        ("http://127.0.0.1:8000", "good"),
        ("http://localhost", "good"),
        ("http://live.example.org", "bad"),
        ("http://192.168.1.5:8000", "bad"),
    ],
)
def test_a_public_address_without_https_is_bad(hall, url, grade):
    assert address.public_address(hall(LIVEHALL_PUBLIC_URL=url)).grade == grade


async def test_a_name_without_an_address_is_bad(hall):
    found = await address.reached(hall(LIVEHALL_PUBLIC_URL="https://nowhere.invalid"), running=False)
    assert (found.grade, "DNS" in found.fix) == ("bad", True)


async def test_another_program_at_the_public_address_is_found_out(hall):
    async with served(PlainTextResponse("hello"), lifespan="off") as port:
        found = await address.reached(hall(LIVEHALL_PUBLIC_URL=f"http://127.0.0.1:{port}"), running=True)
    assert (found.grade, "Another program" in found.fix) == ("bad", True)


def test_a_proxy_that_is_not_trusted_is_a_weakness(hall):
    https = "https://live.example.org"
    assert address.proxy(hall(LIVEHALL_PUBLIC_URL=https)).grade == "weak"
    assert (
        address.proxy(hall(LIVEHALL_PUBLIC_URL=https, LIVEHALL_TRUSTED_PROXIES="127.0.0.1")).grade == "good"
    )


async def test_every_bad_or_weak_finding_has_a_fix(hall):
    findings = [finding async for finding in examine(hall(LIVEHALL_PUBLIC_URL="http://nowhere.invalid"))]
    assert [finding for finding in findings if finding.grade != "good" and not finding.fix] == []


@pytest.mark.parametrize("running", [True, False])
def test_a_port_zero_is_chosen_at_the_start(hall, running):
    settings = hall(LIVEHALL_MEDIA_PORT="0", LIVEHALL_MEDIA_UDP_PORT="0")
    found = [*machine.tcp_ports(settings, running=running), machine.udp_port(settings, running=running)]
    chosen = [finding.subject for finding in found if finding.text.startswith("chosen at the start")]
    assert chosen == ["TCP any", "UDP any"]


@pytest.mark.parametrize(("fault", "grade"), [(None, "good"), (OSError("away"), "bad")])
async def test_media_on_a_chosen_port_is_judged_by_what_the_running_server_says(hall, fault, grade):
    async def check():
        if fault:
            raise fault

    app = internal_app(Readiness({"media": check}), reports_to=PlainTextResponse(""))
    async with served(app, lifespan="off") as port:
        settings = hall(LIVEHALL_MEDIA_PORT="0", LIVEHALL_INTERNAL_PORT=str(port))
        assert (await parts.media_server(settings, running=True)).grade == grade


async def test_media_on_a_chosen_port_is_bad_when_the_server_does_not_tell(hall):
    found = await parts.media_server(hall(LIVEHALL_MEDIA_PORT="0"), running=True)
    assert (found.grade, "LIVEHALL_INTERNAL_PORT" in found.fix) == ("bad", True)


def test_how_packets_are_forwarded_is_told(hall, monkeypatch):
    missing = "nothing_of_this_name"
    assert "by the interpreter" in parts.forwarding(hall(LIVEHALL_MEDIA_NATIVE="off")).text
    monkeypatch.setattr("livehall.media.net.native._MODULE", missing)
    assert parts.forwarding(hall()).grade == "good"
    found = parts.forwarding(hall(LIVEHALL_MEDIA_NATIVE="on"))
    assert (found.grade, "LIVEHALL_MEDIA_NATIVE" in found.fix) == ("bad", True)
