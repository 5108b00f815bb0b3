"""Filters and pages of a query: what is declared is read, and nothing else."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl

import pytest
from msgspec import Meta

from livehall.dialects.kit import Condition, Filter, FilterSet, Paging, Window
from livehall.dialects.kit.filters import ORDER
from livehall.kernel.faults import Invalid

LIVES = FilterSet(
    Filter(field="title", kind=str, operators=("eq", "contains"), words="Its title."),
    Filter(field="solution", kind=Literal["Youtube", "BuiltIn"], operators=("eq", "in")),
    Filter(field="startDate", kind=Annotated[int, Meta(ge=0)], operators=ORDER),
    Filter(field="replay", kind=bool, operators=("eq",)),
)
PAGES = Paging(most=500, nullable=True)


def read(query):
    return LIVES.read(parse_qsl(query, keep_blank_values=True))


def test_declared_filters_are_read_with_their_types():
    assert read("") == read("page=2&other=x&title=x") == ()
    assert read("title[contains]=Wa%C3%BC&startDate[lte]=7&replay[eq]=false") == (
        Condition("title", "contains", "Waü"),
        Condition("startDate", "lte", 7),
        Condition("replay", "eq", False),
    )
    assert read("solution%5Bin%5D=Youtube,BuiltIn") == read("solution[in]=Youtube,BuiltIn")
    assert read("solution[in]=Youtube,BuiltIn")[0].value == ("Youtube", "BuiltIn")


@pytest.mark.parametrize(
    "query",
    [
        "title[gt]=x", "name[eq]=x", "title[]=x", "[eq]=x", "title[in]=x", "solution[eq]=Zoom",
        "solution[in]=Youtube,Zoom", "startDate[eq]=soon", "startDate[eq]=-1", "startDate[eq]=1.5",
        "startDate[eq]=", "replay[eq]=perhaps", "title[eq]=a%00b", "title[eq]=a&title[eq]=b",
        "startDate[eq]=" + "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_declared_is_refused_by_name(query):
    with pytest.raises(Invalid) as refused:
        read(query)
    assert refused.value.details[0].field == query.partition("=")[0]


def test_filters_and_pages_write_the_document():
    parameters = {each["name"]: each for each in LIVES.parameters()}
    assert list(parameters)[:4] == ["title[eq]", "title[contains]", "solution[eq]", "solution[in]"]
    assert parameters["title[eq]"]["description"] == "Its title."
    assert parameters["solution[in]"]["schema"]["items"]["enum"] == ["BuiltIn", "Youtube"]
    assert parameters["replay[eq]"]["schema"] == {"type": "string", "enum": ["true", "false"]}
    assert [each["schema"]["type"] for each in PAGES.parameters()] == [["integer", "null"]] * 2


def test_pages_begin_at_one():
    assert PAGES.read([]) == Window(page=1, limit=20)
    found = PAGES.read([("page", "3"), ("limit", "500"), ("other", "x")])
    assert (found.offset, found.limit) == (1000, 500)
    assert PAGES.read([("page", "null"), ("limit", "null")]) == Window(page=1, limit=20)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page", "0"),
        ("page", "-1"),
        ("page", ""),
        ("page", "two"),
        ("limit", "501"),
        ("page", "9" * 30),
        ("page", "²"),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_name(name, text):
    with pytest.raises(Invalid) as refused:
        PAGES.read([(name, text)])
    assert refused.value.details[0].field == name
    with pytest.raises(Invalid):
        Paging().read([(name, "null")])
