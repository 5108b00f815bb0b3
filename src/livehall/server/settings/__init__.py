"""All settings: declared in `areas`, read by `reading`, documented by `page`."""

from livehall.server.settings.areas import Http, Log, Media, Realtime, Settings, Store
from livehall.server.settings.reading import SettingsError, load_settings

__all__ = ["Http", "Log", "Media", "Realtime", "Settings", "SettingsError", "Store", "load_settings"]
