"""`python -m bench.crowd`: thousands enter one session at once, hear of a poll, and vote.

Each joins, opens a realtime connection and subscribes to the session. Then so many a second send a sign
of life each, and after a poll was opened to all of them, as many vote: the p99 of a vote beside that of the
same vote in a session without the crowd, and beside that of the other small write, without a poll. An answer
that is no success, or a connection that is lost, fails the part.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
from tests.support.needs import FINDERS
from tests.support.postgres import postgres_server

from bench.api.comparing import running
from bench.api.serving import Scenes
from bench.crowd.load import CALLS_PER_S, Figures
from bench.crowd.preparing import environ_of, prepare
from bench.media import servers
from bench.rows import Row, hand_over, row
from bench.running import program
from bench.wire import room_for

ALLOWED_S = 60.0
VOTE_BUDGET = 0.5  # at most twice the p99


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--on", choices=["sqlite", "postgresql"], help="only there")
    arguments = parser.parse_args()
    room_for(arguments.people + 200)  # the server's process has as many
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="livehall-bench-") as folder, ExitStack() as stack:
        media = stack.enter_context(servers.ours())
        if arguments.on != "postgresql":
            data = Path(folder) / "sqlite"
            rows += measure("SQLite", data, f"sqlite:///{data}/livehall.db", media.url, arguments.people)
        postgres = FINDERS["postgresql"]()
        if postgres is None:
            print("without PostgreSQL: it is not installed", file=sys.stderr)
        elif arguments.on != "sqlite":
            server = stack.enter_context(postgres_server(postgres))
            url = stack.enter_context(server.database())
            rows += measure("PostgreSQL", Path(folder) / "postgresql", url, media.url, arguments.people)
    return hand_over(rows)


def measure(on: str, data: Path, database_url: str, media_url: str, people: int) -> Iterator[Row]:
    data.mkdir(parents=True)
    environ = environ_of(data, database_url, media_url)
    house = asyncio.run(prepare(environ, people, on_the_air=2))
    with running("ours", data, Scenes(environ, database_url, [])) as (_, port):
        output = program("bench.crowd.load", str(port), told=msgspec.json.encode(house))
    found = msgspec.json.decode(output, type=Figures)
    crowd = f"{people:,} people"
    yield row(
        "crowd", f"{crowd} enter one session, {on}", "s", found.entered_s, ALLOWED_S,
        peer_name="allowed", more_is_better=False, budget=1.0,
    )  # fmt: skip
    yield row(
        "crowd", f"hear that a poll was opened, {on}", "people", found.heard, people,
        peer_name="listening", budget=1.0,
    )  # fmt: skip
    yield row("crowd", f"until the last of them heard, {on}", "s", found.heard_s)
    for what, peer_ms, budget in (
        ("the same, without the crowd", found.quiet_vote_ms, VOTE_BUDGET),
        ("a sign of life, without a poll", found.beat_ms, None),
    ):
        yield row(
            "crowd", f"vote, p99, {crowd} listening, {CALLS_PER_S:g}/s, {on}", "ms", found.vote_ms, peer_ms,
            peer_name=what, more_is_better=False, budget=budget,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
