"""`python -m bench.api.load PORT PID SECONDS < scene`: closed-loop load on one operation, figures as JSON.

So many connections are kept alive, each sends its next request when it has the answer to the one before.
"""

import asyncio
import json
import pickle
import sys
import time

from bench.api.serving import Scene
from bench.processes import Processes

CONNECTIONS = 16
WARM_S = 0.5


class Connection(asyncio.Protocol):
    """One client; answers are read by their length, as both servers give it."""

    def __init__(self, request: bytes, latencies: list[float]) -> None:
        self._request, self._latencies = request, latencies
        self._received = bytearray()
        self._sent_at = 0.0
        self.failure = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

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
            self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()


def request_of(scene: Scene) -> bytes:
    lines = [
        f"{scene.method} {scene.path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {scene.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(scene.body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + scene.body


async def measure(scene: Scene, port: int, pid: int, seconds: float) -> dict[str, float]:
    """Raises: SystemExit, when an answer is not a success."""
    loop, latencies, server = asyncio.get_running_loop(), list[float](), Processes([pid])
    request = request_of(scene)
    clients = [
        (await loop.create_connection(lambda: Connection(request, latencies), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
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
    found = asyncio.run(measure(scene, int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(found))
