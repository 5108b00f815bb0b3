"""DTLS and the SRTP sessions keyed by it (RFC 5764)."""

import asyncio
import contextlib
import datetime
import secrets
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from bench.media.load.wire import LoadError

MTU = 1200
RECORD_HEADER = 13  # bytes; RFC 6347 §4.1
SRTP_PROFILES = {  # name: (profile, key bytes, salt bytes), best first
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}
CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA"


class DtlsIdentity:
    """A throw-away certificate, shared by all clients, and the OpenSSL context that uses it."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, secrets.token_hex(8))])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
        self.fingerprint = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_options(SSL.OP_NO_TICKET)
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_cipher_list(CIPHERS)
        self.context.set_tlsext_use_srtp(b":".join(SRTP_PROFILES))


class DtlsSession:
    """One handshake; the caller moves the datagrams. `receiving` and `sending` exist once it is done."""

    def __init__(
        self,
        identity: DtlsIdentity,
        is_server: bool,
        send: Callable[[bytes], None],
        on_ready: Callable[[], None],
    ) -> None:
        self._is_server, self._send, self._on_ready = is_server, send, on_ready
        self._connection = SSL.Connection(identity.context)
        self._connection.set_ciphertext_mtu(MTU)
        if is_server:
            self._connection.set_accept_state()
        else:
            self._connection.set_connect_state()
        self.receiving: Session | None = None  # for what the peer sends
        self.sending: Session | None = None
        self.profile = b""
        self.peer_fingerprint = ""
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def feed(self, datagram: bytes) -> None:
        """Take a datagram of the peer. Raises: LoadError."""
        self._connection.bio_write(datagram)
        if self.receiving is None:
            self.step()
            return
        with contextlib.suppress(SSL.Error):
            self._connection.recv(65536)  # application data (data channels) is of no interest
        self._flush()

    def step(self) -> None:
        """Take the handshake as far as it goes. Raises: LoadError."""
        self.close()
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self._flush()
            timeout = self._connection.DTLSv1_get_timeout()
            if timeout is not None:
                self._timer = asyncio.get_running_loop().call_later(timeout + 0.01, self._timed_out)
            return
        except SSL.Error as error:
            raise LoadError(f"DTLS handshake failed: {error}") from None
        self._flush()
        self._make_srtp_sessions()
        self._on_ready()

    def _flush(self) -> None:
        """Send what OpenSSL has written, cut at record boundaries so that the MTU holds."""
        while True:
            try:
                written = self._connection.bio_read(1500)
            except SSL.Error:
                return
            if not written:
                return
            datagram = b""
            position = 0
            while position + RECORD_HEADER <= len(written):
                size = RECORD_HEADER + int.from_bytes(written[position + 11 : position + 13], "big")
                if datagram and len(datagram) + size > MTU:
                    self._send(datagram)
                    datagram = b""
                datagram += written[position : position + size]
                position += size
            if datagram:
                self._send(datagram)

    def _timed_out(self) -> None:
        self._connection.DTLSv1_handle_timeout()
        self._flush()
        self.step()

    def _make_srtp_sessions(self) -> None:
        self.profile = self._connection.get_selected_srtp_profile()
        if self.profile not in SRTP_PROFILES:
            raise LoadError(f"no SRTP profile agreed on: {self.profile!r}")
        number, key, salt = SRTP_PROFILES[self.profile]
        material = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        client_key = material[:key] + material[2 * key : 2 * key + salt]
        server_key = material[key : 2 * key] + material[2 * key + salt :]
        ours, theirs = (server_key, client_key) if self._is_server else (client_key, server_key)
        self.receiving = _srtp_session(theirs, Policy.SSRC_ANY_INBOUND, number)
        self.sending = _srtp_session(ours, Policy.SSRC_ANY_OUTBOUND, number)
        peer = self._connection.get_peer_certificate(as_cryptography=True)
        assert peer is not None
        self.peer_fingerprint = peer.fingerprint(hashes.SHA256()).hex().upper()


def _srtp_session(key: bytes, ssrc_type: int, profile: int) -> Session:
    policy = Policy(key=key, ssrc_type=ssrc_type, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)
