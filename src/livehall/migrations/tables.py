"""Every table that a slice keeps, so that a migration can be compared with them."""

from livehall.core.people import model as people
from livehall.kernel import idempotency, journal
from livehall.kernel.db import metadata

__all__ = ["idempotency", "journal", "metadata", "people"]
