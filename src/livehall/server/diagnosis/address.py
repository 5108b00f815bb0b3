"""Findings about how people reach this server."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp

from livehall.server.diagnosis.findings import Finding, bad, good, weak
from livehall.server.launch import media_addresses
from livehall.server.settings import Settings
from livehall.server.settings.reading import is_loopback

SECONDS = 8.0


def public_address(settings: Settings) -> Finding:
    """Browsers give camera and microphone to pages from HTTPS or localhost only."""
    url = urlsplit(settings.public_url)
    if url.scheme == "https" or is_loopback(url.hostname or ""):
        return good("Public address", settings.public_url)
    return bad(
        "Public address",
        f"{settings.public_url} is not HTTPS: browsers will refuse camera and microphone.",
        "Put a proxy with a certificate in front (docs/install/proxy.md), or set LIVEHALL_TLS_CERT and "
        "LIVEHALL_TLS_KEY; then set LIVEHALL_PUBLIC_URL to https://….",
    )


async def reached(settings: Settings, *, running: bool) -> Finding:
    """Name, certificate and way, as seen from this machine."""
    subject, url = "Reachability", urlsplit(settings.public_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.get_running_loop().getaddrinfo(host, port)
    except (OSError, TimeoutError) as error:
        return bad(
            subject,
            f"{host} has no address ({error}).",
            "Create its DNS record, or correct LIVEHALL_PUBLIC_URL.",
        )
    if not running:
        return good(subject, f"{host} has an address; start the server and run doctor again to test the way")
    try:
        async with (
            asyncio.timeout(SECONDS),
            aiohttp.ClientSession() as client,
            client.get(f"{settings.public_url}/healthz", allow_redirects=False) as answer,
        ):
            status, text = answer.status, (await answer.text())[:40]
    except aiohttp.ClientConnectorCertificateError as error:
        return bad(
            subject,
            f"the certificate of {host} does not hold: {error.certificate_error}.",
            "Renew it, with its chain.",
        )
    except (aiohttp.ClientError, OSError, TimeoutError, UnicodeDecodeError) as error:
        return bad(
            subject,
            f"{settings.public_url} does not answer ({type(error).__name__}).",
            "Check proxy, firewall and port forwarding. Some routers do not lead back in from inside.",
        )
    if (status, text) != (200, "ok\n"):
        return bad(
            subject,
            f"{settings.public_url}/healthz answers {status} and not Livehall's word.",
            "Another program answers there, or the proxy does not pass this path to Livehall.",
        )
    return good(subject, f"{settings.public_url} leads here")


def proxy(settings: Settings) -> Finding:
    ends_elsewhere = settings.public_url.startswith("https://") and not settings.http.tls_cert
    if ends_elsewhere and not settings.http.trusted_proxies:
        return weak(
            "Proxy",
            "HTTPS ends before us and no proxy is trusted: all people seem to come from its address.",
            "Set LIVEHALL_TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1.",
        )
    trusted = ", ".join(settings.http.trusted_proxies)
    found = (
        f"forwarded headers of {trusted} are believed" if trusted else "none; no forwarded header is believed"
    )
    return good("Proxy", found)


def media_candidates(settings: Settings) -> Finding:
    """A private address reaches people of the same network only."""
    subject = "Media address"
    if settings.media.advertise:
        return good(subject, f"browsers are sent to {', '.join(settings.media.advertise)}")
    own = media_addresses(settings)[0]
    public_host = urlsplit(settings.public_url).hostname or ""
    if _is_private(own) and not _is_private(public_host):
        port = settings.media.udp_port
        return weak(
            subject,
            f"browsers are sent to {own}, which only this network can reach.",
            f"Set LIVEHALL_MEDIA_ADVERTISE to the public address, and forward UDP {port} to {own}."
            if port
            else f"Set LIVEHALL_MEDIA_UDP_PORT and LIVEHALL_MEDIA_ADVERTISE, and forward that port to {own}.",
        )
    return good(subject, f"browsers are sent to {own}")


def _is_private(host: str) -> bool:
    """The name means loopback or an address of a private network; unknown names do not."""
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_private
    except (OSError, ValueError):
        return False
