"""Use cases of people."""

import secrets
from datetime import timedelta

import msgspec

from livehall.core.people import rules, store
from livehall.core.people.events import CredentialsRevoked, MemberAdded, OrganizationFounded
from livehall.core.people.faults import AlreadyExists, CodeExpired, InvalidCredentials, PersonNotFound
from livehall.core.people.model import Account, Credential, CredentialKind, Organization, Person
from livehall.kernel.actor import Role
from livehall.kernel.db import Deadlocked, Duplicate
from livehall.kernel.faults import Forbidden, Unauthenticated, invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

DEFAULT_ORGANIZATION = "Livehall"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A person with a fresh refresh token, from which the dialect makes its own answer."""

    person: Person
    refresh_token: str
    family_id: Id
    session_id: Id | None
    visitor_key: str | None
    device_token: str | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    credential: Credential


class RegisterViewer(msgspec.Struct, frozen=True, kw_only=True):
    username: str
    email: str | None = None
    organization_id: Id | None = None  # None: the only one
    device_name: str | None = None
    earlier_token: str | None = None  # what the same device was given when it registered before


class MakeCode(msgspec.Struct, frozen=True, kw_only=True):
    """Without the person fields the code stands for the caller."""

    session_id: Id | None = None
    external_user_id: str | None = None
    email: str | None = None
    username: str | None = None
    role: Role = "viewer"

    @property
    def is_for_somebody_else(self) -> bool:
        return any((self.external_user_id, self.email, self.username))


async def found_organization(work: Work, name: str) -> Organization:
    """Raises: AlreadyExists. Emits: OrganizationFounded."""
    name = rules.clean_name(name, "name", 200)
    row = Organization(
        new_id(), rules.slug_of(name), name, "UTC", "en", {}, {}, 0, work.now, work.now, None
    )  # fmt: skip
    try:
        await store.add_organization(work, row)
    except Duplicate as error:
        raise AlreadyExists(f"An organization is called {name} already.") from error
    work.emit(OrganizationFounded(organization_id=row.id, name=name))
    return row


async def default_organization(work: Work, name: str | None = None) -> Organization:
    """The one with this name, else the only one; it is founded when there is none.

    Raises: Invalid, when there are several and none was named.
    """
    if name is not None:
        return await store.organization_by_slug(work, rules.slug_of(name)) or await found_organization(
            work, name
        )
    only = await store.only_organization(work)
    if only is not None:
        return only
    first = await store.organization_by_slug(work, rules.slug_of(DEFAULT_ORGANIZATION))
    if first is not None:
        raise invalid("organization", "There are several organizations; name one.")
    return await found_organization(work, DEFAULT_ORGANIZATION)


async def add_member(
    work: Work, organization: Organization, email: str, role: Role, password_hash: str | None = None
) -> Person:
    """Make an account a member with this role; a present member gets the role, and the password if given.

    Emits: MemberAdded.
    """
    email = rules.clean_email(email)
    account = await store.account_by_email(work, email)
    if account is None:
        account = _new_account(work, email, rules.clean_name(email.partition("@")[0]), password_hash)
        await store.add_account(work, account)
    elif password_hash is not None:
        await store.set_password(work, account.id, password_hash)
    try:
        await store.add_member(work, account.id, organization.id, role, None)
    except Duplicate:
        await store.set_role(work, account.id, organization.id, role)
    work.emit(MemberAdded(organization_id=organization.id, account_id=account.id, role=role))
    return await _person(work, account.id, organization.id)


async def register_viewer(work: Work, cmd: RegisterViewer) -> SignedIn:
    """Make a viewer's account that is known by its device token alone.

    A device that registers anew stays the same device (C16).
    Raises: AlreadyExists (the address has an account), Invalid. Emits: MemberAdded.
    """
    organization_id = cmd.organization_id
    if organization_id is None:
        only = await store.only_organization(work)
        if only is None:
            raise invalid("organization_id", "Say which organization the viewer joins, or the room.")
        organization_id = only.id
    elif await store.organization_by_id(work, organization_id) is None:
        raise invalid("organization_id", "There is no such organization.")
    email = rules.clean_email(cmd.email) if cmd.email else None
    account = _new_account(work, email, rules.clean_name(cmd.username), None)
    try:
        await store.add_account(work, account)
    except Duplicate as error:
        raise AlreadyExists("This address has an account; sign in with it.") from error
    await store.add_member(work, account.id, organization_id, "viewer", None, is_guest=True)
    work.emit(MemberAdded(organization_id=organization_id, account_id=account.id, role="viewer"))
    person = await _person(work, account.id, organization_id)
    family, visitor_key = new_id(), await _device_of(work, cmd.earlier_token) or account.id
    device_token = await _keep(work, person, "device", family, label=cmd.device_name, visitor_key=visitor_key)
    return await sign_in(work, person, family_id=family, visitor_key=visitor_key, device_token=device_token)


async def add_guest(work: Work, organization_id: Id, name: str) -> Person:
    """Somebody without address and password, who sees what strangers see. Emits: MemberAdded."""
    account = _new_account(work, None, rules.clean_name(name), None)
    await store.add_account(work, account)
    await store.add_member(work, account.id, organization_id, "viewer", None, is_guest=True)
    work.emit(MemberAdded(organization_id=organization_id, account_id=account.id, role="viewer"))
    return await _person(work, account.id, organization_id)


async def _device_of(work: Work, device_token: str | None) -> str | None:
    """The device that was given this token, however long ago; it opens nothing here."""
    found = await store.credential_by_hash(work, rules.digest(device_token)) if device_token else None
    return found.visitor_key if found and found.kind == "device" else None


async def sign_in(
    work: Work,
    person: Person,
    *,
    family_id: Id | None = None,
    session_id: Id | None = None,
    visitor_key: str | None = None,
    device_token: str | None = None,
) -> SignedIn:
    """A fresh refresh token in a new family, or in the one that is given. Raises: AccountDisabled."""
    rules.check_active(person)
    family = family_id or new_id()
    token = await _keep(work, person, "refresh", family, session_id=session_id, visitor_key=visitor_key)
    return SignedIn(
        person=person,
        refresh_token=token,
        family_id=family,
        session_id=session_id,
        visitor_key=visitor_key,
        device_token=device_token,
    )


async def make_code(work: Work, cmd: MakeCode) -> Code:
    """A one-time code for another window, or for a person of the caller's own system.

    Raises: Forbidden (only machines and administrators name somebody else), Invalid. Emits: MemberAdded.
    """
    actor = work.actor
    if actor.account_id is None or actor.organization_id is None:
        raise Unauthenticated
    session_id = actor.session_id or cmd.session_id
    if actor.session_id and cmd.session_id not in (None, actor.session_id):
        raise Forbidden("Your own sign-in is bound to another session.")
    person = await _person(work, actor.account_id, actor.organization_id)
    if cmd.is_for_somebody_else:
        if not actor.is_admin and actor.kind != "client":
            raise Forbidden("Only a service or an administrator makes codes for somebody else.")
        rules.check_may_give(actor.role, cmd.role)
        person = await _provisioned(work, actor.organization_id, cmd)
        rules.check_may_give(actor.role, person.role)  # the identifier may be that of somebody with more
    elif actor.kind == "client" and session_id is None:
        raise invalid("external_user_id", "Say whom the code is for, or for which session.")
    return await code_for(work, person, session_id=session_id)


async def code_for(
    work: Work,
    person: Person,
    *,
    session_id: Id | None = None,
    lifetime: timedelta = rules.CODE_LIFETIME,
    label: str | None = None,
) -> Code:
    """A one-time code that stands for this person. Who may ask for it was checked."""
    token = secrets.token_urlsafe(32)
    row = _credential(work, person, "auth_code", token, new_id(), session_id=session_id, label=label)
    row = msgspec.structs.replace(row, expires_at=work.now + lifetime)
    await store.add_credential(work, row)
    return Code(code=token, credential=row)


async def exchange(work: Work, code: str) -> SignedIn:
    """Trade a one-time code for a sign-in. Raises: CodeExpired, AccountDisabled."""
    found = await store.credential_by_hash(work, rules.digest(code))
    if found is None or found.kind != "auth_code" or found.expires_at <= work.now:
        raise CodeExpired
    if not await store.spend(work, found.id):
        raise CodeExpired
    person = await _person(work, found.account_id, found.organization_id)
    return await sign_in(work, person, session_id=found.session_id, visitor_key=found.visitor_key)


async def sign_in_device(work: Work, token: str) -> SignedIn:
    """Sign in by the device token of a registered viewer. Raises: InvalidCredentials, AccountDisabled."""
    found = await store.credential_by_hash(work, rules.digest(token))
    if found is None or found.kind != "device" or found.revoked_at or found.expires_at <= work.now:
        raise InvalidCredentials("The device token is unknown, expired or revoked.")
    person = await _person(work, found.account_id, found.organization_id)
    return await sign_in(work, person, family_id=found.family_id, visitor_key=found.visitor_key)


async def sign_out(work: Work, *, family_id: Id | None, refresh_token: str | None, everywhere: bool) -> None:
    """End one sign-in, the caller's own or that of a token of theirs, or all. Emits: CredentialsRevoked."""
    actor = work.actor
    if actor.account_id is None or actor.organization_id is None:
        raise Unauthenticated
    await store.hold_account(work, actor.account_id)  # else what is refreshed meanwhile would outlive it
    if everywhere:
        revoked = await store.revoke_all(work, actor.account_id)
    else:
        if refresh_token is not None:
            found = await store.credential_by_hash(work, rules.digest(refresh_token))
            is_own = found is not None and found.account_id == actor.account_id
            family_id = found.family_id if found is not None and is_own else None
        revoked = await store.revoke_family(work, family_id) if family_id else 0
    if revoked:
        work.emit(
            CredentialsRevoked(
                organization_id=actor.organization_id, account_id=actor.account_id, reason="logout"
            )
        )


