"""All settings: declared in `areas` and beside it, read by `reading`, documented by `page`."""

from livehall.server.settings.areas import (
    Http,
    Log,
    Mail,
    Realtime,
    Settings,
    Storage,
    Store,
    Webhooks,
)
from livehall.server.settings.media import Media
from livehall.server.settings.reading import SettingsError, load_settings

__all__ = [
    "Http",
    "Log",
    "Mail",
    "Media",
    "Realtime",
    "Settings",
    "SettingsError",
    "Storage",
    "Store",
    "Webhooks",
    "load_settings",
]
