"""What can go wrong with sessions."""

from livehall.core.ports.media import MediaUnavailable
from livehall.kernel.faults import Conflict, Forbidden, NotFound


class SessionNotFound(NotFound):
    message = "There is no session with this id that you may see."


class ParticipantNotFound(NotFound):
    message = "Nobody with this id has this role here."


class AlreadyHigher(Conflict):
    message = "This person has a higher role already; take that away first."


class InvalidState(Conflict):
    code = "invalid_state"
    message = "The session is in a state that refuses this."


class RoomBusy(Conflict):
    code = "room_busy"
    message = "Another session of the room is in backstage or live."


class FeatureDisabled(Forbidden):
    code = "feature_disabled"
    message = "This is switched off for your role."


class Banned(Forbidden):
    code = "banned"
    message = "You are banned from this session."


class NotAdmitted(Forbidden):
    message = "You were not let in from the waiting room."


class WrongPassword(Forbidden):
    code = "wrong_password"
    message = "The room's password is missing or wrong."


class RegistrationRequired(Forbidden):
    code = "registration_required"
    message = "This room admits registered people only."


class InvitationRequired(RegistrationRequired):
    code = "invitation_required"
    message = "Only those who were invited enter here."


class IngestUnavailable(MediaUnavailable):
    """Encoders (RTMP, WHIP) have no part to send to."""

    message = "This hall's media server takes no encoders; use mode `webcam`. Nothing was changed."
