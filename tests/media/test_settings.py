import json

import pytest

from livehall.media.settings import SettingsInvalid, from_environment, from_json

GOOD = {"keys": {"key": "s" * 32}}


def test_settings_come_from_json():
    settings = from_json(json.dumps({**GOOD, "port": 0, "advertise": ["192.0.2.7"], "output_dir": "/x"}))
    assert settings.advertise == ("192.0.2.7",)
    assert settings.port == 0


def test_settings_come_from_the_environment():
    settings = from_environment(
        {
            "LIVEHALL_MEDIA_KEYS": json.dumps(GOOD["keys"]),
            "LIVEHALL_MEDIA_UDP_PORT": "5000",
            "LIVEHALL_MEDIA_WEBHOOK_URLS": '["http://127.0.0.1/x"]',
        }
    )
    assert settings.udp_port == 5000
    assert settings.webhook_urls == ("http://127.0.0.1/x",)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": {}},
        {"keys": {"key": "short"}},
        {"webhook_key": "other"},
        {"port": 70000},
        {"prot": 1},
        {"port": "high"},
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict):
    with pytest.raises(SettingsInvalid):
        from_json(json.dumps({**GOOD, **change}))


def test_lists_in_the_environment_must_be_json():
    with pytest.raises(SettingsInvalid, match="LIVEHALL_MEDIA_KEYS"):
        from_environment({"LIVEHALL_MEDIA_KEYS": "key=secret"})
