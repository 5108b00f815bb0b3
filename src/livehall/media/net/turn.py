"""TURN servers and the credentials that they take: coturn's `use-auth-secret`, which is the scheme of
draft-uberti-behave-turn-rest-00.

The user's name is the end of its validity and whom it was made for; the password proves that we made it. The
TURN server knows nothing but the secret, so nothing has to be told to it.
"""

import base64
import hmac
import time

from livekit.protocol import rtc


class TurnServers:
    def __init__(self, urls: tuple[str, ...], secret: str, lifetime_s: int) -> None:
        """`urls` such as `turn:turn.example.org:3478?transport=udp`; none: nobody gets any."""
        self._urls = urls
        self._secret = secret.encode()
        self._lifetime_s = lifetime_s

    def offered_to(self, holder: str) -> list[rtc.ICEServer]:
        """What a client is told when it joins; `holder` names its place in a room."""
        issued = self.issue(holder)
        if issued is None:
            return []
        urls, username, credential = issued
        return [rtc.ICEServer(urls=urls, username=username, credential=credential)]

    def issue(self, holder: str) -> tuple[tuple[str, ...], str, str] | None:
        """URLs, user name and password for whom `holder` names; None where there is no server."""
        if not self._urls:
            return None
        username = f"{int(time.time()) + self._lifetime_s}:{holder}"
        digest = hmac.digest(self._secret, username.encode(), "sha1")  # the scheme knows no other
        credential = base64.b64encode(digest).decode()
        return self._urls, username, credential
