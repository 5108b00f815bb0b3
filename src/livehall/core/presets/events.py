"""Facts about presets."""

from typing import ClassVar

from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class PresetEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "preset"
    preset_id: Id
    library_id: Id | None


class PresetCreated(PresetEvent, frozen=True, kw_only=True, tag="preset.created"):
    name: str


class PresetUpdated(PresetEvent, frozen=True, kw_only=True, tag="preset.updated"):
    """Sessions that are not over follow in the same transaction (`following`)."""

    name: str


class PresetDeleted(PresetEvent, frozen=True, kw_only=True, tag="preset.deleted"):
    audit: ClassVar[bool] = True
