"""Our figures beside the vendor's, which are taken in the same run, after ours."""

from collections.abc import Sequence

from bench.api.comparing import MEMORY, PER_CPU_SECOND, PER_SECOND
from bench.dialects.vendor.service import Figures
from bench.rows import Row, row

VENDOR = "the vendor's service (Node)"
# How many times the vendor's requests for a CPU-second the issue has ours answer. Its PostgreSQL counts for
# neither, our SQLite for us.
TIMES = {
    "SQLite": {
        "create a meeting": 10.0, "token of a meeting": 10.0, "100 attendees": 10.0, "10 archives": 10.0,
    },
    "PostgreSQL": {
        "create a meeting": 3.0, "token of a meeting": 6.0, "100 attendees": 5.0, "10 archives": 6.0,
    },
}  # fmt: skip


def rows(ours: Sequence[Row], vendor: Figures) -> list[Row]:
    """For each database that ours was measured on; without a peer where the vendor's has no figures."""
    found = {each.what: each.ours for each in ours}
    return [
        each
        for on in TIMES
        if f"{MEMORY}, {on}" in found
        for each in [*_requests(on, found, vendor), _memory(on, found, vendor)]
    ]


def _requests(on: str, found: dict[str, float], vendor: Figures) -> list[Row]:
    listed = []
    for scene, times in TIMES[on].items():
        for what, budget in ((PER_CPU_SECOND, times), (PER_SECOND, None)):
            name = f"{scene}, {on}: {what}"
            listed.append(
                row(
                    "dialects", name, "requests", found[name], vendor.get(f"{scene}: {what}"),
                    peer_name=VENDOR, budget=budget,
                )
            )  # fmt: skip
    return listed


def _memory(on: str, found: dict[str, float], vendor: Figures) -> Row:
    name = f"{MEMORY}, {on}"
    return row(
        "dialects", name, "MB", found[name], vendor.get(MEMORY), peer_name=VENDOR, more_is_better=False
    )
