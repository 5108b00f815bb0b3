"""A player by WHEP that knows nothing of LiveKit: an HTTP client and a media path."""

import asyncio
from collections.abc import Callable, Sequence

import httpx

from livehall.media.client.offer import Offers, Section
from livehall.media.client.path import MediaPath, Remote
from livehall.media.rtp.packet import Header, is_rtcp, parse_header
from livehall.media.sdp import parse as sdp
from livehall.media.tracks.programme import Kind

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


class Player:
    """`async with` it."""

    def __init__(self, url: str, token: str = "", kinds: Sequence[Kind] = ("audio", "video")) -> None:
        self._url = url
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.path = MediaPath(self._packet, lambda _: None)
        sections = [Section(kind=kind, mid=str(number)) for number, kind in enumerate(kinds)]
        self.offer = Offers(self.path.party).write(sections)
        self.http = httpx.AsyncClient(timeout=10)
        self.answer: httpx.Response | None = None
        self.got: list[tuple[Header, bytes]] = []  # packets without their payload's encryption
        self._news = asyncio.Event()

    async def __aenter__(self) -> "Player":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.path.close()
        await self.http.aclose()

    async def post(self) -> httpx.Response:
        self.answer = await self.http.post(
            f"{self._url}/whep", content=self.offer, headers=SDP | self.headers
        )
        return self.answer

    @property
    def where(self) -> str:
        assert self.answer is not None
        return self._url + self.answer.headers["Location"]

    async def connect(self) -> None:
        answer = await self.post()
        assert answer.status_code == 201, answer.text
        lines = answer.text.splitlines()
        first = next(section for section in sdp.parse(answer.text) if not section.is_rejected)
        password = next(line[10:] for line in lines if line.startswith("a=ice-pwd:"))
        udp = next(line.split() for line in lines if line.startswith("a=candidate:") and " udp " in line)
        address = (udp[4], int(udp[5]))
        await self.path.start(Remote(first.ufrag, password, first.fingerprint, address, opens_dtls=False))
        await asyncio.wait_for(self.path.connected, 10)

    def of(self, payload_type: int) -> list[tuple[Header, bytes]]:
        return [(header, payload) for header, payload in self.got if header.payload_type == payload_type]

    async def until(self, condition: Callable[[], bool], within: float = 10) -> None:
        async with asyncio.timeout(within):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def _packet(self, datagram: bytes) -> None:
        opener = self.path.dtls.opener
        if opener is None or is_rtcp(datagram):
            return
        packet = opener.open_rtp(datagram)
        header = parse_header(packet) if packet is not None else None
        if packet is not None and header is not None:
            self.got.append((header, packet[header.payload_start : header.payload_end]))
            self._news.set()
