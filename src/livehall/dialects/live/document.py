"""The OpenAPI document of the Live API."""

from typing import Any

from livehall.dialects.kit.openapi import Document
from livehall.dialects.live import routes
from livehall.dialects.live.api import api


def document() -> dict[str, Any]:
    """The whole document."""
    assert routes.ROUTES, "importing them registers every operation"
    return Document(api).build()
