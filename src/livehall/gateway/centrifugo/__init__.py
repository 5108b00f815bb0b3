"""Centrifugo's client protocol on a WebSocket, for the embedded hub."""

from livehall.gateway.centrifugo.door import websocket_protocol
from livehall.gateway.centrifugo.heartbeat import Rhythm
from livehall.gateway.centrifugo.replies import push_frames
from livehall.gateway.centrifugo.service import ConnectionLimits

__all__ = ["ConnectionLimits", "Rhythm", "push_frames", "websocket_protocol"]
