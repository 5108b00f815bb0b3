"""What webhook endpoints and deliveries look like on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.sessions.rules import clean_instant
from livehall.core.webhooks.fields import DAY_S, MOST_LIBRARIES, MOST_TYPES, Description, Overlap, Url
from livehall.core.webhooks.model import Delivery, Endpoint, Format, OffReason, State
from livehall.core.webhooks.ops import CreateEndpoint, Known, Made, UpdateEndpoint
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageQuery, PageSize, Pagination

EventType = Annotated[str, Meta(min_length=1, max_length=100)]
EventTypes = Annotated[
    list[EventType],
    Meta(max_length=MOST_TYPES, description="What it hears; none named: all, also later ones."),
]
Libraries = Annotated[
    list[Uuid],
    Meta(max_length=MOST_LIBRARIES, description="It hears what happens in these; none named: everywhere."),
]
WebhookFormat = Annotated[
    Literal["live", "meltingspot"],
    Meta(description="In whose words: `live` as in realtime, `meltingspot` as that API's three events."),
]


class CreateWebhookEndpointRequest(Request, kw_only=True):
    url: Url
    description: Description | None = None
    format: WebhookFormat = "live"
    event_types: EventTypes = msgspec.field(default_factory=list)
    library_ids: Libraries = msgspec.field(default_factory=list)
    enabled: bool = True

    def command(self) -> CreateEndpoint:
        return CreateEndpoint(
            url=self.url,
            description=self.description,
            format=self.format,
            event_types=tuple(self.event_types),
            library_ids=tuple(each.lower() for each in self.library_ids),
            is_enabled=self.enabled,
        )


class UpdateWebhookEndpointRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears. The format stays as it was chosen."""

    url: Url | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    event_types: EventTypes | UnsetType = UNSET
    library_ids: Libraries | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def command(self) -> UpdateEndpoint:
        types, libraries = self.event_types, self.library_ids
        return UpdateEndpoint(
            url=self.url,
            description=self.description,
            event_types=UNSET if types is UNSET else tuple(types),
            library_ids=UNSET if libraries is UNSET else tuple(each.lower() for each in libraries),
            is_enabled=self.enabled,
        )


class RotateWebhookSecretRequest(Request, kw_only=True):
    overlap: Overlap = DAY_S

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.overlap)


class TestWebhookRequest(Request, kw_only=True):
    event_type: (
        Annotated[EventType, Meta(description="Of which to send a sample; else the first it hears.")] | None
    ) = None


class ReplayWebhookRequest(Request, kw_only=True):
    since: Annotated[
        datetime, Meta(tz=True, description="Within the last 30 days, or fewer where less is kept.")
    ]

    @property
    def instant(self) -> datetime:
        """Raises: Invalid."""
        return clean_instant(self.since, "since")


class ListWebhookDeliveriesQuery(msgspec.Struct, kw_only=True):
    state: State | None = None
    event_type: EventType | None = None
    page: PageNumber = 1
    limit: PageSize = 20


class WebhookEventTypeResponse(msgspec.Struct, kw_only=True):
    type: str
    format: Format
    description: str
    sample: Annotated[dict[str, Any], Meta(description="A body as it could be.")]


class WebhookEventTypeListResponse(msgspec.Struct, kw_only=True):
    event_types: list[WebhookEventTypeResponse]

    @classmethod
    def of(cls, known: list[Known]) -> Self:
        return cls(
            event_types=[
                WebhookEventTypeResponse(
                    type=each.type,
                    format=each.format,
                    description=each.words,
                    sample=msgspec.json.decode(each.sample, type=dict[str, Any]),
                )
                for each in known
            ]
        )


