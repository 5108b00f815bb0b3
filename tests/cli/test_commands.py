"""Commands say what they did, and what is wrong in words; never with a traceback."""

import sqlite3

import pytest

from livehall.engines.tokens import JwtTokens
from livehall.server.secrets import load_secrets
from tests.cli.running import livehall


def test_help_names_every_command(tmp_path):
    said = livehall(tmp_path, "--help")
    assert said.status == 0
    for name in ("serve", "media", "migrate", "account", "token", "key", "plan", "doctor", "rehearse"):
        assert f"\n  {name} " in said.out


def test_a_mistyped_command_is_answered_with_the_nearest(tmp_path):
    said = livehall(tmp_path, "serv")
    assert said.status == 2
    assert "Did you mean serve?" in said.err


def test_settings_that_cannot_be_are_listed(tmp_path):
    said = livehall(tmp_path, "migrate", LIVEHALL_PROT="1", LIVEHALL_LOG_LEVEL="loud")
    assert said.status == 78
    assert "Did you mean LIVEHALL_PORT?" in said.err
    assert "LIVEHALL_LOG_LEVEL" in said.err
    assert "Traceback" not in said.err


def test_migrate_makes_the_tables_and_may_be_repeated(tmp_path):
    assert [livehall(tmp_path, "migrate").status for _ in range(2)] == [0, 0]
    database = sqlite3.connect(tmp_path / "data" / "livehall.db")
    assert database.execute("select count(*) from account").fetchone() == (0,)
    database.close()


def test_an_account_has_a_role_in_its_organization_and_a_link_to_sign_in(tmp_path):
    said = livehall(tmp_path, "account", "add", "Ada@Example.org", "--role", "host", "--organization", "Acme")
    assert said.status == 0
    assert "ada@example.org is host now." in said.out
    assert "http://127.0.0.1:8000/#code=" in said.out


def test_adding_an_account_again_changes_its_role(tmp_path):
    livehall(tmp_path, "account", "add", "ada@example.org", "--role", "host")
    livehall(tmp_path, "account", "add", "ada@example.org", "--role", "admin")
    token = livehall(tmp_path, "token", "ada@example.org").out.strip()
    assert JwtTokens(load_secrets(tmp_path / "data").token_key).read(token, "api").role == "admin"


def test_token_prints_an_access_token_and_nothing_else(tmp_path):
    livehall(tmp_path, "account", "add", "ada@example.org")
    said = livehall(tmp_path, "token", "ada@example.org")
    assert (said.out.count("\n"), said.err) == (1, "")
    claims = JwtTokens(load_secrets(tmp_path / "data").token_key).read(said.out.strip(), "api")
    assert (claims.role, claims.name) == ("owner", "ada")


def test_a_password_comes_by_standard_input_and_is_not_printed(tmp_path):
    said = livehall(
        tmp_path, "account", "add", "ada@example.org", "--password-stdin", stdin="correct horse\n"
    )
    assert said.status == 0
    assert "horse" not in said.out + said.err
    database = sqlite3.connect(tmp_path / "data" / "livehall.db")
    assert database.execute("select password_hash from account").fetchone()[0].startswith("$argon2id$")
    database.close()


def test_a_key_is_printed_once_listed_without_its_secret_and_revoked(tmp_path):
    livehall(tmp_path, "account", "add", "ada@example.org", "--role", "admin")
    made = livehall(tmp_path, "key", "add", "ada@example.org", "--name", "Shop", "--scope", "write")
    assert made.status == 0, made.err
    client_id, secret = made.out.split()[0], made.out.split()[-1]
    assert (client_id[:4], secret[:4]) == ("lhc_", "lhk_")
    listed = livehall(tmp_path, "key", "list").out
    assert listed == f"{client_id}\tapi_key\tShop\twrite\tnever used\n"
    assert livehall(tmp_path, "key", "revoke", client_id).status == 0
    assert livehall(tmp_path, "key", "list").out == ""
    database = sqlite3.connect(tmp_path / "data" / "livehall.db")
    assert secret not in str(database.execute("select * from api_client").fetchall())
    database.close()


