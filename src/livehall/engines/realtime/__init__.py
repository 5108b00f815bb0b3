"""The embedded realtime hub: channels, order, history."""

from livehall.engines.realtime.hub import Hub, Limits

__all__ = ["Hub", "Limits"]
