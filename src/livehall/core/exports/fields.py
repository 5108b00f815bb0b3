"""Words of exports: meaning and bounds of each field, written once."""

from datetime import timedelta
from typing import Literal

from livehall.core.ports.exports import Format as Format
from livehall.core.ports.exports import Kind as Kind

State = Literal["pending", "ready", "failed"]
Reason = Literal["not_found", "forbidden", "storage_unavailable", "not_made"]

KEPT = timedelta(days=3)  # a file lies there, since it was asked for
MOST_PENDING = 10  # of one maker
MOST_KEPT = 100  # of one maker, pending ones and failures among them
MOST_ATTEMPTS = 10
LEASE = timedelta(seconds=30)  # of who makes a file; long enough for a server that is slow to answer
LONGEST_PAUSE = timedelta(minutes=5)  # between two attempts
