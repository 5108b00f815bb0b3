"""What `livehall doctor` looks at: every finding says what is, and every bad one how to mend it."""

from collections.abc import AsyncIterator

from livehall.server.diagnosis import address, machine, mail, parts, storage
from livehall.server.diagnosis.findings import Finding, Grade
from livehall.server.settings import Settings

__all__ = ["Finding", "Grade", "examine"]


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, in an order in which a later one rarely follows from an earlier one."""
    yield machine.data_directory(settings)
    yield machine.secrets(settings)
    running = machine.is_running(settings)
    for finding in machine.tcp_ports(settings, running=running):
        yield finding
    if settings.has_embedded_media:
        yield machine.udp_port(settings, running=running)
        yield machine.udp_buffers()
    yield machine.open_files()
    yield await parts.database(settings)
    yield await storage.storage(settings)
    yield await parts.codecs()
    yield parts.pages()
    yield await parts.media_server(settings, running=running)
    if settings.has_embedded_media:
        yield parts.forwarding(settings)
    yield await mail.mail_server(settings)
    yield address.public_address(settings)
    yield await address.reached(settings, running=running)
    yield address.proxy(settings)
    if settings.has_embedded_media:
        yield address.media_candidates(settings)
