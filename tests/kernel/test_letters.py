"""Lower case for searches."""

import sys

from livehall.kernel.letters import lower


def test_every_letter_has_one_lower_case_wherever_it_stands():
    letters = [chr(number) for number in range(sys.maxunicode + 1)]
    text = "".join(letters)
    assert lower(text) == "".join(letter.lower()[0] for letter in letters)
    assert len(lower(text)) == len(text)
    assert lower("ΟΔΟΣ ΟΔΟΣΑ İSTANBUL") == "οδοσ οδοσα istanbul"
