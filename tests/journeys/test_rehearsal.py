"""Two hundred people at once, as `livehall rehearse` plays them."""

import pytest

from tests.support.hall import hall

pytestmark = [pytest.mark.long, pytest.mark.media]


def test_two_hundred_viewers_see_hear_write_and_are_counted(tmp_path):
    with hall(tmp_path, demo=True) as house:
        said = house.command("rehearse", "--viewers", "200", "--seconds", "20", within_s=300)
    assert "200 of 200 viewers are in" in said
    assert "Clean: everybody saw, heard, read and was counted." in said
