from itertools import pairwise

from livehall.media.rtp.numbering import Unwrapper, distance


def test_distance_goes_the_shorter_way_around():
    assert distance(2, 65535) == 3
    assert distance(65535, 2) == -3
    assert distance(5, 5) == 0


def test_numbers_stay_continuous_over_two_wraps():
    unwrapper = Unwrapper()
    places = [unwrapper.unwrap(number & 0xFFFF) for number in range(65000, 65000 + 2 * 65536, 7)]

    assert all(later - earlier == 7 for earlier, later in pairwise(places))
    assert all(
        place & 0xFFFF == number & 0xFFFF
        for place, number in zip(places, range(65000, 200000, 7), strict=False)
    )


def test_a_late_number_from_before_the_wrap_keeps_its_place():
    unwrapper = Unwrapper()
    first = unwrapper.unwrap(65534)
    unwrapper.unwrap(1)

    assert unwrapper.unwrap(65535) == first + 1
    assert unwrapper.last == first + 3


def test_timestamps_unwrap_at_32_bits():
    unwrapper = Unwrapper(32)
    first = unwrapper.unwrap(0xFFFFFFF0)

    assert unwrapper.unwrap(0x10) == first + 0x20
