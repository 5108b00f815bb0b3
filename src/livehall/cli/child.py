"""What the two child processes of `serve` have in common."""

import contextlib
import sys
from collections.abc import Iterator

import structlog

from livehall.cli.entry import EXIT_SOFTWARE, EXPECTED, settings
from livehall.server import logging
from livehall.server.process import die_with_parent
from livehall.server.settings import Settings

log = structlog.get_logger("livehall.process")


@contextlib.contextmanager
def child(name: str, parent: int | None) -> Iterator[Settings]:
    """The settings, with logs set up; ends with `parent`. What nobody foresaw becomes one line of the log."""
    if parent is not None:
        die_with_parent(parent)
    configured = settings()
    logging.configure(configured.log, name)
    try:
        yield configured
    except EXPECTED:
        raise
    except Exception:  # the edge of the process: whatever it is, it is said once
        log.exception("the process failed")
        sys.exit(EXIT_SOFTWARE)
