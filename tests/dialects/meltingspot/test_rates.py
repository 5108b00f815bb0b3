"""How often a key may call (M3)."""

import pytest

from livehall.dialects.kit import Limiter
from livehall.dialects.meltingspot.api import meltingspot, rates_of
from livehall.kernel.faults import Limited
from livehall.server.dialects import rated
from livehall.server.settings import Settings
from livehall.server.settings.dialects import Meltingspot


def test_m3_a_key_calls_a_hundred_times_in_ten_seconds_and_50_000_times_a_day():
    now = 0.0
    limiter = Limiter(lambda: now)
    short, day = meltingspot.rates

    def calls(rate, number):
        for _ in range(number):
            limiter.take(f"a key, {rate.burst}", rate)

    calls(short, 100)
    with pytest.raises(Limited) as refused:
        calls(short, 1)
    assert refused.value.retry_after_s == 1
    now = 10.0
    calls(short, 100)
    calls(day, 50_000)
    with pytest.raises(Limited) as refused:
        calls(day, 1)
    assert refused.value.retry_after_s == 2  # one in 1.7 s, from then on


def test_m3_the_limits_are_the_operators_to_set():
    loose = Settings(meltingspot=Meltingspot(calls_per_10_s=0, calls_per_day=7))
    assert rated(meltingspot, loose).rates == rates_of(0, 7)
    assert rated(meltingspot, Settings()).rates == meltingspot.rates
    assert (
        rated(meltingspot, Settings(meltingspot=Meltingspot(calls_per_10_s=0, calls_per_day=0))).rates == []
    )


async def test_m3_beyond_a_limit_the_answer_says_when_to_come_back(limited):
    host = await limited.signed_in(role="admin")
    client = (await host.post("/api-clients", json={"name": "Spot", "scopes": []})).json()["data"]
    http = limited.client()
    headers = {"Authorization": client["secret"]}
    statuses = set()
    for _ in range(130):
        answer = await http.get("http://hall.test/meltingspot/v1/lives?limit=1", headers=headers)
        statuses.add(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses == {200, 429}
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json() == {
        "statusCode": 429,
        "message": answer.json()["message"],
        "error": "Too Many Requests",
    }
