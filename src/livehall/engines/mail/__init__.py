"""`core.ports.mail`: by SMTP (aiosmtplib), or into files; words by Jinja2, calendars by icalendar."""

from livehall.engines.mail.files import FilePost
from livehall.engines.mail.smtp import SmtpPost, SmtpServer
from livehall.engines.mail.stationery import JinjaStationery

__all__ = ["FilePost", "JinjaStationery", "SmtpPost", "SmtpServer"]
