"""Input to the APIs beside our own: what the document allows and forbids is answered as it says."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from livehall.dialects.kit import Route
from livehall.dialects.kit.openapi import Document, reads_query
from tests.contracts.callers import BY_NAME, MAKERS, ROUTES, Caller, base_of
from tests.support.served import Served, served

EXAMPLES = 6  # of each kind, for each operation
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
MISTAKES = {"operation failed", "fault was not announced"}  # what the log calls a 500 that nobody wanted
OPERATIONS = {
    (name, found.ok().definition.raw["operationId"]): found.ok()
    for name, dialect in BY_NAME.items()
    for found in schemathesis.openapi.from_dict(Document(dialect).build()).get_all_operations()
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("dialects")) as running:
        yield running


@pytest.fixture(scope="module")
def callers(app: Served) -> dict[str, Caller]:
    return {name: make(app, app.ada, "ann") for name, make in MAKERS.items()}


@pytest.fixture
def log() -> Iterator[list[Any]]:
    """What the app, a thread of this process, writes meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield lines


def every(routes: list[tuple[str, Route]]) -> pytest.MarkDecorator:
    ids = [f"{name}-{route.operation}" for name, route in routes]
    return pytest.mark.parametrize(("name", "route"), routes, ids=ids)


@pytest.mark.parametrize("given", [7, None, True, "", ["x"], {}], ids=repr)
@pytest.mark.parametrize("member", ["name", "bucket", "accountName"])
def test_a_storage_target_of_another_kind_is_refused_and_no_mistake(app, callers, log, member, given):
    """The operation refuses by a 500, too (L43): the status alone does not tell it from a mistake."""
    body = {"name": "AWSS3", "bucket": "films", "accountName": "x", member: given}
    answer = httpx.put(
        f"{app.url}/sourceloop/archives/storage-target", json=body, headers=callers["sourceloop"].headers
    )
    assert answer.status_code == (400 if member == "name" else 500), answer.text
    assert [line for line in log if line["event"] in MISTAKES] == []


@every(ROUTES)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "forbidden"]
)
def test_generated_input_is_answered_as_documented(app, callers, log, name, route, mode):
    if mode is GenerationMode.NEGATIVE and not _can_be_wrong(route):
        return
    caller = callers[name]
    base, headers = base_of(app, BY_NAME[name], route), caller.headers_for(route)

    @given(case=OPERATIONS[name, route.operation].as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    def answered(case: schemathesis.Case) -> None:
        check(case)
        if route.signature.path_names:
            case.path_parameters = {each: caller.things[each] for each in route.signature.path_names}
            check(case)

    def check(case: schemathesis.Case) -> None:
        answer = case.call(base_url=base, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        assert headers["Authorization"].rpartition(" ")[2] not in answer.text, "no credential is echoed"
        assert [line for line in log if line["event"] in MISTAKES] == [], "a 500 is a refusal, or none (L34)"

    answered()


def _can_be_wrong(route: Route) -> bool:
    """Whether the document can forbid something: any text may stand in a path."""
    return bool(route.signature.body or route.takes or reads_query(route))
