"""Who acts: the result of signing in, whichever dialect it came by."""

from typing import Literal

import msgspec

from livehall.kernel.ids import Id

ActorKind = Literal["account", "client", "system", "media", "realtime", "anonymous"]
Role = Literal["owner", "admin", "host", "viewer"]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """One caller. `organization_id` is the only one whose things it may see, besides public ones."""

    kind: ActorKind
    id: Id | None = None  # account or API client
    organization_id: Id | None = None
    role: Role | None = None  # in the organization
    is_guest: bool = False  # registered alone: sees what strangers see
    name: str = ""
    session_id: Id | None = None  # a token bound to one session works nowhere else
    library_id: Id | None = None  # a call within one library: what stands elsewhere is as unknown
    visitor_key: str | None = None  # of the device, kept by the browser
    family_id: Id | None = None  # of the sign-in, revoked as a whole
    acts_for: Id | None = None  # of an API client: the account that it acts for
    scopes: tuple[str, ...] = ()  # of an API client: what it may do besides reading
    library_ids: tuple[Id, ...] | None = None  # of an API client: it reaches only these; None: all

    @property
    def account_id(self) -> Id | None:
        """The person, or for whom an API client acts."""
        return self.id if self.kind == "account" else self.acts_for

    @property
    def member_of(self) -> Id | None:
        """The organization whose members' things it may see; a guest belongs to none."""
        return None if self.is_guest else self.organization_id

    @property
    def may_host(self) -> bool:
        """Whether it may own what hosts own: a person, in a role that hosts, by no token of one session."""
        is_person = self.account_id is not None and self.session_id is None
        return is_person and self.role in ("host", "admin", "owner")

    @property
    def is_whole(self) -> bool:
        """Whether it is bound to no session and to no library."""
        return self.session_id is None and self.library_id is None and self.library_ids is None

    @property
    def is_admin(self) -> bool:
        """Whether it may do in its organization whatever a host may."""
        return self.role in ("owner", "admin")


ANONYMOUS = Actor(kind="anonymous")
SYSTEM = Actor(kind="system")
MEDIA = Actor(kind="media")
