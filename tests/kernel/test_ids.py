"""Ids: their form, their order, and that no process makes those of another."""

import os
import uuid
from datetime import UTC, datetime, timedelta

from livehall.kernel.ids import earliest_id, new_id, parse_id

MANY = 20_000  # more than one millisecond has numbers for


def test_ids_are_uuids_of_version_7_that_rise():
    began = earliest_id(datetime.now(UTC))
    made = [new_id() for _ in range(MANY)]
    assert made == sorted(set(made))
    assert began <= made[0]
    for each in (made[0], made[-1]):
        found = uuid.UUID(each)
        assert (found.version, found.variant, parse_id(each)) == (7, uuid.RFC_4122, each)
    assert len({each[24:] for each in made}) == MANY, "the last 48 bits are drawn anew for each"


def test_the_earliest_id_of_an_instant_is_that_of_its_millisecond():
    at = datetime(2026, 3, 1, 18, 0, 0, 999_000, tzinfo=UTC)
    for within in (0, 1, 499, 500, 501, 999):
        assert earliest_id(at + timedelta(microseconds=within)) == earliest_id(at)
    assert earliest_id(at) < earliest_id(at + timedelta(milliseconds=1))


def test_an_id_is_told_by_its_canonical_form():
    known = "0192f0c1-2b3c-7d4e-8f00-a1b2c3d4e5f6"
    assert parse_id(known.upper()) == known
    for other in (
        "", known[:-1], f"{known}0", f"{known}\n", f" {known[1:]}", known.replace("-", ""),
        f"{{{known}}}", f"{{{known[1:-1]}}}", known.replace("a", "g"), known.replace("1", "１"),
    ):  # fmt: skip
        assert parse_id(other) is None


def test_a_process_that_is_forked_off_draws_bits_of_its_own():
    new_id()  # some are drawn in advance
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(theirs, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 36).decode()[20:] != new_id()[20:]
    os.close(ours)
    os.close(theirs)
