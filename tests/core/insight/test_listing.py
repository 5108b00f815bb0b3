"""What a filter by title compares."""

import pytest
from sqlalchemy import Text, bindparam, select

from livehall.core.insight import listing_store as listing
from livehall.kernel import letters
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement

TITLES = ("Istanbul", "\u0130stanbul", "300 \u212a", "300 k", "Milk", "M\u0130L\u212a", "water 50%_\\")
WORDS = ("i", "IST", "k", "300 K", "ilk", "ater", "%", "_", "\\", "x")


@pytest.mark.parametrize("word", WORDS)
async def test_contains_finds_ascii_words_whatever_the_case_of_letters(desk, word):
    """Those of I and K beyond ASCII, too: rows may be older than what is done to titles today."""
    shape, _ = listing._shape([listing.Condition("title", "contains", word)])
    kin = shape[0][2].partition(":")[2]
    compared = listing.like(bindparam("title", type_=Text), bindparam("word", type_=Text), kin)
    async with desk.read(SYSTEM) as read:
        for title in TITLES:
            found = await read.db.one(
                Statement(select(compared), bool), title=title, word=letters.pattern(word)
            )
            assert found == (letters.lower(word) in letters.lower(title)), (word, title)
