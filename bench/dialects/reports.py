"""Voilà's reports of a large session on the default database: seconds to the last byte, memory above idle.

Each attendee is a registered person who came once, live, and wrote one message and one question. Memory is
that of the whole hall, with the pages that the database keeps of what it has read (64 MB at most).
"""

import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
from tests.support.hall import Hall, hall

from bench.processes import Processes
from bench.rows import Row, row
from livehall.kernel.ids import new_id

ADMIN = "ann@example.org"
SCOPE = "voila/partner_access"
ALLOWED_S, ALLOWED_MB = 3.0, 50.0  # the issue's own measure, for 100,000
REPORTS = ("attendees/statistics", "chat-messages", "questions")
DEADLINE_S = 120


def measured(people: int) -> list[Row]:
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # the hall's log, at its end
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="livehall-bench-"))
        running = stack.enter_context(hall(Path(folder)))
        running.add_account(ADMIN, "admin")
        address, token = filled(running, people)
        client = stack.enter_context(
            httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=DEADLINE_S)
        )
        time.sleep(3)  # what filling woke is done
        rows: list[Row] = []
        for report in REPORTS:
            seconds, megabytes = streamed(running, client, f"{address}/{report}", people)
            words = f"Voilà {report.rpartition('/')[2]}, {people:,} attendees"
            rows += [
                row("dialects", words, "s", seconds, ALLOWED_S, peer_name="the issue's measure",
                    more_is_better=False, budget=1.0),
                row("dialects", f"{words}: memory above idle", "MB", megabytes, ALLOWED_MB,
                    peer_name="the issue's measure", more_is_better=False, budget=1.0),
            ]  # fmt: skip
        return rows


def streamed(running: Hall, client: httpx.Client, url: str, people: int) -> tuple[float, float]:
    """Seconds to the last byte, and how far resident memory rose, in MB.

    Of three, of which the first one's time does not count.
    """
    times: list[float] = []
    rises: list[float] = []
    for _ in range(3):
        with rising(Processes([running.program.pid], tree=True)) as risen:
            began, rows = time.perf_counter(), 0
            with client.stream("GET", url) as answer:
                answer.raise_for_status()
                rows = sum(piece.count(b'"attendeeId"') for piece in answer.iter_raw())
            seconds = time.perf_counter() - began
        assert rows >= people * 0.99, f"{rows} of {people}"  # a name may be split between two pieces
        times.append(seconds)
        rises.append(risen())
    return round(min(times[1:]), 2), round(max(0.1, *rises), 1)


@contextmanager
def rising(processes: Processes) -> Iterator[Callable[[], float]]:
    """How far memory rises above what it is at the beginning, in MB."""
    idle = highest = processes.rss_kb()
    over = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, processes.rss_kb())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield lambda: (highest - idle) / 1024
    finally:
        over.set()
        watching.join()


def filled(running: Hall, people: int) -> tuple[str, str]:
    """A session with its audience: the address of its reports, and a partner's token."""
    live = httpx.Client(
        base_url=f"{running.url}/api/v1", headers={"Authorization": f"Bearer {running.token(ADMIN)}"}
    )

    def made(path: str, body: dict[str, Any]) -> Any:
        return live.post(path, json=body).raise_for_status().json()["data"]

    with live:
        room = made("/rooms", {"title": "A program"})
        session = made(f"/rooms/{room['id']}/sessions", {"title": "An evening"})["session"]["id"]
        client = made("/api-clients", {"name": "x", "kind": "oauth", "scopes": ["write", "admin"]})
        me = live.get("/auth/me").json()["data"]
    token = httpx.post(
        f"{running.url}/voila/oauth2/token",
        data={"grant_type": "client_credentials", "scope": SCOPE},
        auth=(client["client"]["client_id"], client["secret"]),
    ).raise_for_status().json()["access_token"]  # fmt: skip
    tenant = f"{running.url}/voila/v1/organizations/{me['organization_id']}/programs/{room['id']}"
    with closing(sqlite3.connect(running.data / "livehall.db", timeout=60)) as db, db:
        crowd(db, me["organization_id"], room["id"], session, people)
    return f"{tenant}/sessions/{session}", token


def crowd(db: sqlite3.Connection, organization: str, room: str, session: str, people: int) -> None:
    """The audience, as it is kept."""
    start = int(time.time() * 1000) - 7_200_000
    db.execute(
        "update session set status = 'ended', started_at = ?, ended_at = ? where id = ?",
        [start, start + 3_600_000, session],
    )
    ids = [[new_id() for _ in range(5)] for _ in range(people)]
    own = {"organization_id": organization, "session_id": session, "created_at": start}
    put = _Put(db)
    put("account", ({"id": a, "username": f"p{n}", "created_at": start, "updated_at": start}
                    for n, (a, *_) in enumerate(ids)))  # fmt: skip
    put("participant", (
        {"id": p, "organization_id": organization, "room_id": room, "scope_id": room, "account_id": a,
         "email": f"p{n}@example.org", "role": "viewer", "registration": "approved", "registered_at": start,
         "created_at": start, "updated_at": start}
        for n, (a, p, *_) in enumerate(ids)
    ))  # fmt: skip
    put("attendance", (
        own | {"id": t, "account_id": a, "visitor_key": a, "display_name": f"Person {n}", "role": "viewer",
               "source": "live", "state": "left", "delivery": "webrtc", "identity": f"u.{a}",
               "joined_at": start + n % 600_000, "last_seen_at": start + 3_000_000,
               "left_at": start + 3_000_000}
        for n, (a, _, t, *_) in enumerate(ids)
    ))  # fmt: skip
    for kind, at in (("chat", 3), ("question", 4)):
        put("message", (
            own | {"id": each[at], "account_id": each[0], "display_name": f"Person {n}", "role": "viewer",
                   "kind": kind, "body": f"What person {n} wants to say",
                   "state": "published" if kind == "question" else None}
            for n, each in enumerate(ids)
        ))  # fmt: skip


class _Put:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __call__(self, table: str, rows: Iterator[dict[str, Any]]) -> None:
        first = next(rows)
        columns = self._db.execute(f"pragma table_info({table})").fetchall()
        must = [column[1] for column in columns if column[3] and column[4] is None]
        rest = dict.fromkeys(set(must) - set(first), 0)  # what must hold something, and does not matter here
        first |= rest
        rows = (each | rest for each in rows)
        names = ", ".join(first)
        marks = ", ".join(f":{name}" for name in first)
        statement = f"insert into {table} ({names}) values ({marks})"
        self._db.execute(statement, first)
        self._db.executemany(statement, rows)
        self._db.commit()  # the hall writes in between
