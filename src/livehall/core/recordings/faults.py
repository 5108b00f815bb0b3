"""What can go wrong with recordings."""

from livehall.kernel.faults import Conflict, Gone, NotFound, Unauthenticated


class RecordingNotFound(NotFound):
    message = "There is no such recording here."


class AlreadyRecording(Conflict):
    code = "already_recording"
    message = "A recording of this session is already running."


class NotReady(Conflict):
    code = "invalid_state"
    message = "The recording is not ready; there is no file to give yet."


class LinkInvalid(Unauthenticated):
    message = "The address is not one that we gave."


class LinkExpired(Gone):
    code = "link_expired"
    message = "The address is too old, or the file is gone; ask for a new one."
