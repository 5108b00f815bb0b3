"""Settings are read from environment and file, and whatever cannot be stops the start in words."""

from pathlib import Path

import pytest

from livehall.server.settings import SettingsError, load_settings
from livehall.server.settings.areas import all_fields
from livehall.server.settings.page import markdown


def problems_of(environ: dict[str, str], file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, file)
    return caught.value.problems


@pytest.fixture
def write(tmp_path):
    def _write(text: str) -> Path:
        path = tmp_path / "some.toml"
        path.write_text(text)
        return path

    return _write


def test_the_defaults_listen_on_loopback_only():
    settings = load_settings({})
    assert (settings.http.host, settings.public_url) == ("127.0.0.1", "http://127.0.0.1:8000")


def test_the_environment_wins_over_the_file(write):
    settings = load_settings({"LIVEHALL_PORT": "9001"}, write("[http]\nport = 9000\ninternal_port = 9002\n"))
    assert (settings.http.port, settings.http.internal_port) == (9001, 9002)


def test_the_file_in_the_data_directory_is_found(tmp_path):
    (tmp_path / "livehall.toml").write_text("[log]\nlevel = 'debug'\n")
    assert load_settings({"LIVEHALL_DATA": str(tmp_path)}).log.level == "debug"


def test_a_named_file_that_is_missing_stops_the_start(tmp_path):
    assert "cannot be read" in problems_of({"LIVEHALL_CONFIG": str(tmp_path / "none.toml")})[0]


def test_an_unknown_variable_is_answered_with_the_nearest_name():
    assert problems_of({"LIVEHALL_MEDIA_UDPPORT": "1"}) == [
        "Unknown variable LIVEHALL_MEDIA_UDPPORT. Did you mean LIVEHALL_MEDIA_UDP_PORT?"
    ]


def test_an_unknown_key_is_answered_with_the_nearest_name(write):
    assert (
        "unknown key 'http.prot'. Did you mean http.port?" in problems_of({}, write("[http]\nprot = 1\n"))[0]
    )


def test_a_file_that_is_not_toml_is_named(write):
    assert "is not TOML" in problems_of({}, write("port: 8000"))[0]


def test_all_problems_are_told_at_once():
    assert len(problems_of({"LIVEHALL_PORT": "many", "LIVEHALL_LOG_LEVEL": "loud", "LIVEHALL_X": "1"})) == 3


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("LIVEHALL_PORT", "70000", "whole number from 0 to 65535"),
        ("LIVEHALL_LOG_LEVEL", "loud", "none of debug, error, info, warning"),
        ("LIVEHALL_REALTIME_SLOW_CLIENT_BYTES", "1", "at least 65536"),
        ("LIVEHALL_PUBLIC_URL", "live.example.org", "https://host"),
        ("LIVEHALL_PUBLIC_URL", "https://live.example.org/hall", "https://host"),
        ("LIVEHALL_DATABASE_URL", "mysql://x", "postgresql://"),
        ("LIVEHALL_TRUSTED_PROXIES", "10.0.0.0/99", "10.0.0.0/99"),
        ("LIVEHALL_MEDIA_ADVERTISE", "example.org", "not an IP address"),
        ("LIVEHALL_MEDIA_LISTEN", "eth0", "not an IP address"),
        ("LIVEHALL_MEDIA_TURN_URLS", "stun:turn.example.org", "not of the form turn:"),
        ("LIVEHALL_MEDIA_TURN_URLS", "turn:turn.example.org", "belong together"),
        ("LIVEHALL_MEDIA_TURN_SECRET", "secret", "belong together"),
        ("LIVEHALL_MEDIA_TCP_PORT", "8000", "port of its own"),
        ("LIVEHALL_TLS_CERT", "/none.pem", "belong together"),
        ("LIVEHALL_MEDIA_URL", "wss://livekit.example.org", "LIVEHALL_MEDIA_API_KEY"),
        ("LIVEHALL_INTERNAL_PORT", "8000", "port of its own"),
    ],
)
def test_a_value_that_cannot_be_is_explained(variable, value, words):
    assert words in " ".join(problems_of({variable: value}))


