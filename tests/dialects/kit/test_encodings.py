import pytest

from livehall.dialects.kit.encodings import takes_gzip


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP;q=0.5", True),
        ("br, x-gzip", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0, *", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(accepted: str, takes: bool):
    assert takes_gzip(accepted) is takes
