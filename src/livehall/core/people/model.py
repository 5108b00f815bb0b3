"""Tables of people, and their rows."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.kernel.actor import Role
from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

CredentialKind = Literal["refresh", "device", "auth_code"]
ClientKind = Literal["api_key", "oauth", "signing_secret"]

plan = Table(
    "plan",
    metadata,
    Column("id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("quotas", Json, nullable=False),  # `Quotas`
    Column("modules", Json, nullable=False),  # names of features; none named: all
    Column("disabled_features", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)


class Quotas(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How much an organization may have; None is no limit."""

    rooms: int | None = None
    presets: int | None = None
    concurrent_sessions: int | None = None  # in backstage or live
    session_minutes: int | None = None  # on air, of one session
    stage_size: int | None = None  # people besides the host
    viewers: int | None = None  # at the same time, in one session
    storage_bytes: int | None = None
    recording_minutes: int | None = None  # recorded in one calendar month (UTC)


class Plan(msgspec.Struct, frozen=True):
    id: Id
    code: str
    name: str
    quotas: dict[str, int]
    modules: list[str]
    disabled_features: list[str]
    created_at: datetime
    updated_at: datetime

    @property
    def limits(self) -> Quotas:
        return msgspec.convert(self.quotas, Quotas)


organization = Table(
    "organization",
    metadata,
    Column("id", Key, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("privacy", Json, nullable=False),
    Column("settings", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("plan_id", Key, ForeignKey("plan.id", name="organization_plan")),  # null: without limits
)


class Organization(msgspec.Struct, frozen=True):
    id: Id
    slug: str
    name: str
    timezone: str
    locale: str
    privacy: dict[str, Any]
    settings: dict[str, Any]
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    plan_id: Id | None = None


account = Table(
    "account",
    metadata,
    Column("id", Key, primary_key=True),
    Column("email", Text, unique=True),  # in lower case
    Column("username", Text, nullable=False),
    Column("display_name", Text),
    Column("language", Text),
    Column("password_hash", Text),
    Column("is_active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
)


class Account(msgspec.Struct, frozen=True):
    id: Id
    email: str | None
    username: str
    display_name: str | None
    language: str | None
    password_hash: str | None
    is_active: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


membership = Table(
    "membership",
    metadata,
    Column("organization_id", Key, ForeignKey("organization.id"), primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
    Column("external_user_id", Text),
    Column("is_guest", Boolean, nullable=False),  # registered alone, by no act of the organization
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("organization_id", "external_user_id", name="membership_external"),
    CheckConstraint("role in ('owner','admin','host','viewer')", name="membership_role"),
)


class Person(msgspec.Struct, frozen=True):
    """An account as a member of one organization: what other slices and dialects show of somebody."""

    id: Id
    organization_id: Id
    external_user_id: str | None
    email: str | None
    username: str
    display_name: str | None
    language: str | None
    role: Role
    is_guest: bool  # may see what strangers see, and keeps a name
    is_active: bool  # the account and the membership
    created_at: datetime

    @property
    def name(self) -> str:
        return self.display_name or self.username


api_client = Table(
    "api_client",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("client_id", Text, nullable=False, unique=True),  # names it to people; no secret
    Column("secret_hash", LargeBinary, nullable=False, unique=True),  # SHA-256; it has 256 random bits
    Column("previous_hash", LargeBinary, unique=True),  # after a rotation
    Column("previous_until", Instant),
    Column("scopes", Json, nullable=False),
    Column("library_ids", Json, nullable=False),  # none named: all
    Column("created_by", Key, nullable=False),  # whom it acts for
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("issuer", Text),  # of the tokens that a signing secret signs
    Column("secret_enc", LargeBinary),  # sealed: a signature is checked with the secret itself
    Column("previous_enc", LargeBinary),
    ForeignKeyConstraint(
        ["organization_id", "created_by"],
        ["membership.organization_id", "membership.account_id"],
        name="api_client_maker",
    ),
    CheckConstraint("kind in ('api_key','oauth','signing_secret')", name="api_client_kind"),
    CheckConstraint("(previous_hash is null) = (previous_until is null)", name="api_client_previous"),
    CheckConstraint(
        "(kind = 'signing_secret') = (issuer is not null and secret_enc is not null)",
        name="api_client_signing",
    ),
)
Index("api_client_of", api_client.c.organization_id, api_client.c.id)
Index("api_client_issuer", api_client.c.issuer, api_client.c.id, **only(text("issuer is not null")))


class ApiClient(msgspec.Struct, frozen=True):
    """A machine of the organization, known by a secret."""

    id: Id
    organization_id: Id
    kind: ClientKind
    name: str
    client_id: str
    secret_hash: bytes
    previous_hash: bytes | None
    previous_until: datetime | None
    scopes: list[str]
    library_ids: list[Id]
    created_by: Id
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revision: int
    created_at: datetime
    updated_at: datetime
    issuer: str | None = None
    secret_enc: bytes | None = None
    previous_enc: bytes | None = None


revoked_token = Table(
    "revoked_token",
    metadata,
    Column("id", Key, primary_key=True),  # `jti` of an OAuth client's access token
    Column("expires_at", Instant, nullable=False, index=True),  # forgotten then
)


credential = Table(
    "credential",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256; the token has 256 random bits
    Column("family_id", Key, nullable=False),
    Column("session_id", Key),  # the tokens that it gives open this session only
    Column("visitor_key", Text),
    Column("label", Text),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("kind in ('refresh','device','auth_code')", name="credential_kind"),
)
Index("credential_family", credential.c.family_id)
Index("credential_expiry", credential.c.expires_at)


class Credential(msgspec.Struct, frozen=True):
    id: Id
    account_id: Id
    organization_id: Id
    kind: CredentialKind
    token_hash: bytes
    family_id: Id
    session_id: Id | None
    visitor_key: str | None
    label: str | None
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
