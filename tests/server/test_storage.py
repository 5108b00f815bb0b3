"""The doctor tries the place of recordings, and pages may show films from there."""

from collections.abc import Iterator

import pytest

from livehall.server.diagnosis import storage
from livehall.server.pages import content_security_policy
from livehall.server.settings import Settings, load_settings
from livehall.server.storage import origin_of
from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server


@pytest.fixture
def s3(tmp_path) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


def settings_for(s3: S3Server, tmp_path, **more: str) -> Settings:
    bucket = s3.bucket()
    return load_settings(
        {
            "LIVEHALL_DATA": str(tmp_path / "data"),
            "LIVEHALL_STORAGE_BUCKET": bucket.name,
            "LIVEHALL_STORAGE_ENDPOINT": bucket.endpoint,
            "LIVEHALL_STORAGE_REGION": bucket.region,
            "LIVEHALL_STORAGE_ACCESS_KEY": bucket.access_key,
            "LIVEHALL_STORAGE_SECRET_KEY": bucket.secret_key,
            **more,
        }
    )


async def test_a_bucket_that_takes_files_is_good_and_left_empty(s3, tmp_path):
    found = await storage.storage(settings_for(s3, tmp_path))
    assert found.grade == "good", found
    assert [path for path in (tmp_path / "s3/objects/films").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "wrong", [{"LIVEHALL_STORAGE_SECRET_KEY": "wrong-secret"}, {"LIVEHALL_STORAGE_BUCKET": "another-bucket"}]
)
async def test_a_bucket_that_refuses_is_bad_and_no_secret_is_shown(s3, tmp_path, wrong):
    found = await storage.storage(settings_for(s3, tmp_path, **wrong))
    assert (found.grade, "LIVEHALL_STORAGE_ENDPOINT" in found.fix) == ("bad", True)
    assert "wrong-secret" not in found.text


async def test_a_bucket_that_is_away_is_bad(s3, tmp_path):
    s3.stop()
    assert (await storage.storage(settings_for(s3, tmp_path))).grade == "bad"


async def test_a_directory_is_good(tmp_path):
    found = await storage.storage(load_settings({"LIVEHALL_DATA": str(tmp_path)}))
    assert (found.grade, str(tmp_path) in found.text) == ("good", True)


def test_a_page_may_show_films_of_the_bucket_and_of_nobody_else(s3, tmp_path):
    settings = settings_for(s3, tmp_path)
    policy = content_security_policy("https://a.example", "wss://a.example", origin_of(settings))
    assert f"media-src 'self' blob: {s3.url};" in policy
    streamed = settings_for(s3, tmp_path, LIVEHALL_STORAGE_DELIVERY="stream")
    assert origin_of(streamed) == ""
    assert "media-src 'self' blob:;" in content_security_policy("https://a.example", "wss://a.example")
