"""Rules of registrations: the form, answers, consent, places, files of people."""

from datetime import timedelta

import msgspec
import pytest

from livehall.core.participants.model import Consent
from livehall.core.people.privacy import Terms
from livehall.core.registrations import rules
from livehall.core.registrations.faults import RegistrationClosed
from livehall.core.registrations.importing import lines_of
from livehall.core.registrations.model import ConsentWanted, Form, Said
from livehall.kernel.faults import Invalid
from tests.core.registrations.conftest import FIELDS
from tests.support.people import NOON

NO_TERMS = Terms()


def a_form(**more):
    return msgspec.convert({"mode": "optional", "fields": FIELDS, **more}, Form)


def text(field_id="a", **more):
    return {"id": field_id, "kind": "text", "label": "A", **more}


@pytest.mark.parametrize(
    "fields",
    [
        [text(), text()],
        [text(options=[{"value": "x", "label": "X"}])],
        [{"id": "a", "kind": "choice", "label": "A"}],
        [{"id": "a", "kind": "choice", "label": "A", "options": [{"value": "x", "label": "X"}] * 2}],
        [{"id": "a", "kind": "hidden", "label": "A", "required": True}],
        [text(translations={"de": {"label": "A", "options": {"x": "X"}}})],
    ],
)
def test_a_form_that_makes_no_sense_is_refused(fields):
    with pytest.raises(Invalid):
        rules.check_form(a_form(fields=fields))


def test_answers_are_cleaned_and_kept_by_the_fields_of_the_form():
    given = {"company": "  Acme ", "diet": "veg", "news": False, "country": "de", "utm": "spring"}
    assert rules.clean_answers(a_form(), given, is_trusted=False) == {
        "company": "Acme", "diet": "veg", "news": False, "country": "DE", "utm": "spring",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "answers.company"),
        ({"company": " "}, "answers.company"),
        ({"company": 7}, "answers.company"),
        ({"company": "x" * 2001}, "answers.company"),
        ({"company": "A", "diet": "meat"}, "answers.diet"),
        ({"company": "A", "news": "yes"}, "answers.news"),
        ({"company": "A", "country": "XX"}, "answers.country"),
        ({"company": "A", "shoe": "42"}, "answers.shoe"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_name(answers, field):
    with pytest.raises(Invalid) as refused:
        rules.clean_answers(a_form(), answers, is_trusted=False)
    assert refused.value.details[0].field == field


def test_the_host_may_leave_out_what_others_must_answer():
    assert rules.clean_answers(a_form(), {}, is_trusted=True) == {}
    with pytest.raises(Invalid):
        rules.clean_answers(a_form(), {"diet": "meat"}, is_trusted=True)


def test_a_required_box_must_be_ticked():
    form = a_form(fields=[{"id": "rules", "kind": "checkbox", "label": "I obey", "required": True}])
    with pytest.raises(Invalid):
        rules.clean_answers(form, {"rules": False}, is_trusted=False)
    assert rules.clean_answers(form, {"rules": True}, is_trusted=False) == {"rules": True}


def consent(accepted, version=None, *, wanted=None, terms=NO_TERMS, terms_version=None, is_trusted=False):
    said = Said(accepted=accepted, version=version, terms_version=terms_version)
    return rules.consent_of(wanted, terms, said, NOON, is_trusted=is_trusted)


def test_consent_is_kept_with_its_version_and_time():
    wanted = ConsentWanted(text="We keep your data.", version="2")
    given = consent(True, "2", wanted=wanted)
    assert given is not None
    assert (given.accepted, given.version, given.at) == (True, "2", NOON)
    for accepted, version in ((None, "2"), (False, "2"), (True, "1")):
        with pytest.raises(Invalid):
            consent(accepted, version, wanted=wanted)
    optional = msgspec.structs.replace(wanted, required=False)
    assert consent(False, wanted=optional) == msgspec.structs.replace(given, accepted=False)
    assert consent(None) is None


def test_consent_is_kept_with_the_terms_that_held():
    terms = Terms(text="Ours.", version="3")
    for said in ("3", None):
        given = consent(True, terms=terms, terms_version=said)
        assert given is not None
        assert given.terms_version == "3"
    with pytest.raises(Invalid) as fault:
        consent(True, terms=terms, terms_version="2")
    assert [detail.field for detail in fault.value.details] == ["consent.terms_version"]


@pytest.mark.parametrize(
    ("accepted", "version", "terms_version", "wanted", "terms", "is_outdated"),
    [
        (True, "1", "1", "1", "1", False),
        (True, "1", "1", "2", "1", True),
        (True, "1", "1", "1", "2", True),
        (True, "1", None, "1", "1", True),  # before there were terms
        (True, "1", "1", "1", None, False),  # there are none any more
        (True, "1", "1", None, "1", False),  # the form asks nothing any more
        (True, "1", "1", None, "2", True),
        (False, "1", "1", "2", "2", False),
    ],
)
def test_a_consent_is_outdated_by_another_text_and_by_other_terms(
    accepted, version, terms_version, wanted, terms, is_outdated
):
    kept = Consent(accepted=accepted, version=version, at=NOON, terms_version=terms_version)
    asked = ConsentWanted(text="t", version=wanted) if wanted else None
    assert rules.is_outdated(kept, asked, Terms(version=terms)) is is_outdated
    assert rules.is_outdated(None, asked, Terms(version=terms)) is False


@pytest.mark.parametrize(("after", "is_outdated"), [(-1, False), (0, True), (1, True)])
def test_a_consent_of_before_their_version_was_kept_is_outdated_by_later_terms_alone(after, is_outdated):
    kept = Consent(accepted=True, version="1", at=NOON)
    terms = Terms(version="1", since=NOON + timedelta(days=after))
    assert rules.is_outdated(kept, ConsentWanted(text="t", version="1"), terms) is is_outdated


def test_the_host_s_own_software_may_say_that_somebody_did_not_consent_v20():
    said = consent(False, wanted=ConsentWanted(text="t", version="2"), is_trusted=True)
    assert said is not None
    assert (said.accepted, said.version) == (False, "2")


def test_registration_is_open_until_it_closes():
    form = a_form(closes_at=NOON + timedelta(hours=1))
    rules.check_open(form, None, NOON)
    for shut in (a_form(mode="none"), a_form(closes_at=NOON)):
        with pytest.raises(RegistrationClosed):
            rules.check_open(shut, None, NOON)


def test_a_file_names_its_columns_and_each_line_is_judged_alone():
    lines = lines_of(
        "\ufeffEmail;First_name;company;news\r\n"
        "Mia@Example.org;Mia;Acme;yes\r\n"
        "\r\n"
        "nobody;Ben;Acme;\r\n"
        'mia@example.org;"Mia; again";Acme;\r\n'
        "leo@example.org;Leo;Acme;perhaps\r\n",
        a_form(),
    )
    assert [(line.number, line.email, line.problem) for line in lines] == [
        (2, "mia@example.org", None),
        (4, "nobody", "email: This is no address."),
        (5, "mia@example.org", "Line 2 has this address too."),
        (6, "leo@example.org", "news: Write `true` or `false`."),
    ]
    assert lines[0].person is not None
    assert lines[0].person.answers == {"company": "Acme", "news": True}


@pytest.mark.parametrize(
    "csv",
    [
        "",
        "name\nMia\n",
        "email,email\na@b,c\n",
        "email,shoe\na@b,42\n",
        'email\n"a@b\n',
        "email\n" + "a@b\n" * 2001,
    ],
)
def test_what_is_no_list_of_people_is_refused(csv):
    with pytest.raises(Invalid):
        lines_of(csv, a_form())
