"""The connection test (V16)."""

from livehall.dialects.kit import Call
from livehall.dialects.voila.api import voila
from livehall.dialects.voila.ping import wire
from livehall.kernel.faults import NotFound


@voila.route(
    "GET", "/organizations/{organizationId}/ping", operation="ping", tag="ping", access="service",
    raises=[NotFound],
)  # fmt: skip
async def ping(call: Call) -> wire.Ping:
    """Check that the credentials work.

    Echoes the tenant id.
    """
    return wire.Ping(organization_id=call.http.path_params["organizationId"])
