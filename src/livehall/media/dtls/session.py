"""One DTLS association (RFC 6347, RFC 5764): the handshake, then SRTP keys and application data.

The caller moves the datagrams. OpenSSL's retransmission timer is driven by the event loop.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from OpenSSL import SSL

from livehall.media.dtls.certificate import Identity, fingerprint_of
from livehall.media.dtls.srtp import PROFILES, Opener, Sealer

MTU = 1200  # bytes of a datagram we write
_RECORD_HEAD = 13  # RFC 6347 §4.1


class Dtls:
    """`on_ready` is called once, when keys are there; `on_failed` at most once, with the reason."""

    def __init__(
        self,
        identity: Identity,
        *,
        is_server: bool,
        send: Callable[[bytes], None],
        on_ready: Callable[[], None],
        on_failed: Callable[[str], None],
        on_data: Callable[[bytes], None],
    ) -> None:
        self._is_server = is_server
        self._send = send
        self._on_ready = on_ready
        self._on_failed = on_failed
        self._on_data = on_data
        self._connection = SSL.Connection(identity.context)
        self._connection.set_ciphertext_mtu(MTU)
        self._take_role()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self.sealer: Sealer | None = None
        self.opener: Opener | None = None
        self.peer_fingerprint = ""
        self.peer_said_goodbye = False  # RFC 8446 section 6.1: `close_notify`

    @property
    def is_server(self) -> bool:
        return self._is_server

    def be_client(self) -> None:
        """The peer waits for us to begin (RFC 8842 section 5). Call it before the first datagram."""
        self._is_server = False
        self._take_role()

    def start(self) -> None:
        """Begin the handshake; only the client does."""
        if not self._over:
            self._handshake()

    def receive(self, datagram: bytes) -> None:
        if self._over:
            return
        try:
            self._connection.bio_write(datagram)
            if self.opener is None:
                self._handshake()
            else:
                self._read()
        except SSL.Error:
            return  # a record that is not ours: dropped, as DTLS demands (RFC 6347 §4.1.2.7)

    def send(self, data: bytes) -> None:
        """Send application data; nothing happens before the handshake is done or after its end."""
        if self.sealer is None or self._over:
            return
        try:
            self._connection.send(data)
            self._flush()
        except SSL.Error:
            return

    def say_goodbye(self) -> None:
        """Tell the peer that nothing more is read or sent (RFC 8446 section 6.1)."""
        if self.sealer is None or self._over:
            return
        with suppress(SSL.Error):
            self._connection.shutdown()
            self._flush()

    def close(self) -> None:
        self._over = True
        self._stop_timer()

    def _take_role(self) -> None:
        if self._is_server:
            self._connection.set_accept_state()
        else:
            self._connection.set_connect_state()

    def _read(self) -> None:
        while not self._over:
            try:
                data = self._connection.recv(65536)
            except SSL.WantReadError:
                break
            except SSL.ZeroReturnError:
                self.peer_said_goodbye = True
                break
            self._on_data(data)
        self._flush()

    def _handshake(self) -> None:
        self._stop_timer()
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self._flush()
            wait = self._connection.DTLSv1_get_timeout()
            if wait is not None:
                self._timer = asyncio.get_running_loop().call_later(wait + 0.01, self._timed_out)
            return
        except SSL.Error as error:
            self._fail(f"the DTLS handshake failed: {error}")
            return
        self._flush()
        self._make_keys()

    def _timed_out(self) -> None:
        if self._over:
            return
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(f"the DTLS handshake timed out: {error}")
            return
        self._flush()
        self._handshake()

    def _make_keys(self) -> None:
        profile = PROFILES.get(self._connection.get_selected_srtp_profile())
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if profile is None or certificate is None:
            self._fail("the peer agreed on no SRTP profile that we know")
            return
        number, key, salt = profile
        material = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        of_client = material[:key] + material[2 * key : 2 * key + salt]
        of_server = material[key : 2 * key] + material[2 * key + salt :]
        ours, theirs = (of_server, of_client) if self._is_server else (of_client, of_server)
        self.peer_fingerprint = fingerprint_of(certificate)
        self.sealer = Sealer(ours, number)
        self.opener = Opener(theirs, number)
        self._on_ready()

    def _flush(self) -> None:
        """Send what OpenSSL has written, cut at record boundaries: its memory BIO forgets datagrams."""
        while True:
            try:
                written = self._connection.bio_read(1 << 16)
            except SSL.Error:
                return
            datagram = b""
            position = 0
            while position + _RECORD_HEAD <= len(written):
                size = _RECORD_HEAD + int.from_bytes(written[position + 11 : position + 13])
                if datagram and len(datagram) + size > MTU:
                    self._send(datagram)
                    datagram = b""
                datagram += written[position : position + size]
                position += size
            if datagram:
                self._send(datagram)

    def _fail(self, reason: str) -> None:
        if not self._over:
            self.close()
            self._on_failed(reason)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
