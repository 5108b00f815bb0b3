"""What the form of a room looks like on the wire."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.people.privacy import Terms
from livehall.core.registrations import fields as words
from livehall.core.registrations import model, ops
from livehall.core.registrations.model import Approval, FieldKind, Form, Mode
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid

Number = Annotated[int, Meta(ge=0)]
Options = Annotated[dict[str, words.Label], Meta(max_length=words.MOST_OPTIONS)]


class FormOption(Request, kw_only=True):
    value: words.OptionValue
    label: words.Label


class FieldWording(Request, kw_only=True):
    """A field in another language; `options`: labels by value."""

    label: words.Label
    options: Options = msgspec.field(default_factory=dict)


class FormField(Request, kw_only=True):
    """One question beside name and address. Hidden ones are filled in from the page's address."""

    id: words.FieldId
    kind: FieldKind
    label: words.Label
    required: bool = False
    options: Annotated[list[FormOption], Meta(max_length=words.MOST_OPTIONS, description="Of a choice.")] = (
        msgspec.field(default_factory=list)
    )
    translations: Annotated[dict[words.Language, FieldWording], Meta(max_length=words.MOST_LANGUAGES)] = (
        msgspec.field(default_factory=dict)
    )


class ConsentWanted(Request, kw_only=True):
    text: words.ConsentText
    version: words.ConsentVersion
    required: Annotated[bool, Meta(description="Nobody registers without; default true.")] = True
    translations: Annotated[
        dict[words.Language, words.ConsentText], Meta(max_length=words.MOST_LANGUAGES)
    ] = msgspec.field(default_factory=dict)


class RegistrationFormRequest(Request, kw_only=True):
    """Replaces the form as a whole. Fields are shown in their order."""

    mode: Annotated[Mode, Meta(description="Whether one can register, or must in order to enter.")]
    approval: Annotated[Approval, Meta(description="Who approves; default `auto`.")] = "auto"
    fields: Annotated[list[FormField], Meta(max_length=words.MOST_FIELDS)] = msgspec.field(
        default_factory=list
    )
    capacity: words.Capacity | None = None
    closes_at: Annotated[datetime, Meta(tz=True, description="For the public.")] | None = None
    consent: ConsentWanted | None = None
    confirm_address: Annotated[
        bool, Meta(description="The personal link goes by mail alone; default false.")
    ] = False

    def form(self) -> Form:
        said = msgspec.to_builtins(self)
        said["confirms_address"] = said.pop("confirm_address")
        return msgspec.convert(said, Form)


class TermsShown(msgspec.Struct, kw_only=True):
    """The terms of the room's organization: where they stand, or what they say, or both."""

    terms_url: str | None
    text: str | None
    version: str

    @classmethod
    def of(cls, terms: Terms) -> Self | None:
        if terms.version is None:
            return None
        return cls(terms_url=terms.url, text=terms.text, version=terms.version)


class RegistrationFormResponse(msgspec.Struct, kw_only=True):
    room_id: Uuid
    mode: Mode
    approval: Approval
    fields: list[FormField]
    capacity: Number | None
    closes_at: Moment | None
    consent: ConsentWanted | None
    terms: Annotated[TermsShown | None, Meta(description="Null: there are none.")]
    confirm_address: bool
    is_open: Annotated[bool, Meta(description="Whether the public can register now.")]
    places_left: Annotated[Number | None, Meta(description="Null: no limit.")]

    @classmethod
    def of(cls, shown: ops.ShownForm) -> Self:
        form = shown.form
        return cls(
            room_id=shown.room.id,
            mode=form.mode,
            approval=form.approval,
            fields=msgspec.convert(msgspec.to_builtins(form.fields), list[FormField]),
            capacity=form.capacity,
            closes_at=moment(form.closes_at),
            consent=wanted_of(form.consent),
            terms=TermsShown.of(shown.terms),
            confirm_address=form.confirms_address,
            is_open=shown.is_open,
            places_left=shown.places_left,
        )


def wanted_of(consent: model.ConsentWanted | None) -> ConsentWanted | None:
    return msgspec.convert(msgspec.to_builtins(consent), ConsentWanted | None)
