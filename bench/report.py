"""The page that a run leaves behind."""

import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.rows import Row

README = Path(__file__).with_name("README.md")
KEPT = Path(__file__).with_name("kept")  # figures of what is run by hand

HEAD = """# Figures

Written by `make bench`; do not edit. A ratio above 1 is in our favour, whichever way the figure counts, and
is taken in one run on one machine, so that it says more than the figure does. A budget is the least ratio
allowed: `make bench` fails when one is missed. One part alone: `python -m bench.media`, and so on.

What stands for a peer, and what its budget means:

- *a program or a bare handler*, measured beside ours: we do at least the budget's share of what it does.
  Such a budget holds on any machine; it is set below what was measured, by as much as a noisy machine
  needs.
- *the vendor's service*, measured beside ours: so many times what it does as the issue has us do.
- *the same without the load, small house*: the load costs at most so much; 0.5 is twice the time.
- *a count* (accepted, listening): all of them, so 1.
- *allowed, promised, the issue's measure*: a limit that somebody set in seconds or bytes, for a machine
  with two cores. It says as much about the machine as about us.
- *asked for*, without a budget: a rate that the issues name for such a machine. What is held is the share of
  the bare handler in the same table, since that does not depend on the machine.

{machine}
"""

HOW = {
    "api": """Our api process's app under uvicorn (uvloop, httptools; without rates), in a process of its
own, and 16 callers in another, each with its next request as soon as the one before is answered. The peer
is Starlette alone under the same uvicorn, whose handlers run the statements that the operation was seen to
run, on the raw driver, and answer with as many bytes. What is left is what signing in, checking,
translating, events and the relay cost. Ours commits small writes in groups, which the bare handler does
not, and so may win. Requests are counted for each CPU-second of the server process; PostgreSQL's own time
counts for neither. `join` is a repeated join of a session in backstage; 16 people join, and vote. The p99 at
a rate is that of half the rate that is asked for (of half of what was reached, where that is less), timed
from when each request was due.""",
    "crowd": """One api process (uvicorn, hub and relay in it; without rates) and a generator in a process
of its own. Each of the crowd has an account, joins, opens a realtime connection and subscribes to the
session's channel, 64 at a time; a refusal or a lost connection fails the part. Pictures are left aside: the
answers name an HLS address. Votes come at a steady rate from 1,000 of them out of a third process, each
timed from when it was due, while everybody hears the results every 2 s. The same is voted before in another
session of the same house, where nobody listens; a sign of life is the crowd's other small write, which
costs less than a vote, and so has no budget.""",
    "chat": """The same processes. 50 sessions at 2,000 messages a second in all, from 2,500 people who have
joined, 20 listeners in each: so many as are due, at most 64 unanswered at a time. Each delivery to each
listener counts, and the rows that are in the table afterwards. The bare handler runs the statements of a
message and tells nobody. In one session at 500 a second all is stored, and its channel is sampled to 50
within any second (by the times of the messages; realtime.md §6).""",
    "revocation": """A whole hall on SQLite with a host on air. From the answer of a ban until the
Centrifugo connection is closed, LiveKit's client is out of the media room, and the HLS playlist answers 403
to a player that asks every 10 ms. The answers of a player are checked afresh once a second, which is what
its p95 is.""",
    "dialects": """As above, for the Sourceloop API: tokens that the customer's server signed, the meeting
on air, 100 attendees told by callbacks, 10 archives. The second peer is the vendor's own service,
npm's `@sourceloop/video-conferencing-service` 5.0.5 (LoopBack 4), each operation measured right after ours by
the same callers. It runs as a careful operator would run it: Node in production mode, one process, only
errors logged, its own tables on PostgreSQL, as many connections as ours. All of it is the package's but the
provider outside, which answers from memory. It is called for 20 s before, since V8 compiles while it runs.
A sixth of its time goes into looking for a public key in the secret that tokens are checked with, much of
the rest into LoopBack's bindings and a logger that are made anew for each request. Its budgets are the
issue's; PostgreSQL's time counts for neither, SQLite's does for us. Ours: a token and the lists are one or
two statements and no write; what limits them is HTTP and, for lists, making their text. A new meeting:
three and the journal's.
On SQLite a quarter of that is SQLite's own time (the room stands in five indexes, the session in eight, each
of two rows of the journal in two and then in up to three), a tenth the kernel's for WAL and sync, and most is
Python's: checks, rules, two events and what the relay tells of them, where no function has more than 4 %.
Both are compared by CPU-seconds, since server, generator and PostgreSQL share two cores: a second of the
clock says as much about the others. Voilà's reports: seconds to the last byte and memory above idle, for a
session of 100,000 people. Half of it is reading (SQLite's time, and making Python's rows of it), a fifth
the ids of 27 characters, the rest structs and JSON. MeltingSpot's lives: 200 lists of 100,000, each with
five filters drawn anew. What limits them is the count of what fits: SQLite asks every entry of one index.""",
    "media": """One publisher (Opus 50 packets/s, VP8 150 packets/s of 1,150 bytes in bursts) and many
subscribers, from a generator that does ICE, DTLS and SRTP with each (`bench/media/load`). The peer is the
real LiveKit server 1.13.5, as it comes and with `rtc.batch_io` (128 packets, 2 ms), its best setting for this
load; every run has a fresh server. Ours forwards by the interpreter alone, and in C by livehall-native
(docs/operate/native.md). Of a peer that loses packets only what arrived counts. CPU is the server's; server
and generator share the machine, so delays at 100 subscribers and more are the machine's as much as the
server's. Those who connect do so by LiveKit's Python SDK, 20 of each kind at each server in turns, which
run side by side, with one peer connection and with two: a subscriber until its first decoded frame, a
publisher until its first one is decoded at somebody who watches already. In a meeting everybody sends so
much to everybody. By hand: `--more`, held to what the server was to reach beside the real one, 0.9 of it by
the interpreter and twice in C; `--full`, our server at 70 % of a core, with eight who film at times of their
own and as many subscribers as that takes (one row says how long the server waited for a core: where others
keep it waiting, the delay is theirs; `chrt -r 1` before the command keeps them off); `--soak MINUTES`, our
server alone under one load, held to flat memory and nothing lost.""",
    "egress": """A recorder process, which gets packets in real time as the media process hands them on, and
writes an MP4 and HLS of 2 s: its CPU time as a share of one core. The picture has 30 frames a second and
1.5 Mbit/s, a wall with somebody who moves before it and a camera's noise; a voice is mixed and encoded,
too.""",
    "hub": """Our hub in its server process on one core and the generator on another; the peer is a server on
centrifugal/centrifuge 0.40.1, the library inside Centrifugo, on one core too. Publications of 200 bytes;
every delivery is checked for order and loss.""",
    "hall": """`livehall serve` with everything on SQLite: growth of the resident memory of the api process
for each of 500 realtime connections, of the api and media processes for each of 100 media subscribers whose
signalling passes through the api process. The peers are those of the parts above.""",
    "lists": """10,000 rooms, 100,000 sessions, 1,000,000 attendances beside one page of each, in one
process on the same machine, one caller; medians. A list, and a search by a word that few titles hold, may
take twice the small house's time. Memory is the growth of the server's process while one session of 100,000
people is exported, beside the 50 MiB that it may take; the first export since the start fills the database's
page cache as well.""",
}


