"""Who is pinned comes first: on a canvas, and where one picture is shown at a time."""

import asyncio
import itertools

import av
import pytest
from livekit.protocol import egress as proto

from livehall.media.egress import layouts
from livehall.media.egress.choosing import choose_picture, choose_views
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.layouts import Layout, parse
from tests.media.egress.stage import Line, Show, camera, read, until, watch
from tests.media.egress.test_composite import CANVAS, ada, bob, canvases, cut, desk

__all__ = ["ada", "bob", "desk"]  # fixtures
BOBS = 1000  # bob's pictures are numbered from here


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("speaker;pinned=u.7", Layout("speaker", pinned="u.7")),
        ("grid-light;pinned=ada", Layout("grid", is_light=True, pinned="ada")),
        ("single-speaker;pinned=", Layout("single-speaker")),
        ("mosaic;pinned=ada", None),
        ("speaker;pinning=ada", None),
    ],
)
def test_who_is_pinned_stands_behind_the_name(text, layout):
    assert parse(text) == layout


def lines() -> dict[str, Line]:
    """Ada's camera, bob's screen and camera, and a camera of another connection of eve's."""
    return {
        "ada": camera("vp8", "TR_ada"),
        "screen": Line("TR_screen", "bob", "video", "vp8", "SCREEN_SHARE", 90_000),
        "bob": Line("TR_bob", "bob", "video", "vp8", "CAMERA", 90_000),
        "eve": Line("TR_eve", "eve.2", "video", "vp8", "CAMERA", 90_000),
    }


@pytest.mark.parametrize(
    ("pinned", "first", "order"),
    [
        ("", "TR_screen", ["TR_screen", "TR_ada", "TR_bob", "TR_eve"]),
        ("ada", "TR_ada", ["TR_ada", "TR_screen", "TR_bob", "TR_eve"]),
        ("bob", "TR_screen", ["TR_screen", "TR_bob", "TR_ada", "TR_eve"]),
        ("eve", "TR_eve", ["TR_eve", "TR_screen", "TR_ada", "TR_bob"]),
        ("ev", "TR_screen", ["TR_screen", "TR_ada", "TR_bob", "TR_eve"]),
        ("nobody", "TR_screen", ["TR_screen", "TR_ada", "TR_bob", "TR_eve"]),
    ],
)
def test_who_is_pinned_is_chosen_before_screens_and_before_who_speaks(pinned, first, order):
    tracks = lines().values()
    chosen = choose_picture(tracks, "TR_bob", "bob", pinned)
    assert chosen is not None
    assert chosen.sid == first
    assert [track.sid for track in choose_views(tracks, 16, pinned)] == order
    assert [track.sid for track in choose_views(tracks, 1, pinned)] == order[:1]


def test_who_is_pinned_and_muted_leaves_the_picture_to_others():
    found = lines()
    found["ada"].muted = True
    chosen = choose_picture(found.values(), "", "", "ada")
    assert chosen is not None
    assert chosen.sid == "TR_screen"
    assert [track.sid for track in choose_views(found.values(), 2, "ada")] == ["TR_screen", "TR_bob"]


def in_tile(canvas: av.VideoFrame, tile: int, layout: str) -> int:
    """The number that the first, or the second, tile of two shows."""
    found = parse(layout)
    assert found is not None
    box = layouts.arrange(found, [0, 1], 0, CANVAS)[tile]
    return read(av.VideoFrame.from_ndarray(cut(canvas, box), format="gray"))[0]


def whose(number: int) -> str:
    return "bob" if number >= BOBS else "ada"


async def arrange(desk, egress: str, layout: str) -> proto.EgressInfo:
    return await desk.service.update_layout(proto.UpdateLayoutRequest(egress_id=egress, layout=layout))


@pytest.mark.media
@pytest.mark.parametrize("layout", ["speaker", "grid"])
async def test_who_is_pinned_has_the_first_place_until_nobody_is(desk, ada, bob, layout):
    """Ada speaks and came first; bob is pinned from the third to the sixth second."""
    egress = await desk.record(layout)
    shows = Show(ada, desk.room.lines[2]), Show(bob, None, first=BOBS)
    playing = asyncio.gather(*(show.play(9, desk.clock) for show in shows))
    await until(lambda: len(shows[0].shown) >= 3 * 15)
    info = await arrange(desk, egress, f"{layout};pinned=bob")
    assert info.room_composite.layout == f"{layout};pinned=bob"
    await until(lambda: len(shows[0].shown) >= 6 * 15)
    await arrange(desk, egress, layout)
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = canvases(info.file_results[0].location)
    for second, order in ((2, ["ada", "bob"]), (5, ["bob", "ada"]), (8, ["ada", "bob"])):
        shown = [whose(in_tile(seen[second * 25], tile, layout)) for tile in (0, 1)]
        assert shown == order, second


@pytest.mark.media
async def test_a_canvas_begins_with_who_is_pinned_and_they_give_way_when_they_leave(desk, ada, bob):
    egress = await desk.record("speaker;pinned=bob")
    shows = Show(ada, desk.room.lines[2]), Show(bob, None, first=BOBS)
    playing = asyncio.gather(shows[0].play(7, desk.clock), shows[1].play(4, desk.clock))
    await until(lambda: len(shows[1].shown) >= 4 * 15)
    desk.room.unpublish(bob)
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = canvases(info.file_results[0].location)
    assert [whose(in_tile(seen[3 * 25], tile, "speaker")) for tile in (0, 1)] == ["bob", "ada"]
    assert whose(read(seen[6 * 25])[0]) == "ada"  # alone: the whole canvas


@pytest.mark.media
async def test_one_picture_at_a_time_is_that_of_who_is_pinned(desk, ada, bob):
    """What was begun with one picture takes a pin, and no canvas."""
    bob.codec = ada.codec
    egress = await desk.record("single-speaker")
    shows = Show(ada, desk.room.lines[2]), Show(bob, None, first=BOBS)
    playing = asyncio.gather(*(show.play(9, desk.clock) for show in shows))
    await until(lambda: len(shows[0].shown) >= 3 * 15)
    await arrange(desk, egress, "single-speaker;pinned=bob")
    with pytest.raises(EgressFault) as refusal:
        await arrange(desk, egress, "grid;pinned=bob")
    assert refusal.value.code == "failed_precondition"
    await until(lambda: len(shows[0].shown) >= 6 * 15)
    await arrange(desk, egress, "single-speaker")
    desk.room.levels = {"ada": 0.5}  # she speaks
    await playing
    info = await desk.stop(egress)

    assert info.status == proto.EGRESS_COMPLETE, info.error
    seen = watch(info.file_results[0].location)
    people = [whose(number) for number in seen.numbers]
    turns = [person for person, _ in itertools.groupby(people)]
    assert turns == ["ada", "bob", "ada"]
    assert people.count("bob") >= 15  # a second of the three at least


@pytest.mark.media
async def test_one_person_alone_takes_no_pin(desk, bob):
    request = proto.ParticipantEgressRequest(
        room_name="hall", identity="bob", file_outputs=[proto.EncodedFileOutput(filepath="bob.mp4")]
    )
    egress = (await desk.service.start(request)).egress_id
    with pytest.raises(EgressFault) as refusal:
        await arrange(desk, egress, "single-speaker;pinned=ada")
    assert refusal.value.code == "failed_precondition"
    await desk.stop(egress)
