"""`python -m livehall.media`: the process that `livehall serve` starts and supervises."""

import argparse
import asyncio
import gc
import sys
from pathlib import Path

from livehall.media.net.native import NativeMissing
from livehall.media.serve import read_order, run, run_worker
from livehall.media.settings import MediaSettings, SettingsInvalid, from_environment, from_json


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m livehall.media", description=__doc__)
    parser.add_argument("--config", metavar="FILE", help="settings as JSON; `-` reads standard input")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    try:
        work = run_worker(read_order()) if arguments.worker else run(_settings(arguments.config))
    except (SettingsInvalid, OSError) as fault:
        sys.exit(f"livehall media: {fault}")
    # What was loaded lives as long as the process: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(work)
    except (OSError, NativeMissing) as fault:
        sys.exit(f"livehall media: {fault}")


def _settings(config: str | None) -> MediaSettings:
    if config is None:
        return from_environment()
    return from_json(sys.stdin.read() if config == "-" else Path(config).read_bytes())


if __name__ == "__main__":
    main()
