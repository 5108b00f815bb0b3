"""What can go wrong with recordings."""

from livehall.kernel.faults import Conflict, Gone, Invalid, NotFound, Unauthenticated, Unavailable


class RecordingNotFound(NotFound):
    message = "There is no such recording here."


class AlreadyRecording(Conflict):
    code = "already_recording"
    message = "A recording of this session is already running."


class NotReady(Conflict):
    code = "invalid_state"
    message = "The recording is not ready; there is no file to give yet."


class NotFinished(Conflict):
    code = "invalid_state"
    message = "The recording is not ready; name a time (`publish_at`), and it is published once it is."


class NothingToPublish(Conflict):
    code = "invalid_state"
    message = "The recording failed; there is nothing to publish."


class AlreadyPublic(Conflict):
    code = "invalid_state"
    message = "The recording is public; withdraw it first to publish it at another time."


class StillRunning(Conflict):
    code = "invalid_state"
    message = "The recording is not finished; wait until it is, or stop it first."


class NotFailed(Conflict):
    code = "invalid_state"
    message = "Only a recording that failed can be processed again."


class NothingLeft(Gone):
    code = "link_expired"
    message = "Nothing of this recording is left to be processed again."


class FilmTooLarge(Invalid):
    code = "payload_too_large"
    message = "The film is larger than this server takes."


class NoRoomForFilm(Unavailable):
    message = "There is no room for a film of this size just now."


class TooManyFilms(Unavailable):
    message = "Other films are being handed in; try again when these are done."


class FilmTooSlow(Unavailable):
    message = "The film came in too slowly; send it again when the way is better."


class StreamingTargetNotFound(NotFound):
    message = "There is no such streaming target here."


class AlreadyStreaming(Conflict):
    code = "invalid_state"
    message = "The session is streamed there already."


class NotStreaming(Conflict):
    code = "invalid_state"
    message = "The session is not streamed there."


class TargetInUse(Conflict):
    code = "invalid_state"
    message = "A session is streamed there just now; stop it first."


class TargetNotFound(NotFound):
    message = "This organization keeps its recordings with us."


class NoCredentials(Unavailable):
    code = "no_storage_credentials"
    message = "The keys of this kind of store are not known here; an administrator gives them once."


class LinkInvalid(Unauthenticated):
    message = "The address is not one that we gave."


class LinkExpired(Gone):
    code = "link_expired"
    message = "The address is too old, or the file is gone; ask for a new one."
