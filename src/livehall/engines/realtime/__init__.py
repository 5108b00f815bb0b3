"""The embedded realtime hub: channels, order, history, and the hubs of all processes as one."""

from livehall.engines.realtime.everywhere import Everywhere
from livehall.engines.realtime.hub import Hub, Limits

__all__ = ["Everywhere", "Hub", "Limits"]
