"""Words of people: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST_TERMS = 20_000
LONGEST_VERSION = 100
LONGEST_COUNT = 9  # digits of a version that is counted up

Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}$",
        description="Account address.",
        extra_json_schema={"format": "email"},
    ),
]
Username = Annotated[str, Meta(max_length=100, description="Name shown to others.")]
Password = Annotated[str, Meta(max_length=200, description="Password.")]
DeviceName = Annotated[str, Meta(max_length=200, description="Label for the list of devices.")]
TermsUrl = Annotated[str, Meta(min_length=1, max_length=2000, description="Where the terms stand.")]
TermsText = Annotated[str, Meta(max_length=LONGEST_TERMS, description="What the terms say.")]
TermsVersion = Annotated[str, Meta(max_length=LONGEST_VERSION, description="Name of these terms.")]
