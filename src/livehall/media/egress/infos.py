"""An egress in the messages of the LiveKit API."""

from pathlib import Path

from google.protobuf import json_format
from livekit.protocol import egress as proto

from livehall.media.egress import targets
from livehall.media.egress.plans import ImagePlan
from livehall.media.egress.storage import Egress, FileResult, ImagesResult, SegmentsResult


def to_info(egress: Egress) -> proto.EgressInfo:
    """What `ListEgress` and the webhooks say about it."""
    info = proto.EgressInfo(
        egress_id=egress.id,
        room_id=egress.room_sid,
        room_name=egress.room_name,
        source_type=proto.EGRESS_SOURCE_TYPE_SDK,
        status=egress.status,  # type: ignore[arg-type]  # protobuf enums are integers
        started_at=egress.started_at,
        ended_at=egress.ended_at,
        updated_at=egress.updated_at,
        error=egress.error,
        error_code=_error_code(egress),
    )
    json_format.Parse(egress.request, getattr(info, egress.kind))
    if egress.layout:
        info.room_composite.layout = egress.layout
    result = egress.result
    if egress.plan.file:
        info.file_results.append(_file(egress, result.file if result else None))
    if egress.plan.segments:
        info.segment_results.append(_segments(egress, result.segments if result else None))
    for number, plan in enumerate(egress.plan.images):
        done = result.images[number] if result and number < len(result.images) else None
        info.image_results.append(_images(egress, plan, done))
    info.stream_results.extend(targets.to_info(target) for target in egress.targets)
    if result and result.file:
        info.details = "; ".join(result.file.findings)
        info.manifest_location = egress.plan.file + ".json"
    return info


def _error_code(egress: Egress) -> int:
    if egress.status == proto.EGRESS_ABORTED:
        return 412
    return 500 if egress.status == proto.EGRESS_FAILED else 0


def _file(egress: Egress, result: FileResult | None) -> proto.FileInfo:
    path = Path(egress.plan.file)
    if result is None:
        return proto.FileInfo(filename=path.name, started_at=egress.started_at)
    return proto.FileInfo(
        filename=path.name,
        location=str(path),
        started_at=result.started_at,
        ended_at=result.started_at + result.duration,
        duration=result.duration,
        size=result.size,
    )


def _images(egress: Egress, plan: ImagePlan, result: ImagesResult | None) -> proto.ImagesInfo:
    if result is None:
        return proto.ImagesInfo(filename_prefix=plan.prefix, started_at=egress.started_at)
    return proto.ImagesInfo(
        filename_prefix=plan.prefix,
        image_count=result.count,
        started_at=result.started_at,
        ended_at=result.ended_at,
    )


def _segments(egress: Egress, result: SegmentsResult | None) -> proto.SegmentsInfo:
    plan = egress.plan.segments
    assert plan is not None
    info = proto.SegmentsInfo(
        playlist_name=Path(plan.playlist).name,
        playlist_location=plan.playlist,
        live_playlist_name=Path(plan.live_playlist).name if plan.live_playlist else "",
        live_playlist_location=plan.live_playlist,
        started_at=egress.started_at,
    )
    if result is not None:
        info.started_at = result.started_at
        info.ended_at = result.started_at + result.duration
        info.duration, info.size, info.segment_count = result.duration, result.size, result.count
    return info
