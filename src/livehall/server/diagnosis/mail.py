"""The finding about mail."""

from livehall.core.ports.mail import MailUnavailable
from livehall.engines.mail import SmtpPost
from livehall.server.diagnosis.findings import Finding, bad, good, weak
from livehall.server.mail import server_of
from livehall.server.settings import Settings

SUBJECT = "Mail"
SECONDS = 5.0


async def mail_server(settings: Settings) -> Finding:
    """Connects and signs in; sends nothing."""
    if not settings.mail.host:
        return weak(
            SUBJECT,
            f"goes into files in {settings.mail_folder}; nobody is sent a reminder.",
            "Set LIVEHALL_MAIL_HOST and LIVEHALL_MAIL_SENDER.",
        )
    place = f"{settings.mail.host}:{settings.mail.port}"
    post = SmtpPost(server_of(settings.mail), settings.mail_sender, deadline_s=SECONDS)
    try:
        await post.check()
    except MailUnavailable as fault:
        return bad(SUBJECT, f"{place}: {fault.text}", "Check the LIVEHALL_MAIL_… settings, and firewalls.")
    return good(SUBJECT, f"{place} takes mail from {settings.mail_sender}")
