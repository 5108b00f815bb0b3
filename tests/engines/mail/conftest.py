"""A mail server on loopback (aiosmtpd), and letters."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from livehall.core.ports.mail import Letter
from livehall.engines.mail import SmtpServer
from tests.support.certificate import make_certificate


class Postbox:
    """Takes what it is sent; answers as a test says."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _: Any) -> str:
        envelope.rcpt_tos.append(to)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.data_answer.startswith("250"):
            envelope.was_encrypted = server.transport.get_extra_info("ssl_object") is not None
            self.envelopes.append(envelope)
        return self.data_answer

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type, misc]
            for envelope in self.envelopes
        ]


def _signs_in(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"secret")
    return AuthResult(success=is_right, handled=False)


Start = Callable[..., Awaitable[SmtpServer]]


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def certificate(tmp_path) -> tuple[str, str]:
    return make_certificate(tmp_path)


@pytest.fixture
def trust(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate[0])


@pytest.fixture
async def start(postbox, certificate) -> AsyncIterator[Start]:
    """Start a server that speaks `security`; with `auth` it wants a sign-in."""
    servers = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    transports: list[asyncio.BaseTransport] = []

    class Watched(SMTP):
        def connection_made(self, transport):
            transports.append(transport)
            super().connection_made(transport)

    async def _start(security="none", *, auth=False, offers_starttls=None) -> SmtpServer:
        offers = security == "starttls" if offers_starttls is None else offers_starttls

        def protocol() -> SMTP:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns of what a test wants: a sign-in in the clear
                return Watched(
                    postbox,
                    hostname="127.0.0.1",
                    tls_context=context if offers else None,
                    require_starttls=offers,
                    auth_required=auth,
                    auth_require_tls=security == "starttls",
                    authenticator=_signs_in if auth else None,
                    enable_SMTPUTF8=False,
                    loop=asyncio.get_running_loop(),
                )

        server = await asyncio.get_running_loop().create_server(
            protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None
        )
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return SmtpServer(host="127.0.0.1", port=port, security=security)

    yield _start
    for server in servers:
        server.close()
        await server.wait_closed()
    for transport in transports:
        transport.abort()  # type: ignore[attr-defined]
    await asyncio.sleep(0)


@pytest.fixture
def letter() -> Letter:
    return Letter(
        to="ben@example.org",
        message_id="0190",
        language="de",
        subject="Grüße",
        text="Hallo Ben",
        html="<p>Hallo Ben</p>",
        unsubscribe="https://live.example.org/api/v1/unsubscribe/" + "t" * 160,
    )
