"""Secrets of the Sourceloop API, in no answer, no list, no log and not in the database: the signing secret,
what it has signed, and the keys of the place where archives go.
"""

import pytest

from livehall.core.people.signers import Signers
from livehall.core.recordings import archives, targets
from livehall.server.settings import Storage
from tests.dialects.sourceloop.vendor import a_vendor
from tests.support.azure import ACCOUNT, KEY, azure_container
from tests.support.secrecy import crash, kept_in, overheard


@pytest.fixture
def hall_storage() -> Storage:
    return Storage(private_targets=True)


async def test_the_signing_secret_and_what_it_signed_are_nowhere(hall, tmp_path, monkeypatch):
    vendor = await a_vendor(hall)
    token, foreign = vendor.token(), vendor.token(secret="lhs_" + "z" * 43)
    stale, narrow = vendor.token(exp=1), vendor.token([])
    answers = []
    with overheard(hall.app) as heard:
        for bearer in (token, foreign, stale, narrow, vendor.secret):  # the secret itself, by mistake
            async with heard.client("/sourceloop", Authorization=f"Bearer {bearer}") as http:
                answers += [
                    await http.post("/session"),
                    await http.post("/session", json=[]),
                    await http.patch("/session/AAAAAAAAAA", json={}),
                    await http.get("/archives"),
                    await http.get(f"/nothing/{len(answers)}"),
                ]
        passed = {answer.status_code for answer in answers}
        async with heard.client("/sourceloop", Authorization=f"Bearer {token}") as http:
            with monkeypatch.context() as broken:  # a mistake in an operation, and one in the sign-in itself
                broken.setattr(archives, "archives", crash(f"{vendor.secret!r} {token}"))
                answers.append(await http.get("/archives"))
                broken.setattr(Signers, "read", crash(f"{token} is not of {vendor.secret}"))
                answers.append(await http.get("/archives"))
        assert [answer.status_code for answer in answers[-2:]] == [500, 500]
        assert len(heard.crashes) == 2
        assert all("this was not foreseen" in each for each in heard.crashes)
    assert passed == {200, 401, 403, 404, 422}
    answers += [
        await vendor.admin.get("/api-clients"),
        await vendor.admin.get(f"/api-clients/{vendor.client['id']}"),
    ]
    kept = kept_in(tmp_path)
    for secret in (vendor.secret, token, foreign, stale, narrow):
        for text in (secret, secret.rpartition(".")[2].removeprefix("lhs_")):  # whole, and what signs
            assert not heard.names(text)
            assert [answer.url for answer in answers if text in answer.text] == []
            assert text.encode() not in kept


async def test_keys_of_the_storage_target_are_nowhere(hall, tmp_path, monkeypatch):
    vendor = await a_vendor(hall)
    organization = (await hall.person("ann@example.org", "admin")).organization_id
    own, wrong = f"/api/v1/organizations/{organization}/storage-target", KEY.replace("a", "b")
    with azure_container() as azure, overheard(hall.app) as heard:
        keys = {"kind": "azure", "container": "films", "account": ACCOUNT, "endpoint": azure.endpoint}
        target = {"name": "AZURE", "accountName": ACCOUNT, "domain": azure.endpoint}
        admin = heard.client("", Authorization=vendor.admin.headers["authorization"])
        software = heard.client("/sourceloop", Authorization=f"Bearer {vendor.token()}")
        async with admin, software:
            answers = [
                await admin.put(own, json=keys | {"secret": wrong}),
                await admin.put(own, json=keys | {"secret": KEY, "endpoint": "ftp://nowhere"}),
                await admin.put(own, json=keys | {"secret": KEY}),
                await software.put("/archives/storage-target", json=target),
                await software.put("/archives/storage-target", json=target | {"accountName": "a" * 300}),
                await software.put(
                    "/archives/storage-target", json=target | {"domain": "http://127.0.0.1:9"}
                ),
            ]
            with monkeypatch.context() as broken:  # a mistake while the key is in its hands
                broken.setattr(targets.store, "retire", crash("the target could not be kept"))
                answers.append(await software.put("/archives/storage-target", json=target))
                answers.append(await admin.put(own, json=keys | {"secret": KEY}))
            answers += [
                await admin.get(own),
                await admin.get("/api/v1/admin/storage"),
                await admin.get(f"/api/v1/organizations/{organization}"),
                await software.get("/archives"),
            ]
        assert [answer.status_code for answer in answers[:8]] == [422, 422, 200, 204, 400, 500, 500, 500]
        assert [answer.status_code for answer in answers[8:]] == [200] * 4
        assert len(heard.crashes) == 2
        assert all("could not be kept" in each for each in heard.crashes)
    kept = kept_in(tmp_path)
    for secret in (KEY, wrong):
        assert not heard.names(secret)
        assert [answer.url for answer in answers if secret in answer.text] == []
        assert secret.encode() not in kept
