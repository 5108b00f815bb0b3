"""Operations of webhook endpoints and their deliveries."""

from livehall.core.ports.sealing import Sealing
from livehall.core.webhooks import ops
from livehall.core.webhooks.faults import DeliveryNotFound, EndpointNotFound, EndpointOff, TooManyEndpoints
from livehall.core.webhooks.formats import Formats
from livehall.core.webhooks.ops import Terms
from livehall.dialects.kit import Answer, IfMatch, Rate, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.dialects.live.webhooks import wire
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "Webhooks"
NO_STORE = {"Cache-Control": "no-store"}
CALLS = Rate(per_minute=30, burst=10)  # of what makes us call somebody


@api.route(
    "GET", "/webhook-event-types", operation="listWebhookEventTypes", tag=TAG, access="admin",
    raises=[Forbidden],
)  # fmt: skip
async def list_webhook_event_types(work: Read, formats: Formats) -> wire.WebhookEventTypeListResponse:
    """What can be heard, with samples."""
    return wire.WebhookEventTypeListResponse.of(await ops.known_types(work, formats))


@api.route(
    "GET", "/webhook-endpoints", operation="listWebhookEndpoints", tag=TAG, access="admin", raises=[Forbidden]
)  # fmt: skip
async def list_webhook_endpoints(work: Read, query: PageQuery) -> wire.WebhookEndpointListResponse:
    """The endpoints of the organization, in the order in which they were made."""
    rows, total = await ops.page(work, query.limit, query.offset)
    return wire.WebhookEndpointListResponse.of(rows, total, query)


@api.route(
    "POST", "/webhook-endpoints", operation="createWebhookEndpoint", tag=TAG, access="admin", scope="admin",
    status=201, raises=[Forbidden, TooManyEndpoints], answer=wire.WebhookSecretResponse,
)  # fmt: skip
async def create_webhook_endpoint(
    work: Work, sealing: Sealing, formats: Formats, terms: Terms, body: wire.CreateWebhookEndpointRequest
) -> Answer:
    """Have an address called whenever something happens from now on.

    Its secret is shown once, here.
    """
    return _secret(await ops.create(work, sealing, formats, terms, body.command()))


@api.route(
    "GET", "/webhook-endpoints/{id}", operation="getWebhookEndpoint", tag=TAG, access="admin",
    raises=[EndpointNotFound, Forbidden], answer=wire.WebhookEndpointResponse,
)  # fmt: skip
async def get_webhook_endpoint(work: Read, id: Id) -> Answer:
    """Show an endpoint, and how it fares."""
    row = await ops.get(work, id)
    return Answer(wire.WebhookEndpointResponse.of(row), revision=row.revision)


@api.route(
    "PATCH", "/webhook-endpoints/{id}", operation="updateWebhookEndpoint", tag=TAG, access="admin",
    scope="admin", raises=[EndpointNotFound, Forbidden, Conflict], answer=wire.WebhookEndpointResponse,
)  # fmt: skip
async def update_webhook_endpoint(
    work: Work,
    formats: Formats,
    terms: Terms,
    id: Id,
    if_match: IfMatch,
    body: wire.UpdateWebhookEndpointRequest,
) -> Answer:
    """Change where it is, what it hears, or switch it on or off.

    What happens while it is off is not told; `replayWebhookEndpoint` makes up for it.
    """
    row = await ops.update(work, formats, terms, id, body.command(), if_match)
    return Answer(wire.WebhookEndpointResponse.of(row), revision=row.revision)


@api.route(
    "DELETE", "/webhook-endpoints/{id}", operation="deleteWebhookEndpoint", tag=TAG, access="admin",
    scope="admin", status=204, raises=[EndpointNotFound, Forbidden],
)  # fmt: skip
async def delete_webhook_endpoint(work: Work, id: Id) -> None:
    """Remove an endpoint; what waits for it is sent no more."""
    await ops.remove(work, id)


@api.route(
    "POST", "/webhook-endpoints/{id}/rotate-secret", operation="rotateWebhookSecret", tag=TAG, access="admin",
    scope="admin", raises=[EndpointNotFound, Forbidden], answer=wire.WebhookSecretResponse,
)  # fmt: skip
async def rotate_webhook_secret(
    work: Work, sealing: Sealing, id: Id, body: wire.RotateWebhookSecretRequest | None
) -> Answer:
    """Give it a new secret.

    For the chosen time calls carry a signature of each.
    """
    asked = body or wire.RotateWebhookSecretRequest()
    return _secret(await ops.rotate(work, sealing, id, asked.duration))


@api.route(
    "POST", "/webhook-endpoints/{id}/test", operation="testWebhookEndpoint", tag=TAG, access="admin",
    scope="admin", status=202, raises=[EndpointNotFound, Forbidden, EndpointOff], rate=CALLS,
)  # fmt: skip
async def test_webhook_endpoint(
    work: Work, formats: Formats, id: Id, body: wire.TestWebhookRequest | None
) -> wire.WebhookDeliveryResponse:
    """Send a sample, once.

    It is on its way with the answer; read the delivery to learn how it went.
    """
    sent = await ops.test(work, formats, id, body.event_type if body is not None else None)
    return wire.WebhookDeliveryResponse.of(sent)


@api.route(
    "POST", "/webhook-endpoints/{id}/replay", operation="replayWebhookEndpoint", tag=TAG, access="admin",
    scope="admin", status=202, raises=[EndpointNotFound, Forbidden, EndpointOff], rate=CALLS,
)  # fmt: skip
async def replay_webhook_endpoint(
    work: Work, terms: Terms, id: Id, body: wire.ReplayWebhookRequest
) -> wire.WebhookEndpointResponse:
    """Tell it once more whatever has happened since a time, with the same ids."""
    return wire.WebhookEndpointResponse.of(await ops.replay(work, terms, id, body.instant))


@api.route(
    "GET", "/webhook-endpoints/{id}/deliveries", operation="listWebhookDeliveries", tag=TAG, access="admin",
    raises=[EndpointNotFound, Forbidden],
)  # fmt: skip
async def list_webhook_deliveries(
    work: Read, id: Id, query: wire.ListWebhookDeliveriesQuery
) -> wire.WebhookDeliveryListResponse:
    """What was and is to be sent to an endpoint, the newest first; kept for 30 days."""
    rows, total = await ops.deliveries(
        work, id, query.state, query.event_type, query.limit, (query.page - 1) * query.limit
    )
    return wire.WebhookDeliveryListResponse.of(rows, total, query)


@api.route(
    "GET", "/webhook-deliveries/{id}", operation="getWebhookDelivery", tag=TAG, access="admin",
    raises=[DeliveryNotFound, Forbidden],
)  # fmt: skip
async def get_webhook_delivery(work: Read, id: Id) -> wire.WebhookDeliveryDetailResponse:
    """One delivery, with what was sent and what was answered."""
    return wire.WebhookDeliveryDetailResponse.of(await ops.delivery(work, id))


@api.route(
    "POST", "/webhook-deliveries/{id}/retry", operation="retryWebhookDelivery", tag=TAG, access="admin",
    scope="admin", status=202, raises=[DeliveryNotFound, Forbidden, EndpointOff], rate=CALLS,
)  # fmt: skip
async def retry_webhook_delivery(work: Work, id: Id) -> wire.WebhookDeliveryResponse:
    """Send it once more now, with the same id and body."""
    return wire.WebhookDeliveryResponse.of(await ops.retry(work, id))


def _secret(made: ops.Made) -> Answer:
    return Answer(wire.WebhookSecretResponse.of(made), revision=made.endpoint.revision, headers=NO_STORE)
