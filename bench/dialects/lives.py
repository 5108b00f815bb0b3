"""MeltingSpot's list of lives with five filters, over 100,000 lives on the default database: p99."""

import json
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack, closing, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
from tests.support.hall import Hall, hall

from bench.rows import Row, row
from livehall.kernel.ids import new_id

ADMIN = "ann@example.org"
ALLOWED_MS = 50.0  # the issue's own measure, for 100,000
CALLS = 200
UNLIMITED = {"LIVEHALL_MELTINGSPOT_CALLS_PER_10_S": "0", "LIVEHALL_MELTINGSPOT_CALLS_PER_DAY": "0"}
FIRST = 1_700_000_000  # Unix seconds
YEAR = 31_536_000
WORDS = ("music", "law", "space", "water", "light")


def measured(lives: int) -> list[Row]:
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # the hall's log, at its end
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-"))
        running = stack.enter_context(hall(Path(folder), settings=UNLIMITED))
        running.add_account(ADMIN, "admin")
        key = filled(running, lives)
        client = stack.enter_context(
            httpx.Client(base_url=f"{running.url}/meltingspot/v1", headers={"Authorization": key})
        )
        time.sleep(3)  # what filling woke is done
        dice, taken = random.Random(1), []
        for _ in range(CALLS):
            query = five_filters(dice)
            began = time.perf_counter()
            answer = client.get("/lives", params=query).raise_for_status().json()
            taken.append((time.perf_counter() - began) * 1000)
            assert set(answer) == {"items", "total"}
        taken.sort()
        return [
            row("dialects", f"MeltingSpot lives, five filters, {lives:,} lives: p99", "ms",
                round(taken[int(len(taken) * 0.99) - 1], 1), ALLOWED_MS, peer_name="the issue's measure",
                more_is_better=False, budget=1.0)
        ]  # fmt: skip


def five_filters(dice: random.Random) -> dict[str, str]:
    """Five of those that the contract has, drawn anew for each call."""
    start = FIRST + dice.randrange(YEAR)
    filters = {
        "title[contains]": dice.choice(WORDS), "status[eq]": dice.choice(("Ended", "Planned")),
        "startDate[gte]": str(start), "startDate[lt]": str(start + dice.randrange(YEAR)),
        "solution[in]": "BuiltIn,Youtube", "replay[eq]": dice.choice(("true", "false")),
        "invited[gte]": str(dice.randrange(100)), "registrant[lte]": str(dice.randrange(100)),
        "attendee[gt]": str(dice.randrange(100)), "noShow[lt]": str(dice.randrange(100)),
        "averageViewTime[gte]": str(dice.randrange(100)),
    }  # fmt: skip
    return {name: filters[name] for name in dice.sample(sorted(filters), 5)}


def filled(running: Hall, lives: int) -> str:
    """A Spot with its lives, and a key of it."""
    live = httpx.Client(
        base_url=f"{running.url}/api/v1", headers={"Authorization": f"Bearer {running.token(ADMIN)}"}
    )

    def made(path: str, body: dict[str, Any]) -> Any:
        return live.post(path, json=body).raise_for_status().json()["data"]

    with live:
        room = made("/rooms", {"title": "A room"})
        first = made(f"/rooms/{room['id']}/sessions", {"title": "First"})["session"]["id"]
        key: str = made("/api-clients", {"name": "x", "scopes": ["write", "admin"]})["secret"]
    with closing(sqlite3.connect(running.data / "livehall.db", timeout=60)) as db, db:
        shelve(db, first, lives)
    return key


def shelve(db: sqlite3.Connection, first: str, lives: int) -> None:
    """Copies of one session, each with values of its own."""
    columns = [column[1] for column in db.execute("pragma table_info(session)")]
    pattern = dict(
        zip(columns, db.execute("select * from session where id = ?", [first]).fetchone(), strict=True)
    )
    dice = random.Random(2)
    figures = (
        "invited", "registrants", "attendees", "no_shows", "attendance_rate", "average_view_s",
        "replay_views",
    )  # fmt: skip
    marks = ", ".join(f":{name}" for name in columns)

    def one(number: int) -> dict[str, Any]:
        at = (FIRST + dice.randrange(YEAR)) * 1000
        is_over = dice.random() < 0.5
        return pattern | {name: dice.randrange(100) for name in figures} | {
            "id": new_id(), "title": f"Live {number} about {dice.choice(WORDS)}", "media_room": None,
            "begins_at": at, "scheduled_start_at": at, "scheduled_end_at": at + 3_600_000,
            "status": "ended" if is_over else "scheduled", "started_at": at if is_over else None,
            "ended_at": at + 3_600_000 if is_over else None, "figures_due_at": None,
            "provider": dice.choice((None, None, "youtube", "none")),
            "has_replay": dice.random() < 0.3,
        }  # fmt: skip

    db.executemany(f"insert into session values ({marks})", (one(number) for number in range(lives)))


if __name__ == "__main__":
    from msgspec import to_builtins

    print(json.dumps(to_builtins(measured(100_000)), indent=1))
