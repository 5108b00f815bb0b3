"""Bodies are read strictly."""

import msgspec
import pytest

from livehall.dialects.kit import Request
from livehall.dialects.kit.body import Unreadable, convert, parse
from livehall.kernel.faults import Invalid


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":9223372036854775808}',
        b'{"a":-9223372036854775808}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\0"}',
        b"[" * 40 + b"]" * 40,
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_two_parsers_could_read_differently_is_unreadable(raw):
    with pytest.raises(Unreadable):
        parse(raw)


class Wanted(Request, kw_only=True):
    title: str
    size: int = 0


@pytest.mark.parametrize(
    ("value", "field", "rule"),
    [
        ({}, "title", "required"),
        ({"title": "x", "other": 1}, "other", "unknown"),
        ({"title": 1}, "title", "type"),
        ({"title": "x", "size": "1"}, "size", "type"),
        ([], "", "type"),
    ],
)
def test_a_refused_field_is_named(value, field, rule):
    with pytest.raises(Invalid) as caught:
        convert(value, Wanted)
    assert [(detail.field, detail.rule) for detail in caught.value.details] == [(field, rule)]


def test_a_query_reads_numbers_from_text():
    assert convert({"title": "x", "size": "3"}, Wanted, lax=True) == Wanted(title="x", size=3)


def test_brackets_that_do_not_nest_are_welcome():
    assert parse(b'{"a":[' + b"[]," * 40 + b'"[{[{\\n"]}') == {"a": [*[[]] * 40, "[{[{\n"]}
    assert parse(b"[" * 31 + b"]" * 31)


def test_text_beyond_ascii_is_welcome():
    assert parse('{"a":"Zoë 👋"}'.encode()) == {"a": "Zoë 👋"}
    assert msgspec.json.encode("é") == b'"\xc3\xa9"'
