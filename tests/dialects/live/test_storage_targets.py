"""An organization's own place for recordings, over HTTP: a real S3 server, and a stand-in for Azure."""

import asyncio

import pytest

from livehall.core.ports.storage import Target, TargetRefused
from livehall.engines.storage import OwnStores
from livehall.kernel.clock import utc_now
from livehall.server.settings import Storage
from tests.dialects.live.evening import an_evening
from tests.dialects.live.test_recordings import FILM, a_ready_recording
from tests.support.azure import ACCOUNT, KEY, azure_container
from tests.support.needs import need
from tests.support.versitygw.server import s3_server


@pytest.fixture
def hall_storage() -> Storage:
    return Storage(private_targets=True)


@pytest.fixture
def azure():
    with azure_container() as container:
        yield container


def error_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


async def the_file(evening, tmp_path):
    recording = await a_ready_recording(evening, tmp_path)
    url = (await evening.host.get(f"/recordings/{recording.id}/download")).json()["data"]["url"]
    return url, await evening.hall.client().get(url, headers={"Range": "bytes=0-99"})


async def test_an_administrator_chooses_where_recordings_go(hall, azure, tmp_path):
    evening, admin = await an_evening(hall), await hall.signed_in("ann@example.org", "admin")
    organization = (await hall.person("ann@example.org", "admin")).organization_id
    path = f"/organizations/{organization}/storage-target"
    wanted = {"kind": "azure", "container": "films", "account": ACCOUNT, "endpoint": azure.endpoint}
    assert error_of(await admin.get(path)) == (404, "not_found")
    assert error_of(await admin.put(path, json=wanted)) == (503, "no_storage_credentials")
    wrong = await admin.put(path, json={**wanted, "secret": "bm8="})
    assert error_of(wrong) == (422, "storage_refused")
    for elsewhere in (  # in an address that is made of names
        {"account": "127.0.0.1:9/x", "endpoint": ""}, {"container": "films/../x"},
        {"kind": "s3", "region": "x.example/", "endpoint": ""},
        {"kind": "s3", "container": "127.0.0.1:9/x", "endpoint": ""},
    ):  # fmt: skip
        refused = await admin.put(path, json={**wanted, "secret": KEY, **elsewhere})
        assert error_of(refused) == (422, "validation_failed"), elsewhere
    at_once = [admin.put(path, json={**wanted, "secret": KEY}) for _ in range(3)]
    assert [answer.status_code for answer in await asyncio.gather(*at_once)] == [200] * 3
    answer = await admin.put(path, json={**wanted, "secret": KEY, "prefix": "hall"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["data"]["container"], KEY in answer.text) == ("films", False)
    assert (await admin.get("/admin/storage")).json()["data"]["own_target"] is True
    assert (await admin.get(path)).json() | {"timestamp": 0} == answer.json() | {"timestamp": 0}
    assert azure.blobs == {}  # the trial is gone

    url, part = await the_file(evening, tmp_path)
    ((name, kept),) = azure.blobs.items()
    assert (name.startswith(f"/{ACCOUNT}/films/hall/recordings/"), kept) == (True, FILM)
    assert (part.status_code, part.content) == (206, FILM[:100])

    assert error_of(await evening.host.get(path)) == (403, "forbidden")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    for call in (eve.get(path), eve.put(path, json=wanted), eve.delete(path)):
        assert error_of(await call) == (404, "not_found")
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get("/admin/storage")).json()["data"]["own_target"] is False
    assert error_of(await admin.delete(path)) == (404, "not_found")
    assert (await hall.client().get(url)).content == FILM  # what lies there can be watched
    assert (
        await admin.put(path, json={**wanted, "container": "more"})
    ).status_code == 200  # its key is known


async def test_recordings_go_to_a_bucket_of_ones_own(hall, tmp_path):
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        bucket = server.bucket()
        admin = await hall.signed_in("ann@example.org", "admin")
        organization = (await hall.person("ann@example.org", "admin")).organization_id
        body = {
            "kind": "s3", "container": bucket.name, "account": bucket.access_key, "secret": bucket.secret_key,
            "endpoint": bucket.endpoint, "region": bucket.region,
        }  # fmt: skip
        answer = await admin.put(f"/organizations/{organization}/storage-target", json=body)
        assert answer.status_code == 200, answer.text
        _, part = await the_file(await an_evening(hall), tmp_path)
        assert (part.status_code, part.content) == (206, FILM[:100])


@pytest.mark.parametrize(
    "endpoint",
    ["http://8.8.8.8", "https://127.0.0.1:9", "https://10.0.0.1", "https://[::1]", "https://localhost"],
)
async def test_an_address_within_this_network_is_not_called(endpoint):
    stores = OwnStores(private=False, clock=utc_now)
    target = Target(kind="s3", container="b", secret="s", account="a", endpoint=endpoint, region="r")
    with pytest.raises(TargetRefused):
        await stores.test(target)