async def me(work: Work) -> Person:
    """Raises: PersonNotFound."""
    if work.actor.account_id is None or work.actor.organization_id is None:
        raise Unauthenticated
    return await _person(work, work.actor.account_id, work.actor.organization_id)


async def _person(work: Work, account_id: Id, organization_id: Id) -> Person:
    found = await store.person(work, account_id, organization_id)
    if found is None:
        raise PersonNotFound
    return found


async def _provisioned(work: Work, organization_id: Id, cmd: MakeCode) -> Person:
    """The person of the caller's own system; made at the first use."""
    if cmd.external_user_id is None:
        raise invalid("external_user_id", "Name the person by an identifier of your own system.")
    found = await store.person_by_external_id(work, organization_id, cmd.external_user_id)
    if found is not None:
        return found
    email = rules.clean_email(cmd.email) if cmd.email else None
    account = _new_account(work, email, rules.clean_name(cmd.username or cmd.external_user_id), None)
    try:
        await store.add_account(work, account)
    except Duplicate as error:
        found = await store.person_by_external_id(work, organization_id, cmd.external_user_id)
        if found is not None:  # made by the same call at the same time
            return found
        raise invalid("email", "This address belongs to another account.") from error
    try:
        await store.add_member(work, account.id, organization_id, cmd.role, cmd.external_user_id)
    except Duplicate as error:  # likewise; run again, this unit finds the person
        raise Deadlocked from error
    work.emit(MemberAdded(organization_id=organization_id, account_id=account.id, role=cmd.role))
    return await _person(work, account.id, organization_id)