def page(rows: Sequence[Row], failures: Sequence[str], seconds: float) -> str:
    """Markdown."""
    parts = [HEAD.format(machine=machine(seconds))]
    parts += [f"**Failed:** {words}\n" for words in failures]
    for part, how in HOW.items():
        listed = [each for each in rows if each.part == part]
        if listed:
            parts.append(f"## {part}\n\n{how}\n\n{table(listed)}\n{by_hand(part)}")
    return "\n".join(parts)


class Kept(msgspec.Struct, frozen=True):
    """What was measured by hand, and when and where."""

    command: str
    machine: str
    rows: list[Row]


def keep(part: str, option: str, rows: Sequence[Row], seconds: float) -> None:
    """Put figures on the page behind the part's own, until they are taken anew."""
    kept = Kept(f"python -m bench.{part} --{option}", machine(seconds), list(rows))
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{part}-{option}.json").write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    sections = README.read_text().split("\n## ")
    for at, section in enumerate(sections):
        if section.startswith(f"{part}\n"):
            own = section.partition("\n### ")[0].rstrip()
            sections[at] = f"{own}\n{by_hand(part)}"
    README.write_text("\n## ".join(sections).rstrip() + "\n")


def by_hand(part: str) -> str:
    """Markdown of what was kept for a part."""
    found = [
        msgspec.json.decode(path.read_bytes(), type=Kept) for path in sorted(KEPT.glob(f"{part}-*.json"))
    ]
    return "".join(
        f"\n### By hand: `{each.command}`\n\n{each.machine}\n\n{table(each.rows)}\n" for each in found
    )


def table(rows: Sequence[Row]) -> str:
    lines = ["| | unit | ours | peer | | ratio | budget |", "|---|---|---:|---:|---|---:|---:|"]
    for each in rows:
        missed = " **missed**" if each.is_missed else ""
        cells = [
            each.what, each.unit, _number(each.ours), _number(each.peer), each.peer_name,
            _number(each.ratio), f"≥ {each.budget:g}{missed}" if each.budget is not None else "",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine(seconds: float) -> str:
    """Where and when, in a sentence."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    cores = len(os.sched_getaffinity(0))
    return (
        f"{today}; {cores} cores of {_processor()}; Linux {platform.release()}; "
        f"Python {platform.python_version()}; {seconds:.0f} s in all; load average at the end "
        f"{os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
