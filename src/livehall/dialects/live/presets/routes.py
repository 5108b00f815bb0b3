"""Operations of presets."""

from livehall.core.people.faults import QuotaExceeded
from livehall.core.presets import ops
from livehall.core.presets.faults import PresetInUse, PresetNameTaken, PresetNotFound
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.presets import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


@api.route(
    "POST", "/presets", operation="createPreset", tag="Presets", access="host", status=201, repeatable=True,
    raises=[Forbidden, QuotaExceeded, PresetNameTaken], answer=wire.PresetResponse,
)  # fmt: skip
async def create_preset(work: Work, body: wire.CreatePresetRequest) -> Answer:
    """Keep a bundle of features and rights."""
    preset = await ops.create(work, body.command())
    return Answer(wire.PresetResponse.of(preset), revision=preset.revision)


@api.route("GET", "/presets", operation="listPresets", tag="Presets", access="host", raises=[Forbidden])
async def list_presets(work: Read, query: PageQuery) -> wire.PresetListResponse:
    """List the caller's presets."""
    found = await ops.page(work, query.limit, query.offset)
    return wire.PresetListResponse.of(found, query)


@api.route(
    "GET", "/presets/{id}", operation="getPreset", tag="Presets", access="host",
    raises=[PresetNotFound, Forbidden], answer=wire.PresetResponse,
)  # fmt: skip
async def get_preset(work: Read, id: Id) -> Answer:
    """Show one preset."""
    preset = await ops.get(work, id)
    return Answer(wire.PresetResponse.of(preset), revision=preset.revision)


@api.route(
    "PATCH", "/presets/{id}", operation="updatePreset", tag="Presets", access="host",
    raises=[PresetNotFound, Forbidden, Conflict, PresetNameTaken], answer=wire.PresetResponse,
)  # fmt: skip
async def update_preset(work: Work, id: Id, if_match: IfMatch, body: wire.UpdatePresetRequest) -> Answer:
    """Change a preset.

    Sessions that are not over follow at once. Publishes: `session.settings`.
    """
    preset = await ops.update(work, id, body.command(), if_match)
    return Answer(wire.PresetResponse.of(preset), revision=preset.revision)


@api.route(
    "DELETE", "/presets/{id}", operation="deletePreset", tag="Presets", access="host", status=204,
    raises=[PresetNotFound, Forbidden, PresetInUse],
)  # fmt: skip
async def delete_preset(work: Work, id: Id) -> None:
    """Remove a preset.

    Ended sessions keep a copy of what applied to them; sessions still to come fall back to the default
    preset. Refused while one is in backstage or live.
    """
    await ops.delete(work, id)


@api.route(
    "POST", "/presets/{id}/default", operation="setDefaultPreset", tag="Presets", access="host",
    raises=[PresetNotFound, Forbidden], answer=wire.PresetResponse,
)  # fmt: skip
async def set_default_preset(work: Work, id: Id) -> Answer:
    """Make a preset the default.

    The former default of the same owner and library loses the mark in the same transaction.
    """
    preset = await ops.set_default(work, id)
    return Answer(wire.PresetResponse.of(preset), revision=preset.revision)
