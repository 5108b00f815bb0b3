"""Finding a route among hundreds: as if each had been asked in turn."""

import re

from starlette.routing import Route as HttpRoute

from livehall.dialects.kit.routing import Table, path_within
from livehall.dialects.live.api import api
from livehall.dialects.live.document import document
from livehall.server.dialects import DIALECTS

assert document, "importing it registers every operation"


async def nothing(_):
    raise AssertionError


def by_asking_all(routes, path):
    return [route for route in routes if route.path_regex.match(path)]


def test_every_path_finds_what_asking_all_in_turn_finds():
    for dialect in (api, *DIALECTS):
        ordered = sorted(dialect.routes, key=lambda route: route.path.count("{"))
        routes = [HttpRoute(route.path, nothing, methods=[route.verb]) for route in ordered]
        table = Table(routes)
        paths = {
            re.sub(r"{\w+(:\w+)?}", part, route.path) for route in routes for part in ("x", "a/b", "mine", "")
        }
        for path in [*paths, "/", "", "//", "/rooms/x/", "/sessions/x/nothing", "/a/b/c/d/e/f/g/h"]:
            given = table.candidates(path)
            assert by_asking_all(given, path) == by_asking_all(routes, path), path
            assert len(given) < 25


def test_a_path_is_that_below_the_mount():
    assert path_within({"path": "/api/v1/rooms", "root_path": "/api/v1"}) == "/rooms"
    assert path_within({"path": "/rooms", "root_path": ""}) == "/rooms"
    assert path_within({"path": "/api/v10/rooms", "root_path": "/api/v1"}) == "/api/v10/rooms"
