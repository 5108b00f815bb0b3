"""The Python client is what the served OpenAPI document gives."""

from pathlib import Path

import msgspec
import pytest
from dev.client.generated import generated

from livehall import client
from livehall.client.operations import AsyncOperations, AsyncScopedOperations, Operations, ScopedOperations
from livehall.dialects.live.document import document

FOLDER = Path(client.__file__).parent
BETWEEN_SERVERS = {"Centrifugo", "OAuth", "Webhooks"}


@pytest.fixture(scope="module")
def served():
    return msgspec.json.decode(msgspec.json.encode(document()))


def test_the_generated_files_are_those_of_the_served_document(served):
    for name, text in generated(served).items():
        assert (FOLDER / name).read_text() == text, f"{name} is not up to date: make openapi"


def test_every_operation_for_people_and_programs_is_a_method_of_both_clients(served):
    raw = [each for verbs in served["paths"].values() for each in verbs.values()]
    wanted = {each["operationId"] for each in raw if not BETWEEN_SERVERS & set(each["tags"])}
    within = {name.removesuffix("InLibrary") for name in wanted if name.endswith("InLibrary")}
    whole = {name for name in wanted if not name.endswith("InLibrary")}
    for kind, names in (
        (Operations, whole),
        (AsyncOperations, whole),
        (ScopedOperations, within),
        (AsyncScopedOperations, within),
    ):
        methods = {name.replace("_", "") for name in dir(kind)}
        assert {name for name in names if name.lower() not in methods} == set()
