"""Use cases of presets."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import plans
from livehall.core.presets import rules, store
from livehall.core.presets.events import PresetCreated, PresetDeleted, PresetUpdated
from livehall.core.presets.faults import PresetNameTaken
from livehall.core.presets.flags import BROADCAST, freeze
from livehall.core.presets.following import tell
from livehall.core.presets.model import Preset, PresetType
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import check_revision
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class CreatePreset(msgspec.Struct, frozen=True, kw_only=True):
    """`flags`: the switches that differ from the built-in preset, and `max_join_limit`."""

    name: str
    type: PresetType = "whip"
    flags: dict[str, Any] = {}
    primary_color: str | None = None
    logo: str | None = None
    logo_destination_url: str | None = None
    is_default: bool = False


class UpdatePreset(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears. `flags`: those that change."""

    name: str | UnsetType = UNSET
    type: PresetType | UnsetType = UNSET
    flags: dict[str, Any] = {}
    primary_color: str | UnsetType | None = UNSET
    logo: str | UnsetType | None = UNSET
    logo_destination_url: str | UnsetType | None = UNSET
    is_default: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    presets: list[Preset]
    total: int


async def create(work: Work, cmd: CreatePreset) -> Preset:
    """Keep a bundle of switches. The first one of an owner and library is the default.

    Raises: Forbidden, QuotaExceeded, PresetNameTaken, NotFound (the library of the call is gone), Invalid.
    Emits: PresetCreated.
    """
    actor = work.actor
    rules.check_may_have(actor)
    assert actor.account_id is not None
    assert actor.organization_id is not None
    rules.check_looks(cmd.primary_color, cmd.logo, cmd.logo_destination_url)
    quotas = await plans.quotas_held(work, actor.organization_id)
    if quotas.presets is not None:
        plans.check(quotas.presets, await store.count_all(work, actor.organization_id), "presets")
    if actor.library_id is not None:
        await store.keep_shelf(work, actor.library_id)
    await store.hold_owner(work, actor.account_id)
    scope = (actor.organization_id, actor.account_id, actor.library_id)
    is_first = await store.count_in_scope(work, *scope) == 0
    if cmd.is_default:
        await store.clear_default(work, *scope)
    row = Preset(
        id=new_id(),
        organization_id=actor.organization_id,
        owner_id=actor.account_id,
        library_id=actor.library_id,
        name=rules.clean_name(cmd.name),
        type=cmd.type,
        flags={**freeze(BROADCAST), **cmd.flags},
        primary_color=cmd.primary_color,
        logo=cmd.logo,
        logo_destination_url=cmd.logo_destination_url,
        is_default=cmd.is_default or is_first,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
    )
    try:
        await store.add(work, row)
    except Duplicate as error:
        raise PresetNameTaken from error
    work.emit(
        PresetCreated(
            organization_id=row.organization_id,
            preset_id=row.id,
            library_id=row.library_id,
            name=row.name,
        )
    )
    return row


async def get(work: Work, preset_id: Id) -> Preset:
    """Raises: PresetNotFound, Forbidden."""
    rules.check_may_have(work.actor)
    return await store.visible(work, preset_id)


async def page(work: Work, limit: int, offset: int) -> Page:
    """The actor's own, or what stands in a library (C9). Raises: Forbidden."""
    rules.check_may_have(work.actor)
    rows, total = await store.page(work, limit, offset)
    return Page(presets=rows, total=total)


async def update(
    work: Work, preset_id: Id, cmd: UpdatePreset, expected_revision: int | None = None
) -> Preset:
    """Change a preset; sessions that are not over follow at once. Without a change nothing is told.

    Raises: PresetNotFound, Forbidden, Conflict, PresetNameTaken, Invalid.
    Emits: PresetUpdated; SessionSettingsChanged for each open session that follows.
    """
    preset = await _hold(work, preset_id)
    check_revision(preset.revision, expected_revision)
    columns = _changes(preset, cmd)
    if not columns:
        return preset
    if "is_default" in columns:
        await store.clear_default(work, *_scope(preset))
    try:
        changed = await store.change(work, preset.id, columns)
    except Duplicate as error:
        raise PresetNameTaken from error
    if "flags" in columns:
        await tell(work, changed)
    _told(work, changed)
    return changed


async def set_default(work: Work, preset_id: Id) -> Preset:
    """Make it the owner's default in its scope; the former one loses the mark. Harmless when it is.

    Raises: PresetNotFound, Forbidden. Emits: PresetUpdated.
    """
    preset = await _hold(work, preset_id)
    if preset.is_default:
        return preset
    await store.clear_default(work, *_scope(preset))
    changed = await store.change(work, preset.id, {"is_default": True})
    _told(work, changed)
    return changed


async def delete(work: Work, preset_id: Id) -> None:
    """Remove a preset. Sessions that are over keep what held in them; those to come take their default.

    A removed default hands its mark to the oldest of the same owner and library.

    Raises: PresetNotFound, Forbidden, PresetInUse (C7). Emits: PresetDeleted.
    """
    preset = await _hold(work, preset_id)
    gone = await store.change(work, preset.id, {"deleted_at": work.now, "is_default": False})
    if preset.is_default:
        oldest = await store.oldest_in_scope(work, *_scope(preset))
        if oldest is not None:
            await store.change(work, oldest.id, {"is_default": True})
    await tell(work, gone)
    work.emit(
        PresetDeleted(organization_id=gone.organization_id, preset_id=gone.id, library_id=gone.library_id)
    )


async def _hold(work: Work, preset_id: Id) -> Preset:
    rules.check_may_have(work.actor)
    preset = await store.visible(work, preset_id)
    rules.check_may_edit(work.actor, preset)
    await store.hold_owner(work, preset.owner_id)
    return await store.hold(work, preset_id)


def _scope(preset: Preset) -> tuple[Id, Id, Id | None]:
    return preset.organization_id, preset.owner_id, preset.library_id


def _changes(preset: Preset, cmd: UpdatePreset) -> dict[str, object]:
    names = ("name", "type", "primary_color", "logo", "logo_destination_url")
    given = {name: value for name in names if (value := getattr(cmd, name)) is not UNSET}
    if "name" in given:
        given["name"] = rules.clean_name(given["name"])
    rules.check_looks(given.get("primary_color"), given.get("logo"), given.get("logo_destination_url"))
    columns: dict[str, object] = {
        name: value for name, value in given.items() if getattr(preset, name) != value
    }
    flags = {**preset.flags, **cmd.flags}
    if flags != preset.flags:
        columns["flags"] = flags
    if cmd.is_default and not preset.is_default:
        columns["is_default"] = True
    return columns


def _told(work: Work, preset: Preset) -> None:
    work.emit(
        PresetUpdated(
            organization_id=preset.organization_id,
            preset_id=preset.id,
            library_id=preset.library_id,
            name=preset.name,
        )
    )
