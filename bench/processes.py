"""CPU time and memory of processes that are measured, from proc(5)."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")  # CPU time comes in steps of 1/TICK seconds: measure for seconds, not less
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


class ProcessGone(Exception):
    """A process that is measured has ended."""


class Processes:
    """Some processes, with `tree` also all their descendants, counted together."""

    def __init__(self, pids: Sequence[int], *, tree: bool = False) -> None:
        self._roots, self._tree = tuple(pids), tree
        self._stats()

    def count(self) -> int:
        return len(self._stats())

    def cpu_seconds(self) -> tuple[float, float]:
        """(user, system) so far; with `tree`, those of children that ended too."""
        user = system = 0
        for fields in self._stats().values():
            user += int(fields[11]) + (int(fields[13]) if self._tree else 0)
            system += int(fields[12]) + (int(fields[14]) if self._tree else 0)
        return user / TICK, system / TICK

    def waited_seconds(self) -> float:
        """How long their main threads were ready to run while others had the cores; schedstat of proc(5)."""
        waited = 0
        for pid in self._stats():
            with suppress(FileNotFoundError, ProcessLookupError):
                waited += int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
        return waited / 1e9

    def rss_kb(self) -> int:
        """Resident memory in KiB, summed (shared pages count in each process)."""
        total = 0
        for pid in self._stats():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
        return total * PAGE_KB

    def _stats(self) -> dict[int, list[str]]:
        """The fields of /proc/PID/stat from the state on, of the processes that count."""
        stats: dict[int, list[str]] = {}
        for pid in self._roots:
            fields = _stat(pid)
            if fields is None or fields[0] == "Z":
                raise ProcessGone(f"process {pid} does not exist")
            stats[pid] = fields
        return self._with_descendants(stats) if self._tree else stats

    @staticmethod
    def _with_descendants(stats: dict[int, list[str]]) -> dict[int, list[str]]:
        everyone = {pid: fields for pid in _pids() if (fields := _stat(pid)) is not None}
        waiting = list(stats)
        while waiting:
            parent = waiting.pop()
            for pid, fields in everyone.items():
                if int(fields[1]) == parent and pid not in stats:
                    stats[pid] = fields
                    waiting.append(pid)
        return stats


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
