"""What came in: headers by their names, and a body in whatever parts it comes."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request

from livehall.dialects.kit.body import LIMIT, TooLarge, Unreadable
from livehall.dialects.kit.call import Call


def a_call(*messages: dict, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Call:
    coming: Iterator[dict] = iter(messages)

    async def receive() -> dict:
        return next(coming)

    return Call(Request({"type": "http", "headers": list(headers)}, receive))


@pytest.mark.parametrize(
    "host", ["hall.example", "HALL.example:8443", "127.0.0.1:80", "[::1]:8000", "a b/c?d#e", "x@y", "", None]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_origin_is_what_the_caller_addressed(scheme, host):
    headers = [] if host is None else [(b"host", host.encode()), (b"host", b"second.example")]
    http = Request(
        {"type": "http", "scheme": scheme, "path": "/x", "server": ("10.0.0.1", 8000), "headers": headers}
    )
    assert Call(http).origin == f"{http.url.scheme}://{http.url.netloc}"


def part(content: bytes, *, more: bool = True) -> dict:
    return {"type": "http.request", "body": content, "more_body": more}


@pytest.mark.parametrize(
    ("messages", "body"),
    [
        ([{"type": "http.request"}], b""),
        ([part(b"whole", more=False)], b"whole"),
        ([part(b"in "), part(b"three "), part(b"parts", more=False)], b"in three parts"),
        ([part(b""), part(b"late", more=False)], b"late"),
        ([part(b"x" * LIMIT, more=False)], b"x" * LIMIT),
    ],
)
async def test_a_body_is_read_whole_and_once(messages, body):
    call = a_call(*messages)
    assert await call.raw() == body
    assert await call.raw() == body


@pytest.mark.parametrize("before", [[], [part(b"{")]])
async def test_a_body_that_is_cut_off_cannot_be_read(before):
    with pytest.raises(Unreadable):
        await a_call(*before, {"type": "http.disconnect"}).raw()


async def test_a_body_beyond_the_limit_is_refused_and_not_read_to_its_end():
    parts = [part(b"x" * (LIMIT // 2)) for _ in range(3)]  # no fourth is there to be read
    with pytest.raises(TooLarge):
        await a_call(*parts).raw()
    with pytest.raises(TooLarge):
        await a_call(part(b"x" * (LIMIT + 1), more=False)).raw()


@pytest.mark.parametrize("length", [b"-1", b"many", str(LIMIT + 1).encode()])
async def test_a_length_that_is_none_or_too_large_is_refused_unread(length):
    with pytest.raises(TooLarge):
        await a_call(headers=((b"content-length", length),)).raw()


async def test_of_a_header_that_stands_twice_the_first_counts():
    call = a_call(headers=((b"accept", b"text/plain"), (b"x-api-key", b"a"), (b"x-api-key", b"b")))
    assert (call.headers.get("x-api-key"), call.headers["accept"]) == ("a", "text/plain")
    assert call.headers.get("origin") is None
