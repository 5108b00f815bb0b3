"""The key of a Spot, which stands bare in its header: in no answer, list or log, and not in the database."""

from livehall.core.insight import listing
from livehall.core.people.api_keys import ApiKeys
from tests.dialects.live.test_clients import made
from tests.support.secrecy import crash, kept_in, overheard


async def test_a_key_is_in_no_answer_no_list_no_log_and_not_in_the_database(
    hall, spot, tmp_path, monkeypatch
):
    client = await made(spot.host, scopes=["write", "admin"])
    key, live = client["secret"], await spot.live()
    wrong, limited = key[:-4] + "zzzz", (await made(spot.host, library_ids=[await a_library(spot)]))["secret"]
    answers = []
    with overheard(hall.app) as heard:
        for header in (key, f"Bearer {key}", f"bearer  {key} ", wrong, f"Bearer {wrong}", limited):
            async with heard.client("/meltingspot/v1", Authorization=header) as http:
                answers += [
                    await http.get("/lives", params={"title[eq]": "x"}),
                    await http.get("/lives", params={"title[bad]": "x"}),
                    await http.post("/lives", json=spot.body()),
                    await http.post("/lives", content=b"{"),
                    await http.get(f"/lives/{live['id']}"),
                    await http.put("/nothing", json={}),
                    await http.delete("/lives"),
                ]
        passed = {answer.status_code for answer in answers}
        async with heard.client("/meltingspot/v1", Authorization=key) as http:
            with monkeypatch.context() as broken:  # a mistake in an operation, and one in the sign-in itself
                broken.setattr(listing, "page", crash(f"{http.headers['authorization']!r} {limited}"))
                answers.append(await http.get("/lives"))
                broken.setattr(ApiKeys, "read", crash(f"Authorization={key}"))
                answers.append(await http.get(f"/lives/{live['id']}"))
        assert [answer.status_code for answer in answers[-2:]] == [500, 500]
        assert len(heard.crashes) == 2
        assert all("this was not foreseen" in each for each in heard.crashes)
        assert len([line for line in heard.lines if line["event"] == "answered"]) == len(answers)
    assert passed == {200, 201, 400, 401, 403, 404, 405}
    answers += [
        await spot.host.get("/api-clients"),
        await spot.host.get(f"/api-clients/{client['client']['id']}"),
        await spot.host.get("/api-clients", headers={"Authorization": key}),
    ]
    kept = kept_in(tmp_path)
    for secret in (key, wrong, limited):
        assert not heard.names(secret)
        assert not heard.names(secret.removeprefix("lhk_"))
        assert [answer.url for answer in answers if secret in answer.text] == []
        assert secret.encode() not in kept


async def a_library(spot):
    answer = await spot.host.post("/libraries", json={"name": "A channel"})
    return answer.json()["data"]["id"]
