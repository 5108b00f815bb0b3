"""Secrets of the Voilà API: in no answer but their own, no list, no log and not in the database."""

from livehall.core.people.bearers import Bearers
from livehall.dialects.voila.attendees import routes
from tests.dialects.live.test_clients import made
from tests.dialects.voila.conftest import FORM
from tests.dialects.voila.test_attendees import VERA
from tests.support.secrecy import crash, kept_in, overheard


async def test_secrets_are_in_no_list_no_log_and_not_in_the_database(hall, partner, tmp_path, monkeypatch):
    client = await made(partner.host, kind="oauth", scopes=["write", "admin"])
    program = await partner.program()
    pair, wrong = (client["client"]["client_id"], client["secret"]), client["secret"] + "x"
    path = f"/v1/organizations/{partner.organization_id}/programs/{program}/attendees"
    with overheard(hall.app) as heard:
        async with heard.client("/voila") as at:
            token = (await at.post("/oauth2/token", data=FORM, auth=pair)).json()["access_token"]
            answers = [await at.post("/oauth2/token", data=FORM, auth=(pair[0], wrong))]
            at.headers["authorization"] = f"Bearer {token}"
            link = (await at.post(path, json=VERA)).json()["accessLink"].partition("#")[2]
            answers += [await at.post(path, json=VERA | {"email": "no"}), await at.get(path)]
            with monkeypatch.context() as broken:  # a mistake in an operation, and one in the sign-in itself
                broken.setattr(routes, "register", crash(f"{token} {client['secret']}"))
                answers.append(await at.post(path, json=VERA))
                broken.setattr(Bearers, "read", crash(f"Authorization: Bearer {token}"))
                answers.append(await at.post(path, json=VERA))
        assert [answer.status_code for answer in answers] == [401, 400, 405, 500, 500]
        assert len(heard.crashes) == 2
        assert all("this was not foreseen" in each for each in heard.crashes)
        assert len([line for line in heard.lines if line["event"] == "answered"]) == len(answers) + 2
    answers += [
        await partner.host.get("/api-clients"),
        await partner.host.get(f"/api-clients/{client['client']['id']}"),
    ]
    kept = kept_in(tmp_path)
    for secret in (client["secret"], token, token.rpartition(".")[2], link, wrong, VERA["email"]):
        assert not heard.names(secret)
    for secret in (client["secret"], token, link, wrong):
        assert [answer.url for answer in answers if secret in answer.text] == []
        assert secret.encode() not in kept
