"""Runs of the load generator (`bench.media.load`), each on a fresh server."""

import json
import subprocess
import sys
from typing import Any

import msgspec
from tests.support.livekit.server import API_KEY, API_SECRET

from bench.media.load.run import Plan
from bench.media.servers import Server

Figures = dict[str, float]


def load(server: Server, plan: dict[str, Any], *, may_lose: bool = False) -> Figures:
    """One run. With `may_lose` only what arrived counts.

    Raises: SystemExit, when a receiver did not get what was sent to it.
    """
    with server() as running:
        whole = Plan(url=running.url, api_key=API_KEY, api_secret=API_SECRET, pids=[running.pid], **plan)
        command = [sys.executable, "-m", "bench.media.load", msgspec.json.encode(whole).decode()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures: Figures = json.loads(done.stdout) if done.stdout else {}
    if done.returncode != 0 and not (may_lose and "packets_per_cpu_s" in figures):
        raise SystemExit(f"media load failed: {done.stdout}{done.stderr}")
    return figures
