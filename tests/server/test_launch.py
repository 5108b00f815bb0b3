"""What the embedded media server is told by the settings of the hall."""

from pathlib import Path

import pytest

from livehall.server.launch import media_settings
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

PUBLIC = {"LIVEHALL_HOST": "0.0.0.0", "LIVEHALL_PUBLIC_URL": "https://live.example.org"}


@pytest.mark.parametrize(
    ("environ", "listen", "advertise"),
    [
        ({}, ("127.0.0.1",), ("127.0.0.1",)),
        ({**PUBLIC, "LIVEHALL_MEDIA_ADVERTISE": "203.0.113.7"}, ("0.0.0.0", "::"), ("203.0.113.7",)),
        (
            {**PUBLIC, "LIVEHALL_MEDIA_LISTEN": "192.0.2.2,2001:db8::2"},
            ("192.0.2.2", "2001:db8::2"),
            ("192.0.2.2", "2001:db8::2"),
        ),
    ],
    ids=["this machine", "behind NAT", "several addresses"],
)
def test_media_is_taken_and_told_where_the_settings_say(tmp_path: Path, environ, listen, advertise):
    told = media_settings(load_settings(environ), load_secrets(tmp_path))
    assert told.listen == listen
    assert told.advertise == advertise
    assert told.tcp_port == 0
    assert told.turn_urls == ()


def test_tcp_and_turn_are_handed_on(tmp_path: Path):
    urls = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp")
    environ = {
        **PUBLIC,
        "LIVEHALL_MEDIA_TCP_PORT": "7881",
        "LIVEHALL_MEDIA_TURN_URLS": ",".join(urls),
        "LIVEHALL_MEDIA_TURN_SECRET": "shared",
        "LIVEHALL_MEDIA_TURN_LIFETIME_S": "900",
    }
    told = media_settings(load_settings(environ), load_secrets(tmp_path))
    assert (told.tcp_port, told.turn_urls) == (7881, urls)
    assert (told.turn_secret, told.turn_lifetime_s) == ("shared", 900)
    told.check()