def test_a_signing_secret_is_made_and_rotated(tmp_path):
    livehall(tmp_path, "account", "add", "ada@example.org", "--role", "admin")
    wanted = ("--kind", "signing_secret", "--issuer", "us", "--scope", "write")
    made = livehall(tmp_path, "key", "add", "ada@example.org", *wanted)
    assert "issuer us" in made.out
    client_id, secret = made.out.split()[0], made.out.split()[-1]
    rotated = livehall(tmp_path, "key", "rotate", client_id, "--overlap-hours", "1")
    later = rotated.out.split()[-1]
    assert {secret[:4], later[:4]} == {"lhs_"}
    assert secret != later
    assert livehall(tmp_path, "key", "rotate", "lhc_1").status == 1
    database = sqlite3.connect(tmp_path / "data" / "livehall.db")
    kept = str(database.execute("select * from api_client").fetchall())
    assert secret not in kept
    assert later not in kept
    database.close()


def test_a_plan_is_made_given_listed_and_taken_back(tmp_path):
    livehall(tmp_path, "account", "add", "ada@example.org", "--organization", "Acme")
    assert livehall(tmp_path, "plan", "put", "small", "--rooms", "3", "--without", "polls").status == 0
    assert livehall(tmp_path, "plan", "list").out == "small\tsmall\trooms 3; without polls\n"
    assert livehall(tmp_path, "plan", "give", "Acme", "small").out == "Acme goes by small.\n"
    database = sqlite3.connect(tmp_path / "data" / "livehall.db")
    code = "select plan.code from organization left join plan on plan.id = plan_id"
    assert database.execute(code).fetchone() == ("small",)
    assert livehall(tmp_path, "plan", "give", "Acme").out == "Acme has no limits.\n"
    assert database.execute(code).fetchone() == (None,)
    database.close()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("key", "add", "nobody@example.org"), "livehall account add nobody@example.org"),
        (("key", "revoke", "lhc_1"), "no key lhc_1"),
        (("plan", "put", "small", "--rooms", "-1"), "0 or more"),
        (("plan", "give", "Nowhere"), "no organization called Nowhere"),
        (("token", "nobody@example.org"), "livehall account add nobody@example.org"),
        (("account", "add", "nobody"), "not an e-mail address"),
        (("account", "add", "a@example.org", "--role", "king"), "'owner', 'admin', 'host', 'viewer'"),
        (("rehearse",), "No server runs"),
        (("rehearse", "--url", "http://127.0.0.1:1"), "--token"),
        (("rehearse", "--viewers", "0"), "--viewers"),
    ],
)
def test_wrong_use_is_explained(tmp_path, words, part):
    livehall(tmp_path, "migrate")
    said = livehall(tmp_path, *words)
    assert said.status != 0
    assert part in said.err
    assert "Traceback" not in said.err


def test_a_database_that_is_away_is_said_in_words(tmp_path):
    said = livehall(tmp_path, "migrate", LIVEHALL_DATABASE_URL="postgresql://live:hush@127.0.0.1:1/live")
    assert said.status == 1
    assert "livehall doctor" in said.err
    assert "Traceback" not in said.err
    assert "hush" not in said.err


def test_accounts_and_tokens_work_on_postgresql(tmp_path, postgres_url):
    added = livehall(tmp_path, "account", "add", "ada@example.org", LIVEHALL_DATABASE_URL=postgres_url)
    said = livehall(tmp_path, "token", "ada@example.org", LIVEHALL_DATABASE_URL=postgres_url)
    assert (added.status, said.status, said.out.count(".")) == (0, 0, 2)


def test_a_sound_machine_passes_the_doctor(tmp_path):
    ports = {f"LIVEHALL_{name}": "0" for name in ("PORT", "INTERNAL_PORT", "MEDIA_PORT", "MEDIA_UDP_PORT")}
    said = livehall(tmp_path, "doctor", **ports)
    assert (said.status, "Ready to serve" in said.out) == (0, True)


def test_the_doctor_fails_on_a_public_address_without_https(tmp_path):
    said = livehall(tmp_path, "doctor", LIVEHALL_PUBLIC_URL="http://live.example.org")
    assert said.status == 1
    assert "refuse camera and microphone" in said.out


def test_a_signing_key_is_put_aside_and_another_one_made(tmp_path):
    said = livehall(tmp_path, "key", "rotate-signing-key")
    assert (said.status, "Restart the server" in said.out) == (0, True)
    first = [(tmp_path / "data/secrets" / name).read_text() for name in ("oauth_key", "oauth_key_before")]
    assert first[0] != first[1]
    livehall(tmp_path, "key", "rotate-signing-key")
    assert (tmp_path / "data/secrets/oauth_key_before").read_text() == first[0]


def test_the_document_of_each_api_is_written(tmp_path):
    said = livehall(tmp_path, "openapi", str(tmp_path / "documents"))
    assert said.status == 0
    assert {file.stem for file in (tmp_path / "documents").iterdir()} >= {"live", "voila"}
