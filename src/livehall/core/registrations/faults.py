"""What can go wrong with registrations."""

from livehall.kernel.faults import Conflict, Forbidden, NotFound


class RegistrationNotFound(NotFound):
    message = "There is no registration with this id that you may see."


class NoSuchAccess(NotFound):
    message = "This personal link is unknown or was replaced by another one."


class RegistrationClosed(Conflict):
    code = "registration_closed"
    message = "Nobody can register here now."


class RegistrationFull(Conflict):
    code = "registration_full"
    message = "All places are taken."


class WrongState(Conflict):
    code = "invalid_state"  # C7
    message = "The registration is in a state that refuses this."


class AddressTaken(Conflict):
    code = "already_exists"
    message = "Somebody with this address is registered already."


class NotApproved(Forbidden):
    code = "registration_not_approved"
    message = "This registration does not let anybody in now."


class SignInInstead(Forbidden):
    code = "sign_in_required"
    message = "This person helps to run the session; sign in with the account."
