"""`python -m bench.media.load PLAN`: one run, from a plan as JSON to its figures as JSON.

The status is 0 when every receiver got at least 99 % of the packets sent to it, 1 when not or when the run
failed (`problems` says why).
"""

import asyncio
import json
import resource
import sys

import aiohttp
import msgspec

from bench.media.load.result import problems
from bench.media.load.run import LoadRun, Plan
from bench.media.load.wire import LoadError
from bench.processes import ProcessGone

EXPECTED = (LoadError, ProcessGone, TimeoutError, OSError, aiohttp.ClientError)


def main() -> int:
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        result = asyncio.run(LoadRun(plan).run())
        result["problems"] = problems(result)
    except (*EXPECTED, BaseExceptionGroup) as raised:
        error = _first(raised)
        if not isinstance(error, EXPECTED):
            raise
        result = {"problems": [str(error) or "the run did not end in time"]}
    print(json.dumps(result))
    return 1 if result["problems"] else 0


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