def test_a_bind_beyond_loopback_needs_the_public_url():
    assert "LIVEHALL_PUBLIC_URL is missing" in problems_of({"LIVEHALL_HOST": "0.0.0.0"})[0]
    assert load_settings({"LIVEHALL_HOST": "0.0.0.0", "LIVEHALL_PUBLIC_URL": "https://live.example.org"})


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path):
    (tmp_path / "url").write_text("postgresql://live:hall@db/live\n")
    settings = load_settings({"LIVEHALL_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert settings.database_url == "postgresql://live:hall@db/live"


def test_no_secret_is_shown():
    settings = load_settings({"LIVEHALL_DATABASE_URL": "postgresql://live:hush@db/live"})
    assert "hush" not in repr(settings)


def test_another_media_server_is_asked_at_the_address_of_its_clients():
    settings = load_settings(
        {
            "LIVEHALL_MEDIA_URL": "wss://livekit.example.org",
            "LIVEHALL_MEDIA_API_KEY": "APIx",
            "LIVEHALL_MEDIA_API_SECRET": "s" * 32,
        }
    )
    assert not settings.has_embedded_media
    assert (settings.client_media_url, settings.media_api_url) == (
        "wss://livekit.example.org",
        "https://livekit.example.org",
    )


def test_every_setting_has_help():
    assert [field.key for field in all_fields() if not field.help] == []


def test_the_documentation_page_is_what_the_declarations_say():
    page = Path(__file__).parents[2] / "docs" / "operate" / "settings.md"
    assert page.read_text(encoding="utf-8") == markdown()


def test_mail_goes_to_files_unless_a_server_is_named():
    settings = load_settings({})
    assert (settings.mail.host, settings.mail.security) == ("", "starttls")
    assert settings.mail_sender == "Livehall <livehall@localhost>"
    public = load_settings({"LIVEHALL_PUBLIC_URL": "https://live.example.org"})
    assert public.mail_sender == "Livehall <livehall@live.example.org>"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"LIVEHALL_MAIL_HOST": "smtp.example.org"}, "LIVEHALL_MAIL_SENDER is missing"),
        ({"LIVEHALL_MAIL_SENDER": "nobody"}, "LIVEHALL_MAIL_SENDER: 'nobody' is not an address"),
        ({"LIVEHALL_MAIL_USERNAME": "a", "LIVEHALL_MAIL_PASSWORD": "b"}, "name the server too"),
        (
            {
                "LIVEHALL_MAIL_HOST": "m",
                "LIVEHALL_MAIL_SENDER": "a@example.org",
                "LIVEHALL_MAIL_USERNAME": "a",
            },
            "belong together",
        ),
    ],
)
def test_mail_that_could_not_be_sent_stops_the_start(environ, name):
    assert name in problems_of(environ)[0]


BUCKET = {
    "LIVEHALL_STORAGE_BUCKET": "films",
    "LIVEHALL_STORAGE_ENDPOINT": "https://s3.example.org",
    "LIVEHALL_STORAGE_ACCESS_KEY": "hall",
    "LIVEHALL_STORAGE_SECRET_KEY": "a-secret-of-the-bucket",
}


def test_a_bucket_is_read_and_its_secret_is_not_shown():
    settings = load_settings({**BUCKET, "LIVEHALL_STORAGE_PREFIX": "live/hall-1"})
    assert (settings.storage.bucket, settings.storage.delivery) == ("films", "redirect")
    assert "a-secret-of-the-bucket" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"LIVEHALL_STORAGE_BUCKET": ""}, "LIVEHALL_STORAGE_BUCKET is missing"),
        ({"LIVEHALL_STORAGE_SECRET_KEY": ""}, "LIVEHALL_STORAGE_ACCESS_KEY and LIVEHALL_STORAGE_SECRET_KEY"),
        ({"LIVEHALL_STORAGE_BUCKET": "Films!"}, "is not the name of a bucket"),
        ({"LIVEHALL_STORAGE_ENDPOINT": "s3.example.org"}, "is not of the form https://host"),
        ({"LIVEHALL_STORAGE_PREFIX": "../other"}, "is not of the form live/hall-1"),
        ({"LIVEHALL_STORAGE_GRACE_DAYS": "-1"}, "is not a whole number from 0 to 3650"),
        ({"LIVEHALL_STORAGE_DELIVERY": "carrier pigeon"}, "is none of redirect, stream"),
    ],
)
def test_a_bucket_that_cannot_be_is_said_in_words(changed, said):
    problems = problems_of({**BUCKET, **changed})
    assert any(said in problem for problem in problems), problems
    assert "a-secret-of-the-bucket" not in str(problems)
