"""Arrays that are sent while they are read."""

import msgspec
import pytest

from livehall.dialects.kit import json_array
from livehall.dialects.kit.streams import ROWS


class Row(msgspec.Struct):
    number: int


@pytest.mark.parametrize(
    "sizes", [[], [0], [0, 0], [1], [0, 2, 0, 3], [3, 0], [ROWS, 1], [ROWS + 1], [0, 3 * ROWS, ROWS - 1]]
)
async def test_however_the_parts_fall_it_is_one_array(sizes):
    count = iter(range(sum(sizes)))

    async def parts():
        for size in sizes:
            yield [Row(next(count)) for _ in range(size)]

    answer = await json_array(parts())
    pieces = [piece async for piece in answer.body_iterator]
    assert msgspec.json.decode(b"".join(pieces)) == [{"number": number} for number in range(sum(sizes))]
    assert all(piece.count(b"number") <= ROWS for piece in pieces)


async def test_what_the_first_part_raises_comes_before_the_answer():
    async def parts():
        raise LookupError
        yield []

    with pytest.raises(LookupError):
        await json_array(parts())
