"""What API clients look like on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.people.clients import CreateClient, Made, Scope, UpdateClient
from livehall.core.people.model import ApiClient, ClientKind
from livehall.core.sessions.rules import clean_instant
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination

ClientName = Annotated[str, Meta(max_length=255, description="For people; 1 to 200 characters.")]
Scopes = Annotated[
    list[Scope],
    Meta(
        max_length=10,
        description="Besides reading: `write` changes things, `codes` makes one-time codes, `admin` acts as "
        "an administrator.",
    ),
]
Libraries = Annotated[
    list[Uuid],
    Meta(
        max_length=100, description="It reaches only these, below `/libraries/{library_id}`; none named: all."
    ),
]
Expiry = Annotated[datetime, Meta(tz=True, description="Until when it holds; null: until it is revoked.")]


Kind = Annotated[
    Literal["api_key", "oauth", "signing_secret"],
    Meta(
        description="`api_key` is sent with each call; `oauth` is exchanged, with `client_id`, for access "
        "tokens; `signing_secret` signs the bearer tokens (HS256) of the Sourceloop API."
    ),
]
Issuer = Annotated[
    str,
    Meta(
        max_length=255,
        description="What tokens of a signing secret name as `iss`; its client id where none is given.",
    ),
]


class CreateApiClientRequest(Request, kw_only=True):
    name: ClientName
    kind: Kind = "api_key"
    scopes: Scopes = msgspec.field(default_factory=list)
    library_ids: Libraries = msgspec.field(default_factory=list)
    expires_at: Expiry | None = None
    issuer: Issuer | None = None

    def command(self) -> CreateClient:
        return CreateClient(
            name=self.name,
            kind=self.kind,
            issuer=self.issuer,
            scopes=tuple(self.scopes),
            library_ids=tuple(each.lower() for each in self.library_ids),
            expires_at=_instant(self.expires_at),
        )


class UpdateApiClientRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears."""

    name: ClientName | UnsetType = UNSET
    scopes: Scopes | UnsetType = UNSET
    library_ids: Libraries | UnsetType = UNSET
    expires_at: Expiry | UnsetType | None = UNSET

    def command(self) -> UpdateClient:
        ids, expiry = self.library_ids, self.expires_at
        return UpdateClient(
            name=self.name,
            scopes=UNSET if self.scopes is UNSET else tuple(self.scopes),
            library_ids=UNSET if ids is UNSET else tuple(each.lower() for each in ids),
            expires_at=UNSET if expiry is UNSET else _instant(expiry),
        )


class RotateApiClientRequest(Request, kw_only=True):
    overlap: Annotated[
        int, Meta(ge=0, le=2_592_000, description="Seconds for which the old secret lives on; default none.")
    ] = 0

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.overlap)


class ApiClientResponse(msgspec.Struct, kw_only=True):
    """A machine of the organization. Its secret is in no answer but that which made it."""

    id: Uuid
    client_id: str
    kind: ClientKind
    name: str
    scopes: list[str]
    library_ids: list[Uuid]
    created_by: Annotated[Uuid, Meta(description="For whom it acts.")]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Annotated[Moment, Meta(description="To the minute.")] | None
    previous_until: Annotated[Moment, Meta(description="Until when the secret before holds.")] | None
    issuer: Annotated[str, Meta(description="What the tokens of a signing secret name as `iss`.")] | None = (
        None
    )

    @classmethod
    def of(cls, client: ApiClient) -> Self:
        return cls(
            id=client.id,
            client_id=client.client_id,
            kind=client.kind,
            name=client.name,
            scopes=client.scopes,
            library_ids=client.library_ids,
            created_by=client.created_by,
            created_at=moment(client.created_at),
            expires_at=moment(client.expires_at),
            last_used_at=moment(client.last_used_at),
            previous_until=moment(client.previous_until),
            issuer=client.issuer,
        )


class ApiClientSecretResponse(msgspec.Struct, kw_only=True):
    client: ApiClientResponse
    secret: Annotated[
        str,
        Meta(
            description="The key for `X-Api-Key`, the secret of the client id, or what tokens are signed "
            "with; shown this once."
        ),
    ]

    @classmethod
    def of(cls, made: Made) -> Self:
        return cls(client=ApiClientResponse.of(made.client), secret=made.secret)


class ApiClientListResponse(msgspec.Struct, kw_only=True):
    clients: list[ApiClientResponse]
    pagination: Pagination

    @classmethod
    def of(cls, rows: list[ApiClient], total: int, query: PageQuery) -> Self:
        return cls(
            clients=[ApiClientResponse.of(row) for row in rows],
            pagination=Pagination.of(query.page, query.limit, total),
        )


def _instant(instant: datetime | None) -> datetime | None:
    return None if instant is None else clean_instant(instant, "expires_at")
