"""How often a key may call (M3)."""

import pytest

from livehall.dialects.kit import Limiter
from livehall.dialects.meltingspot.api import meltingspot, rates_of
from livehall.kernel.faults import Limited
from livehall.server.dialects import rated
from livehall.server.settings import Settings
from livehall.server.settings.dialects import Meltingspot

HOUR = 3600


def test_m3_a_key_calls_a_hundred_times_in_ten_seconds_and_50_000_times_a_day():
    now = 0.0
    limiter = Limiter(lambda: now)
    short, day = meltingspot.rates

    def calls(rate, most):
        """How many pass, and the seconds that the one beyond is told to wait."""
        for passed in range(most):
            try:
                limiter.take(f"a key, {rate.seconds}", rate)
            except Limited as refused:
                return passed, refused.retry_after_s
        return most, None

    assert calls(short, 101) == (100, 10)
    now = 9.99
    assert calls(short, 1) == (0, 1)
    now = 10.0
    assert calls(short, 60) == (60, None)
    now = 15.0
    assert calls(short, 199) == (40, 5)  # no ten seconds have more, wherever they begin
    now = 20.0
    assert calls(short, 199) == (60, 5)

    now = 0.0
    assert calls(day, 20_000) == (20_000, None)
    now = 12 * HOUR
    assert calls(day, 50_000) == (30_000, 12 * HOUR)
    now = 24 * HOUR - 1
    assert calls(day, 1) == (0, 1)
    now = 24 * HOUR
    assert calls(day, 50_000) == (20_000, 12 * HOUR)


def test_m3_two_processes_let_through_what_one_does():
    halves = [Limiter(lambda: 0.0, processes=2) for _ in range(2)]
    for limiter in halves:
        for rate in meltingspot.rates:
            for _ in range(rate.calls // 2):
                limiter.take(f"a key, {rate.seconds}", rate)
            with pytest.raises(Limited):
                limiter.take(f"a key, {rate.seconds}", rate)


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
    statuses = []
    for _ in range(101):
        answer = await http.get("http://hall.test/meltingspot/v1/lives?limit=1", headers=headers)
        statuses.append(answer.status_code)
    assert statuses == [200] * 100 + [429]
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert answer.json() == {
        "statusCode": 429,
        "message": answer.json()["message"],
        "error": "Too Many Requests",
    }
