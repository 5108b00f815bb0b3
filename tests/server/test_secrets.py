"""Secrets are made once, kept, and shown to nobody."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from livehall.server.secrets import SecretsError, load_secrets


def test_a_second_start_has_the_same_secrets(tmp_path):
    assert load_secrets(tmp_path) == load_secrets(tmp_path)


def test_two_halls_have_different_secrets(tmp_path):
    one, other = load_secrets(tmp_path / "one"), load_secrets(tmp_path / "other")
    assert not {one.token_key, one.media_api_secret} & {other.token_key, other.media_api_secret}


def test_the_files_are_for_the_owner_only(tmp_path):
    load_secrets(tmp_path)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_starts_at_the_same_time_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_secrets(tmp_path), range(8)))
    assert len({each.token_key for each in found}) == 1


def test_a_secret_that_everybody_can_read_is_refused(tmp_path):
    load_secrets(tmp_path)
    (tmp_path / "secrets" / "token_key").chmod(0o644)
    with pytest.raises(SecretsError, match="chmod 600"):
        load_secrets(tmp_path)


def test_a_damaged_key_is_named_as_such(tmp_path):
    load_secrets(tmp_path)
    (tmp_path / "secrets" / "token_key").write_text("not hexadecimal")
    with pytest.raises(SecretsError, match="damaged"):
        load_secrets(tmp_path)


def test_no_secret_is_shown(tmp_path):
    assert repr(load_secrets(tmp_path)) == "Secrets(…)"