def _new_account(work: Work, email: str | None, username: str, password_hash: str | None) -> Account:
    return Account(
        new_id(), email, username, None, None, password_hash, True, 0, work.now, work.now, None
    )  # fmt: skip


async def _keep(
    work: Work,
    person: Person,
    kind: CredentialKind,
    family: Id,
    *,
    session_id: Id | None = None,
    visitor_key: str | None = None,
    label: str | None = None,
) -> str:
    token = secrets.token_urlsafe(32)
    row = _credential(
        work, person, kind, token, family, session_id=session_id, visitor_key=visitor_key, label=label
    )
    await store.add_credential(work, row)
    return token


LIFETIMES = {
    "refresh": rules.REFRESH_LIFETIME,
    "device": rules.DEVICE_LIFETIME,
    "auth_code": rules.CODE_LIFETIME,
}


def _credential(
    work: Work,
    person: Person,
    kind: CredentialKind,
    token: str,
    family: Id,
    *,
    session_id: Id | None = None,
    visitor_key: str | None = None,
    label: str | None = None,
) -> Credential:
    return Credential(
        id=new_id(),
        account_id=person.id,
        organization_id=person.organization_id,
        kind=kind,
        token_hash=rules.digest(token),
        family_id=family,
        session_id=session_id,
        visitor_key=visitor_key,
        label=label,
        expires_at=work.now + LIFETIMES[kind],
        used_at=None,
        revoked_at=None,
        created_at=work.now,
    )
