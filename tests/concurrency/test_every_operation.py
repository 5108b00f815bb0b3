"""The list of what was called twice at once is complete."""

from tests.concurrency import test_exports as exports
from tests.concurrency import test_pairs as pairs
from tests.concurrency import test_pairs_of_evenings as evenings
from tests.concurrency import test_pairs_of_people as people
from tests.concurrency import test_pairs_of_places as places
from tests.concurrency.table import ALONE, PAIRED, operations, twins

__all__ = ["evenings", "exports", "pairs", "people", "places"]


def test_every_operation_that_may_change_something_meets_itself_or_need_not() -> None:
    assert operations() - set(PAIRED) - set(ALONE) == set()
    assert set(PAIRED) | set(ALONE) == operations()
    assert set(PAIRED) & set(ALONE) == set()


def test_what_is_called_within_a_library_is_the_same_function() -> None:
    assert all(twins().values())
