"""What can go wrong with people."""

from livehall.kernel.faults import Conflict, Forbidden, Gone, Limited, NotFound, Unauthenticated


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"
    message = "Address and password do not match an active account."


class TokenReused(Unauthenticated):
    code = "token_reused"
    message = "This refresh token was spent before; its family is revoked. Sign in again."


class AccountDisabled(Forbidden):
    code = "account_disabled"
    message = "The account is deactivated."


class CodeExpired(Gone):
    code = "code_expired"
    message = "The one-time code was used or is too old."


class AlreadyExists(Conflict):
    code = "already_exists"
    message = "There is one with this name or address already."


class PersonNotFound(NotFound):
    message = "There is no such person here."


class QuotaExceeded(Limited):
    code = "quota_exceeded"
    message = "The plan of the organization does not allow more."


class ClientNotFound(NotFound):
    message = "There is no API client with this id that you may see."


class GroupNotFound(NotFound):
    message = "There is no group with this id that you may see."


class OrganizationNotFound(NotFound):
    message = "There is no organization with this id that you may see."
