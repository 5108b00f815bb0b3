"""Calls that a server makes of a participant (LiveKit's RPC, with us in the place of the caller).

The caller's identity is the call's own id, as with LiveKit; the answer comes back as a data packet that
names the id.
"""

import asyncio
import uuid
from typing import TYPE_CHECKING

from livekit.protocol import models

from livehall.media.rooms.connection import RELIABLE

if TYPE_CHECKING:
    from livehall.media.rooms.participant import Participant

UNSUPPORTED_METHOD, REQUEST_TOO_LARGE, RESPONSE_TIMEOUT = 1400, 1402, 1502  # LiveKit's numbers
LARGEST_PAYLOAD = 15 * 1024  # bytes
DEFAULT_TIMEOUT_S = 10.0


class CallFailed(Exception):
    """`code` is LiveKit's number of the fault, or one of the application's own."""

    def __init__(self, code: int, text: str, data: str = "") -> None:
        super().__init__(f"RpcError {code}: {text}" + (f": {data}" if data else ""))
        self.code = code


class Calls:
    """The calls of one room that wait for their answers."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, asyncio.Future[models.RpcResponse]]] = {}

    async def perform(
        self, callee: "Participant", method: str, payload: str, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> str:
        """What the callee answers.

        Raises: CallFailed.
        """
        if len(payload.encode()) > LARGEST_PAYLOAD:
            raise CallFailed(REQUEST_TOO_LARGE, "Request payload too large")
        number = str(uuid.uuid4())
        request = models.RpcRequest(
            id=number, method=method, payload=payload, response_timeout_ms=round(timeout_s * 1000), version=1
        )
        packet = models.DataPacket(
            kind=models.DataPacket.RELIABLE,
            participant_identity=number,
            destination_identities=[callee.identity],
            rpc_request=request,
        )
        answered: asyncio.Future[models.RpcResponse] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (callee.identity, answered)
        try:
            callee.send_data(RELIABLE, packet.SerializeToString())
            response = await asyncio.wait_for(answered, timeout_s)
        except TimeoutError:
            raise CallFailed(RESPONSE_TIMEOUT, "Response timeout") from None
        finally:
            del self._waiting[number]
        if response.HasField("error"):
            raise CallFailed(response.error.code, response.error.message, response.error.data)
        return response.payload

    def heard(self, sender_identity: str, packet: models.DataPacket) -> bool:
        """Whether the packet belongs to one of these calls, and so to nobody else."""
        kind = packet.WhichOneof("value")
        if kind == "rpc_ack":
            return packet.rpc_ack.request_id in self._waiting
        if kind != "rpc_response" or packet.rpc_response.request_id not in self._waiting:
            return False
        callee, answered = self._waiting[packet.rpc_response.request_id]
        if callee == sender_identity and not answered.done():
            answered.set_result(packet.rpc_response)
        return True
