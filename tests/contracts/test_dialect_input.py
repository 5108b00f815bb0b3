"""Input to the APIs beside our own: what the document allows and forbids is answered as it says."""

from collections.abc import Iterator

import pytest
import schemathesis
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
AWAY = {502, 503}  # documented: a part is really away
REFUSES_SO = {("sourceloop", "setStorageTarget"), ("sourceloop", "receiveWebhook")}  # by a 500: L34, L43
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


def every(routes: list[tuple[str, Route]]) -> pytest.MarkDecorator:
    ids = [f"{name}-{route.operation}" for name, route in routes]
    return pytest.mark.parametrize(("name", "route"), routes, ids=ids)


@every(ROUTES)
@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "forbidden"]
)
def test_generated_input_is_answered_as_documented(app, callers, name, route, mode):
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
        if (name, route.operation) not in REFUSES_SO:
            assert answer.status_code < 500 or answer.status_code in AWAY, answer.text

    answered()


def _can_be_wrong(route: Route) -> bool:
    """Whether the document can forbid something: any text may stand in a path."""
    return bool(route.signature.body or route.takes or reads_query(route))
