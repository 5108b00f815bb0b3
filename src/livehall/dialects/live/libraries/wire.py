"""What libraries look like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.rooms.libraries import CreateLibrary, Page, Shown, UpdateLibrary
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination

LibraryName = Annotated[str, Meta(max_length=255, description="Name of the library; 1 to 200 characters.")]
LibrarySlug = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$",
        description="Part of an address, unique in the organization; made of the name when absent.",
    ),
]
LibraryDescription = Annotated[str, Meta(max_length=4096, description="Plain text.")]


class CreateLibraryRequest(Request, kw_only=True):
    name: LibraryName
    slug: LibrarySlug | None = None
    description: LibraryDescription | None = None

    def command(self) -> CreateLibrary:
        return CreateLibrary(name=self.name, slug=self.slug, description=self.description)


class UpdateLibraryRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears."""

    name: LibraryName | UnsetType = UNSET
    slug: LibrarySlug | UnsetType = UNSET
    description: LibraryDescription | UnsetType | None = UNSET

    def command(self) -> UpdateLibrary:
        return UpdateLibrary(name=self.name, slug=self.slug, description=self.description)


class DeleteLibraryQuery(msgspec.Struct, kw_only=True):
    move_to: Annotated[Uuid, Meta(description="Library that takes the rooms.")] | None = None


class LibraryResponse(msgspec.Struct, kw_only=True):
    """A shelf that rooms stand on."""

    id: Uuid
    slug: str
    name: str
    description: str | None
    is_default: bool
    rooms: Annotated[int, Meta(ge=0, description="How many stand there.")]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown) -> Self:
        library = shown.library
        return cls(
            id=library.id,
            slug=library.slug,
            name=library.name,
            description=library.description,
            is_default=library.is_default,
            rooms=shown.rooms,
            created_at=moment(library.created_at),
            updated_at=moment(library.updated_at),
        )


class LibraryListResponse(msgspec.Struct, kw_only=True):
    libraries: list[LibraryResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: Page, query: PageQuery) -> Self:
        return cls(
            libraries=[LibraryResponse.of(each) for each in found.libraries],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )
