"""Answers on the wire: head and body together, and nothing kept back."""

import asyncio

from livehall.gateway.http import Joining
from tests.server.serving import served

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Pipe(asyncio.Transport):
    """Takes down what is written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def joined() -> tuple[Pipe, Joining]:
    pipe = Pipe()
    return pipe, Joining(pipe, asyncio.get_running_loop())


async def test_head_and_body_are_one_write():
    pipe, answers = joined()
    answers.write(b"head ")
    answers.write(b"body")
    assert pipe.written == [b"head body"]
    await asyncio.sleep(0)
    assert pipe.written == [b"head body"]


async def test_what_comes_alone_leaves_with_the_turn():
    pipe, answers = joined()
    answers.write(b"head")
    assert pipe.written == []
    await asyncio.sleep(0)
    assert pipe.written == [b"head"]


async def test_at_most_one_piece_is_held():
    pipe, answers = joined()
    for piece in (b"1", b"2", b"3", b"4", b"5"):
        answers.write(piece)
    assert pipe.written == [b"12", b"34"]
    answers.close()
    assert (pipe.written, pipe.is_closed) == ([b"12", b"34", b"5"], True)


async def test_nothing_is_written_to_a_connection_that_went_meanwhile():
    pipe, answers = joined()
    answers.write(b"head")
    pipe.close()
    await asyncio.sleep(0)
    assert pipe.written == []


async def test_a_head_is_there_before_its_body():
    may_go_on = asyncio.Event()

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await may_go_on.wait()
        await send({"type": "http.response.body", "body": b"later"})

    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            may_go_on.set()
            assert (head[:15], await reader.readexactly(5)) == (b"HTTP/1.1 200 OK", b"later")
        writer.close()


async def test_requests_that_come_together_are_answered_in_their_order():
    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body = scope["path"].encode()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    paths = [f"/{number}".encode() for number in range(20)]
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"".join(REQUEST.replace(b"/ ", path + b" ", 1) for path in paths))
        found = []
        async with asyncio.timeout(5):
            for path in paths:
                await reader.readuntil(b"\r\n\r\n")
                found.append(await reader.readexactly(len(path)))
        assert found == paths
        writer.close()
