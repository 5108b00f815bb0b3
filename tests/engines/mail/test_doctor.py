"""The doctor asks the mail server itself."""

import pytest

from livehall.server.diagnosis import mail
from livehall.server.settings import load_settings
from tests.support.processes import free_port


@pytest.fixture
def settings(tmp_path):
    def _settings(**environ):
        return load_settings(
            {
                "LIVEHALL_DATA": str(tmp_path),
                "LIVEHALL_MAIL_SENDER": "Livehall <live@example.org>",
                **{f"LIVEHALL_MAIL_{name.upper()}": str(value) for name, value in environ.items()},
            }
        )

    return _settings


async def test_without_a_server_it_says_that_nobody_is_sent_anything(settings):
    found = await mail.mail_server(settings())
    assert (found.grade, "LIVEHALL_MAIL_HOST" in found.fix) == ("weak", True)


async def test_a_server_that_takes_us_is_good_and_gets_no_mail(settings, start, postbox):
    server = await start(auth=True)
    found = await mail.mail_server(
        settings(host=server.host, port=server.port, security="none", username="ada", password="secret")
    )
    assert (found.grade, postbox.envelopes) == ("good", [])


async def test_a_wrong_password_is_bad_and_not_shown(settings, start):
    server = await start(auth=True)
    found = await mail.mail_server(
        settings(host=server.host, port=server.port, security="none", username="ada", password="guess")
    )
    assert (found.grade, "535" in found.text, "guess" in found.text) == ("bad", True, False)


async def test_a_server_that_is_away_is_bad(settings):
    found = await mail.mail_server(settings(host="127.0.0.1", port=free_port(), security="none"))
    assert found.grade == "bad"
