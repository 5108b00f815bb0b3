"""Codes with which a connection or a subscription ends.

Numbers and words are Centrifugo's (centrifugal/centrifuge v0.40, disconnect.go, unsubscribe.go): its
clients reconnect after 3000–3499 and 4000–4499 and stay away after 3500–3999 and 4500–4999.
"""

SHUTDOWN = (3001, "shutdown")
EXPIRED = (3005, "connection expired")
SLOW = (3008, "slow")
NO_PONG = (3012, "no pong")
TOO_MANY_REQUESTS = (3013, "too many requests")
INVALID_TOKEN = (3500, "invalid token")
BAD_REQUEST = (3501, "bad request")
STALE = (3502, "stale")
NOT_AVAILABLE = (3508, "not available")

SUBSCRIPTION_EXPIRED = (2501, "subscription expired")

# RFC 6455 §7.4.1
PROTOCOL_ERROR = (1002, "protocol error")
TEXT_ONLY = (1003, "text messages only")
TOO_BIG = (1009, "message too big")


class Disconnect(Exception):
    """Ends the connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
