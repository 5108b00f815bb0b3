"""Operations of libraries. What is called within one is the dialect's `Scope` (`live.api`)."""

from livehall.core.people.faults import AlreadyExists
from livehall.core.rooms import libraries
from livehall.core.rooms.faults import LibraryInUse, LibraryNotFound
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.libraries import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "Libraries"


@api.route(
    "GET", "/libraries", operation="listLibraries", tag=TAG, access="viewer", machines=True,
    raises=[Forbidden],
)  # fmt: skip
async def list_libraries(work: Read, query: PageQuery) -> wire.LibraryListResponse:
    """The libraries of the caller's organization, the default one first."""
    found = await libraries.page(work, query.limit, query.offset)
    return wire.LibraryListResponse.of(found, query)


@api.route(
    "POST", "/libraries", operation="createLibrary", tag=TAG, access="admin", status=201, repeatable=True,
    raises=[Forbidden, AlreadyExists], answer=wire.LibraryResponse,
)  # fmt: skip
async def create_library(work: Work, body: wire.CreateLibraryRequest) -> Answer:
    """Put up a library."""
    return _answer(await libraries.create(work, body.command()))


@api.route(
    "GET", "/libraries/{library_id}", operation="getLibrary", tag=TAG, access="viewer", machines=True,
    raises=[Forbidden, LibraryNotFound], answer=wire.LibraryResponse,
)  # fmt: skip
async def get_library(work: Read, library_id: Id) -> Answer:
    """Show one library."""
    return _answer(await libraries.get(work, library_id))


@api.route(
    "PATCH", "/libraries/{library_id}", operation="updateLibrary", tag=TAG, access="admin",
    raises=[Forbidden, LibraryNotFound, AlreadyExists, Conflict], answer=wire.LibraryResponse,
)  # fmt: skip
async def update_library(
    work: Work, library_id: Id, if_match: IfMatch, body: wire.UpdateLibraryRequest
) -> Answer:
    """Rename or describe a library."""
    return _answer(await libraries.update(work, library_id, body.command(), if_match))


@api.route(
    "DELETE", "/libraries/{library_id}", operation="deleteLibrary", tag=TAG, access="admin", status=204,
    raises=[Forbidden, LibraryNotFound, LibraryInUse],
)  # fmt: skip
async def delete_library(work: Work, library_id: Id, query: wire.DeleteLibraryQuery) -> None:
    """Remove a library that is empty, or move its rooms to another one first.

    The default library stays. Presets are removed or moved by their owners beforehand.
    """
    await libraries.delete(work, library_id, query.move_to.lower() if query.move_to else None)


def _answer(shown: libraries.Shown) -> Answer:
    return Answer(wire.LibraryResponse.of(shown), revision=shown.library.revision)
