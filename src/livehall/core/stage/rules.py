"""Rules of the stage: pure. Who may do what is in `sessions.rights`."""

from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Place, Role, Settings, Standing, rights_of
from livehall.core.stage.faults import StageFull
from livehall.core.stage.model import StageRequest, Status
from livehall.kernel.faults import Forbidden

POWER: tuple[Role, ...] = ("monitor", "viewer", "speaker", "moderator", "co_host", "host")


def check_open(session: Session) -> None:
    """Raises: InvalidState."""
    if not session.is_open:
        raise InvalidState("The stage is open while the session is in backstage or live.")


def check_outranks(actor: Standing, other: Standing) -> None:
    """I16: nobody acts on an equal or higher one. Raises: Forbidden."""
    if power(actor) <= power(other):
        raise Forbidden("This person's role is not below yours.")


def power(standing: Standing) -> int:
    """Administrators stand in the host's stead."""
    return POWER.index("host" if standing.is_owner else standing.role)


def check_has_room(settings: Settings, taken: int) -> None:
    """I15; the host has no seat, and 0 is no limit. Raises: StageFull."""
    if settings.max_join_limit and taken >= settings.max_join_limit:
        raise StageFull


def resolved(request: StageRequest, status: Status) -> bool:
    """Whether the request is in that state already. Raises: InvalidState, when it went another way."""
    if request.status == status:
        return True
    if not request.is_pending:
        raise InvalidState(f"This request is {request.status} already.")
    return False


def usual_place(settings: Settings) -> Place:
    """What somebody may publish who comes on stage, unless the staff says otherwise."""
    preset = settings.preset
    return Place(video=preset.onstage_camera_enabled, screen=preset.onstage_screen_share)


def effective(settings: Settings, standing: Standing) -> Place:
    """What somebody may publish: by their place and by the preset."""
    rights = rights_of(settings, standing)
    return Place(
        audio="publish.audio" in rights,
        video="publish.camera" in rights,
        screen="publish.screen" in rights,
    )
