"""From a letter to an Internet message (RFC 5322, MIME).

Nothing that a person wrote can end a header: `EmailMessage` refuses line breaks in header values, and an
address must be one address (RFC 5322 §3.4.1) without a name.
"""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, getaddresses

from livehall.core.ports.mail import Letter, MailRefused


class WholeLine(UnstructuredHeader):
    """An address that must stand in one piece: folding would write a long one in encoded words."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # of BaseHeader, beside


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", WholeLine)  # type: ignore[arg-type]  # it adds `BaseHeader`
POLICY = SMTP.clone(max_line_length=76, header_factory=HEADERS)
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


def address(text: str) -> Address:
    """The one address that `text` is. Raises: MailRefused."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable():
        raise MailRefused("This is not an address that mail could be sent to.")
    try:
        found = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise MailRefused("This is not an address that mail could be sent to.") from error
    if not found.username or not found.domain:
        raise MailRefused("This is not an address that mail could be sent to.")
    return found


def sender_of(text: str) -> Address:
    """`Livehall <live@example.org>` or `live@example.org`. Raises: ValueError."""
    try:
        ((name, spec),) = getaddresses([text])
        found = address(spec)
    except (ValueError, MailRefused) as error:
        raise ValueError(f"{text!r} is not an address such as `Livehall <live@example.org>`") from error
    return Address(display_name=name, username=found.username, domain=found.domain)


def message_of(letter: Letter, sender: Address, now: datetime) -> EmailMessage:
    """Raises: MailRefused, when the letter cannot be written as a message."""
    message = EmailMessage(policy=POLICY)
    to = address(letter.to)
    try:
        message["From"] = sender
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{letter.message_id}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office answers, please
        if letter.unsubscribe is not None:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 §3.1
        _fill(message, letter)
        message["Content-Language"] = letter.language  # the last: parts take the headers of content along
    except (MessageError, ValueError) as error:
        raise MailRefused("A text of this message cannot stand in a header.") from error
    return message


def _fill(message: EmailMessage, letter: Letter) -> None:
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.calendar is not None:
        # As an alternative too: calendars of Gmail and Outlook look there. RFC 6047 §2.4 asks for `method`.
        message.add_alternative(
            letter.calendar.body,
            maintype="text",
            subtype="calendar",
            params={"method": letter.calendar.method, "charset": "utf-8"},
        )
