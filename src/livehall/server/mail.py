"""Which way mail goes, by the settings."""

from livehall.core.ports.mail import Post
from livehall.engines.mail import FilePost, SmtpPost, SmtpServer
from livehall.server.settings import Mail, Settings


def post_of(settings: Settings) -> Post:
    if not settings.mail.host:
        return FilePost(settings.mail_folder, settings.mail_sender)
    return SmtpPost(server_of(settings.mail), settings.mail_sender)


def server_of(mail: Mail) -> SmtpServer:
    return SmtpServer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password,
    )
