"""The servers that tests run beside us."""

import asyncpg
import httpx
import pytest

from tests.support.livekit.server import LiveKitServer
from tests.support.postgres import PostgresServer, name_of


@pytest.mark.postgres
async def test_each_test_has_an_empty_database_of_its_own(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as one, postgres_server.database() as other:
        connection = await asyncpg.connect(one)
        await connection.execute("create table only_here (id int)")
        await connection.close()

        connection = await asyncpg.connect(other)
        assert await connection.fetchval("select to_regclass('only_here')") is None
        await connection.close()


@pytest.mark.postgres
async def test_a_database_may_be_copied_from_a_prepared_one(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as prepared:
        connection = await asyncpg.connect(prepared)
        await connection.execute("create table prepared (id int)")
        await connection.close()

        with postgres_server.database(template=name_of(prepared)) as copy:
            connection = await asyncpg.connect(copy)
            assert await connection.fetchval("select count(*) from prepared") == 0
            await connection.close()


@pytest.mark.postgres
async def test_a_database_server_can_be_gone_for_a_while(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with postgres_server.outage(), pytest.raises(OSError):
        await asyncpg.connect(postgres_url, timeout=5)

    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("select 1") == 1
    await connection.close()


@pytest.mark.livekit
async def test_the_real_livekit_server_answers(livekit_server: LiveKitServer) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(livekit_server.url)
    assert (answer.status_code, answer.text) == (200, "OK")
