"""`python -m bench.api.load PORT PID SECONDS RATE < scene`: load on one operation, figures as JSON.

So many connections are kept alive, each sends its next request when it has the answer to the one before; with
a rate not before it is due, and what is timed then begins when it was due.
"""

import asyncio
import json
import pickle
import sys
import time
from functools import partial
from itertools import cycle

from bench.api.serving import Scene
from bench.processes import Processes

CONNECTIONS = 16
WARM_S = 0.5


class Connection(asyncio.Protocol):
    """One client; answers are read by their length, as both servers give it."""

    def __init__(
        self, request: bytes, latencies: list[float], every_s: float = 0, first_in_s: float = 0
    ) -> None:
        self._request, self._latencies = request, latencies
        self._every_s, self._due = every_s, time.perf_counter() + first_in_s
        self._received = bytearray()
        self._sent_at = 0.0
        self.failure = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send_when_due()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        if head[9:10] != b"2":
            self.failure = bytes(self._received).decode(errors="replace")
            self._transport.close()
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._latencies.append(time.perf_counter() - self._sent_at)
            self._received.clear()
            self._send_when_due()

    def _send_when_due(self) -> None:
        now = time.perf_counter()
        if not self._every_s:
            self._due = now
        due, self._due = self._due, self._due + self._every_s
        if due <= now:
            self._send(due)
        else:
            asyncio.get_running_loop().call_later(due - now, self._send, due)

    def _send(self, due: float) -> None:
        self._sent_at = due
        if not self._transport.is_closing():
            self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()


def request_of(scene: Scene, token: str) -> bytes:
    lines = [
        f"{scene.method} {scene.path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(scene.body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + scene.body


async def measure(scene: Scene, port: int, pid: int, seconds: float, rate: float) -> dict[str, float]:
    """`rate`: requests begun a second; 0 for as many as are answered.

    Raises: SystemExit, when an answer is not a success."""
    loop, latencies, server = asyncio.get_running_loop(), list[float](), Processes([pid])
    requests = cycle(request_of(scene, token) for token in scene.scripts)
    every_s = CONNECTIONS / rate if rate else 0.0
    clients = []
    for number in range(CONNECTIONS):
        made = partial(Connection, next(requests), latencies, every_s, every_s * number / CONNECTIONS)
        clients.append((await loop.create_connection(made, "127.0.0.1", port))[1])
    await asyncio.sleep(WARM_S)
    latencies.clear()
    cpu, began = sum(server.cpu_seconds()), time.perf_counter()
    await asyncio.sleep(seconds)
    spent, elapsed = sum(server.cpu_seconds()) - cpu, time.perf_counter() - began
    ordered = sorted(latencies)
    for client in clients:
        client.close()
    failure = next((client.failure for client in clients if client.failure), "")
    if failure or not ordered:
        raise SystemExit(f"{scene.name}: {failure or 'no answer'}")
    return {
        "requests_per_cpu_s": round(len(ordered) / spent, 1) if spent else 0,
        "requests_per_s": round(len(ordered) / elapsed, 1),
        "p99_ms": round(1000 * ordered[len(ordered) * 99 // 100], 2),
    }


if __name__ == "__main__":
    scene: Scene = pickle.loads(sys.stdin.buffer.read())
    found = asyncio.run(
        measure(scene, int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
    )
    print(json.dumps(found))