class WebhookEndpointResponse(msgspec.Struct, kw_only=True):
    """Where an organization's software is told what happens. Its secret is in no answer but its maker's."""

    id: Uuid
    url: str
    description: str | None
    format: Format
    event_types: list[str]
    library_ids: list[Uuid]
    enabled: bool
    off_reason: Annotated[
        OffReason | None,
        Meta(description="Why it was switched off: it failed for days, or has answered 410; null by people."),
    ]
    failing_since: Annotated[Moment, Meta(description="Since when no call has gone well.")] | None
    last_success_at: Annotated[Moment, Meta(description="To the minute.")] | None
    previous_secret_until: Annotated[Moment, Meta(description="How long the old secret signs too.")] | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, row: Endpoint) -> Self:
        return cls(
            id=row.id,
            url=row.url,
            description=row.description,
            format=row.format,
            event_types=row.event_types,
            library_ids=row.library_ids,
            enabled=row.is_enabled,
            off_reason=row.off_reason,
            failing_since=moment(row.failing_since),
            last_success_at=moment(row.last_success_at),
            previous_secret_until=moment(row.previous_until),
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
        )


class WebhookEndpointListResponse(msgspec.Struct, kw_only=True):
    endpoints: list[WebhookEndpointResponse]
    pagination: Pagination

    @classmethod
    def of(cls, rows: list[Endpoint], total: int, query: PageQuery) -> Self:
        return cls(
            endpoints=[WebhookEndpointResponse.of(row) for row in rows],
            pagination=Pagination.of(query.page, query.limit, total),
        )


class WebhookSecretResponse(msgspec.Struct, kw_only=True):
    endpoint: WebhookEndpointResponse
    secret: Annotated[str, Meta(description="What calls are signed with (`whsec_…`); shown this once.")]

    @classmethod
    def of(cls, made: Made) -> Self:
        return cls(endpoint=WebhookEndpointResponse.of(made.endpoint), secret=made.secret)


class WebhookDeliveryResponse(msgspec.Struct, kw_only=True):
    """One event on its way to one endpoint."""

    id: Uuid
    endpoint_id: Uuid
    message_id: Annotated[str, Meta(description="`webhook-id`: the same in every attempt.")]
    event_type: str
    test: Annotated[bool, Meta(description="A sample, sent once.")]
    state: Annotated[
        State,
        Meta(
            description="`pending` waits for its first attempt, `failed` for the next one; `abandoned` is "
            "sent no more."
        ),
    ]
    attempts: int
    next_attempt_at: Moment | None
    last_attempt_at: Moment | None
    response_status: int | None
    error: Annotated[
        str | None,
        Meta(
            description="Why no answer came: `timeout`, `unknown_host`, `private_address`, `refused`, `tls`, "
            "`broken_off`."
        ),
    ]
    duration_ms: int | None
    created_at: Moment

    @classmethod
    def of(cls, row: Delivery) -> Self:
        return cls(**_members(row))


class WebhookDeliveryDetailResponse(WebhookDeliveryResponse, kw_only=True):
    """With what was sent, and the beginning of what was answered last."""

    request_body: str
    response_excerpt: str | None

    @classmethod
    def of(cls, row: Delivery) -> Self:
        return cls(**_members(row), request_body=row.body, response_excerpt=row.response_excerpt)


class WebhookDeliveryListResponse(msgspec.Struct, kw_only=True):
    deliveries: list[WebhookDeliveryResponse]
    pagination: Pagination

    @classmethod
    def of(cls, rows: list[Delivery], total: int, query: ListWebhookDeliveriesQuery) -> Self:
        return cls(
            deliveries=[WebhookDeliveryResponse.of(row) for row in rows],
            pagination=Pagination.of(query.page, query.limit, total),
        )


def _members(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "endpoint_id": row.endpoint_id,
        "message_id": row.message_id,
        "event_type": row.event_type,
        "test": row.is_test,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": moment(row.try_at),
        "last_attempt_at": moment(row.last_attempt_at),
        "response_status": row.response_status,
        "error": row.error,
        "duration_ms": row.duration_ms,
        "created_at": moment(row.created_at),
    }
