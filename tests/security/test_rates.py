"""Limits as they are in a running hall (threats 11, 32)."""

import pytest

from livehall.dialects.kit import Limiter, Rate
from livehall.dialects.live.api import api
from livehall.dialects.live.auth.routes import GUESSES
from livehall.kernel.faults import Limited


async def test_guesses_at_a_password_are_limited_by_address(limited):
    await limited.person(password="correct horse battery")
    client = limited.client()

    async def guess(password):
        return await client.post("/auth/login", json={"email": "ada@example.org", "password": password})

    for number in range(GUESSES.burst):
        assert (await guess(f"wrong horse {number}")).status_code == 401
    refused = await guess("correct horse battery")
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert int(refused.headers["Retry-After"]) >= 1


async def test_calls_are_limited_by_credential_and_others_go_on(limited):
    busy, calm = await limited.signed_in(), await limited.signed_in("bob@example.org")
    for _ in range(api.rates[0].burst):
        assert (await busy.get("/rooms/mine")).status_code == 200
    assert (await busy.get("/rooms/mine")).status_code == 429
    assert (await calm.get("/rooms/mine")).status_code == 200


def test_guesses_are_divided_among_processes_that_count_for_themselves():
    limiter = Limiter(lambda: 0.0, processes=4)
    for _ in range(GUESSES.burst // 4):
        limiter.take("guess", GUESSES)
    with pytest.raises(Limited) as refused:
        limiter.take("guess", GUESSES)
    assert refused.value.retry_after_s == 8  # 30 a minute over four
    undivided = Rate(per_minute=60, burst=8)
    assert [limiter.take("call", undivided).remaining for _ in range(8)] == [7, 6, 5, 4, 3, 2, 1, 0]
