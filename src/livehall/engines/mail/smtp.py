"""Mail by SMTP (RFC 5321) to any server, with STARTTLS (RFC 3207), TLS from the start (RFC 8314), or plain.

One connection for each letter: servers close idle ones, and a fresh one needs no state to mend. How many are
open at once is the caller's choice.
"""

import ssl
from datetime import UTC, datetime
from typing import Literal

import aiosmtplib
import msgspec

from livehall.core.ports.mail import Letter, MailRefused, MailUnavailable
from livehall.engines.mail.message import message_of, sender_of

Security = Literal["starttls", "tls", "none"]

DEADLINE_S = 20.0  # for each answer of the server


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: int
    security: Security
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"


class SmtpPost:
    def __init__(
        self,
        server: SmtpServer,
        sender: str,
        *,
        trust: ssl.SSLContext | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """`trust`: instead of this machine's certificates. Raises: ValueError, for a sender that is none."""
        self._server, self._sender = server, sender_of(sender)
        self._trust, self._deadline_s = trust, deadline_s

    async def send(self, letter: Letter) -> None:
        message = message_of(letter, self._sender, datetime.now(UTC))
        try:
            async with self._client() as client:
                await self._sign_in(client)
                await client.send_message(message)
        except aiosmtplib.SMTPException as error:
            raise _fault(error) from error
        except (OSError, TimeoutError) as error:
            raise MailUnavailable(f"The mail server does not answer ({type(error).__name__}).") from error

    async def check(self) -> None:
        """Connect and sign in; send nothing. Raises: MailUnavailable, with what the server said."""
        try:
            async with self._client() as client:
                await self._sign_in(client)
                await client.noop()
        except aiosmtplib.SMTPResponseException as error:
            raise MailUnavailable(f"{error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailUnavailable(str(error) or type(error).__name__) from error

    def _client(self) -> aiosmtplib.SMTP:
        """A connection; entering it connects, and upgrades where `starttls` asks for it."""
        secure = self._server.security
        return aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=secure == "tls",
            start_tls=secure == "starttls",  # required then: a server without it is refused
            tls_context=self._trust if secure != "none" else None,
            timeout=self._deadline_s,
        )

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        if self._server.username:
            await client.login(self._server.username, self._server.password)


def _fault(error: aiosmtplib.SMTPException) -> MailRefused | MailUnavailable:
    """5yz about the message is final (RFC 5321 §4.2.1); about us (sign-in, sender) it can be mended."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPSenderRefused):
        return MailUnavailable("The mail server does not take mail from us.")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        refusals = error.recipients
        is_final = all(each.code >= 500 for each in refusals)
    elif isinstance(error, aiosmtplib.SMTPNotSupported):
        is_final = "smtputf8" in str(error).lower()  # an address beyond ASCII, and a server without RFC 6531
    else:
        is_final = isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 500
        is_final = is_final and not isinstance(
            error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError
        )
    return MailRefused() if is_final else MailUnavailable()
