"""Facts about people."""

from typing import ClassVar, Literal

from livehall.kernel.actor import Role
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class OrganizationFounded(Event, frozen=True, kw_only=True, tag="organization.founded"):
    subject: ClassVar[str] = "organization"
    audit: ClassVar[bool] = True
    name: str


class MemberAdded(Event, frozen=True, kw_only=True, tag="member.added"):
    """An account became a member, or its role changed. Told of staff and viewers alike."""

    subject: ClassVar[str] = "account"
    audit: ClassVar[bool] = True
    account_id: Id
    role: Role


class CredentialsRevoked(Event, frozen=True, kw_only=True, tag="credentials.revoked"):
    """Sign-ins of one family, or all of an account, were ended."""

    subject: ClassVar[str] = "account"
    audit: ClassVar[bool] = True
    account_id: Id
    reason: str  # logout, token_reused


class ApiClientChanged(Event, frozen=True, kw_only=True, tag="api_client.changed"):
    """A key was made, changed, given a new secret, or revoked."""

    subject: ClassVar[str] = "client"
    audit: ClassVar[bool] = True
    client_id: Id
    what: Literal["made", "changed", "rotated", "revoked"]


class PlanTaken(Event, frozen=True, kw_only=True, tag="organization.plan"):
    """An organization goes by another plan, or by the same one with other limits."""

    subject: ClassVar[str] = "organization"
    audit: ClassVar[bool] = True
    plan: str | None  # its code; None: without limits


class PrivacyPolicyChanged(Event, frozen=True, kw_only=True, tag="organization.privacy"):
    """An organization has other terms, or the same ones under another version."""

    subject: ClassVar[str] = "organization"
    audit: ClassVar[bool] = True
    version: str | None  # None: no terms any more


class GroupChanged(Event, frozen=True, kw_only=True, tag="group.changed"):
    """A group was made, changed or removed."""

    subject: ClassVar[str] = "group"
    audit: ClassVar[bool] = True
    group_id: Id
    name: str
    what: str  # made, changed, removed


class GroupMembershipChanged(Event, frozen=True, kw_only=True, tag="group.member"):
    """Somebody is in a group from now on, or no longer."""

    subject: ClassVar[str] = "group"
    audit: ClassVar[bool] = True
    group_id: Id
    account_id: Id
    is_in: bool
