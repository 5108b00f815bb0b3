"""A real S3 server, one for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path_factory.mktemp("s3")) as server:
        yield server
