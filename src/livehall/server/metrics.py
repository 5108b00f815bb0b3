"""Figures for Prometheus, of low cardinality: a door and a status, never a person, a room or a path."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("livehall_requests_total", "Answered HTTP requests.", ("door", "method", "status"))
REQUEST_SECONDS = Histogram(
    "livehall_request_seconds",
    "Time from a request's head to the end of its answer.",
    ("door",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
MEDIA_CONNECTIONS = Counter(
    "livehall_media_passthrough_total", "Connections passed through to the media server.", ("outcome",)
)
REALTIME_CONNECTIONS = Gauge("livehall_realtime_connections", "Open connections to the realtime hub.")
LEADS = Gauge("livehall_leads", "1 in the api process that runs reactions and sweeps, 0 in the others.")
REALTIME_CHANNELS = Gauge("livehall_realtime_channels", "Channels that somebody listens to.")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def observe(path: str, method: str, status: int, seconds: float) -> None:
    door = door_of(path)
    REQUESTS.labels(door, method if method in _METHODS else "other", str(status)).inc()
    REQUEST_SECONDS.labels(door).observe(seconds)


def door_of(path: str) -> str:
    """The part of the server that a path belongs to."""
    if path.startswith("/api/"):
        return "api"
    if path.startswith(("/rtc", "/whip/", "/whep/")) or path in ("/whip", "/whep"):
        return "media"
    if path in {"/healthz", "/readyz"}:
        return "health"
    return "web"


def follow_bus(leads: Callable[[], bool]) -> None:
    """Ask whether this process leads whenever the figures are read."""
    LEADS.set_function(lambda: float(leads()))


def follow_hub(connections: Callable[[], float], channels: Callable[[], float]) -> None:
    """Ask the hub for its size whenever the figures are read."""
    REALTIME_CONNECTIONS.set_function(connections)
    REALTIME_CHANNELS.set_function(channels)
