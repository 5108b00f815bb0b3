"""What this server may call that somebody else has named."""

import socket

import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from livehall.engines.addresses import PrivateAddress, leads_outside, outward
from livehall.engines.webhooks import HttpCarrier
from livehall.kernel.addresses import is_public_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a00:1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:0a00:0001::1", "2001:0:1::1",
        "localhost", "",
        # IANA's special-purpose registries; what Python calls global depends on its version
        "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "240.0.0.1", "239.255.255.255", "::ffff:192.0.0.8", "64:ff9b::192.88.99.1",
        "2002:c058:6301::1", "3fff::1", "3fff:fff:ffff::1", "5f00::1", "100::1", "100:0:0:1::1", "2001:1::1",
        "2001:2::1", "2001:20::1", "2001:db8::1", "4000::1",
    ],
)  # fmt: skip
def test_an_address_of_a_private_network_is_none_of_the_public_one_in_any_form(address):
    assert not is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "192.0.1.1", "192.88.98.1", "192.88.100.1", "100.128.0.1", "172.32.0.1", "198.20.0.1",
        "223.255.255.1", "2606:4700::1111", "2001:200::1", "2a00:1450::1", "3fff:1000::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2002:0808:0808::1",
    ],
)  # fmt: skip
def test_a_public_address_is_one_in_any_form(address):
    assert is_public_address(address)


async def test_a_name_leads_outside_only_if_every_address_behind_it_does():
    assert not await leads_outside("localhost", 443)
    assert not await leads_outside("0x7f.1", 443)
    assert await leads_outside("8.8.8.8", 443)


def test_a_socket_is_made_for_an_address_that_was_looked_at():
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80))
    with pytest.raises(PrivateAddress):
        outward(private=False)(info)
    outward(private=True)(info).close()


@pytest.fixture
async def elsewhere():
    """A server of somebody else: what it was sent, and where it is."""
    heard = []

    async def answer(request):
        heard.append((request.path, dict(request.headers), await request.read()))
        if request.path == "/moved":
            raise web.HTTPFound("/hook", headers={"Set-Cookie": "a=b"})
        return web.Response(text="x" * 100_000 if request.path == "/long" else "thank\x07 you")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield heard, site._server.sockets[0].getsockname()[1]
    await runner.cleanup()


async def test_a_carrier_calls_once_and_follows_nobody(elsewhere):
    heard, port = elsewhere
    carrier = HttpCarrier(private=True, seconds=5)
    good = await carrier.post(f"http://127.0.0.1:{port}/hook", {"webhook-id": "m"}, b"{}")
    assert (good.status, good.excerpt, good.is_good, good.error) == (200, "thank  you", True, None)
    moved = await carrier.post(f"http://127.0.0.1:{port}/moved", {}, b"{}")
    assert (moved.status, moved.is_good) == (302, False)
    assert len((await carrier.post(f"http://127.0.0.1:{port}/long", {}, b"{}")).excerpt) == 500
    assert [path for path, _, _ in heard] == ["/hook", "/moved", "/long"]
    assert (heard[0][1]["webhook-id"], heard[0][2]) == ("m", b"{}")
    assert "Cookie" not in heard[2][1]
    await carrier.close()


async def test_a_carrier_calls_nothing_of_its_own_network(elsewhere):
    heard, port = elsewhere
    carrier = HttpCarrier(private=False, seconds=5)
    for host in ("127.0.0.1", "localhost", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"):
        refused = await carrier.post(f"http://{host}:{port}/hook", {}, b"{}")
        assert (refused.status, refused.error) == (None, "private_address"), host
    assert (
        await carrier.post(f"http://2130706433:{port}/hook", {}, b"{}")
    ).error == "broken_off"  # no address
    assert heard == []
    await carrier.close()


async def test_a_name_that_is_moved_after_the_check_is_caught_where_it_is_connected_to(
    elsewhere, monkeypatch
):
    """DNS rebinding: what counts is the address of the connection, whatever the name said before."""
    heard, port = elsewhere
    carrier = HttpCarrier(private=False, seconds=5)
    answers = iter(["8.8.8.8", "127.0.0.1"])

    async def resolve(self, host, port=0, family=socket.AF_INET):
        found = {"hostname": host, "host": next(answers), "port": port, "family": socket.AF_INET}
        return [{**found, "proto": 0, "flags": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    assert (await ThreadedResolver().resolve("moving.example"))[0]["host"] == "8.8.8.8"  # who looks first
    refused = await carrier.post(f"http://moving.example:{port}/hook", {}, b"{}")
    assert (refused.status, refused.error, heard) == (None, "private_address", [])
    await carrier.close()


async def test_a_carrier_says_in_a_word_why_nothing_came():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    carrier = HttpCarrier(private=True, seconds=2)
    assert (await carrier.post(f"http://127.0.0.1:{port}/", {}, b"{}")).error == "refused"
    assert (await carrier.post(f"https://127.0.0.1:{port}/", {}, b"{}")).error == "refused"
    await carrier.close()
