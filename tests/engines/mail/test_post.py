"""Letters reach a mail server, or a file, and nothing in them reaches the headers."""

import email
from email import policy

import msgspec
import pytest

from livehall.core.ports.mail import Calendar, MailRefused, MailUnavailable
from livehall.engines.mail import FilePost, SmtpPost, SmtpServer
from tests.support.processes import free_port

SENDER = "Livehall <live@example.org>"


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_letter_arrives_however_the_way_is_secured(start, postbox, letter, trust, security):
    await SmtpPost(await start(security), SENDER, trust=trust).send(letter)
    (message,) = postbox.messages
    assert postbox.envelopes[0].was_encrypted == (security != "none")
    assert postbox.envelopes[0].rcpt_tos == ["ben@example.org"]
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, "ben@example.org", "Grüße")
    assert message["Message-ID"] == "<0190@example.org>"
    assert message.get_body(("plain",)).get_content().strip() == "Hallo Ben"
    assert message.get_body(("html",)).get_content().strip() == "<p>Hallo Ben</p>"


async def test_a_server_without_starttls_is_not_told_anything(start, postbox, letter, trust):
    server = msgspec.structs.replace(await start("none", offers_starttls=False), security="starttls")
    with pytest.raises(MailUnavailable):
        await SmtpPost(server, SENDER, trust=trust).send(letter)
    assert postbox.envelopes == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(start, postbox, letter):
    for security in ("starttls", "tls"):
        with pytest.raises(MailUnavailable):
            await SmtpPost(await start(security), SENDER).send(letter)
    assert postbox.envelopes == []


async def test_it_signs_in_where_the_server_asks_for_it(start, postbox, letter, trust):
    server = await start("starttls", auth=True)
    known = msgspec.structs.replace(server, username="ada", password="secret")
    await SmtpPost(known, SENDER, trust=trust).send(letter)
    await SmtpPost(known, SENDER, trust=trust).check()
    assert len(postbox.envelopes) == 1
    wrong = SmtpPost(msgspec.structs.replace(known, password="guess"), SENDER, trust=trust)
    for call in (wrong.send(letter), wrong.check()):
        with pytest.raises(MailUnavailable):
            await call


def test_a_password_is_never_shown():
    server = SmtpServer(host="mail", port=25, security="none", username="ada", password="geheim")
    assert "geheim" not in repr(server)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [("550 no such mailbox", MailRefused), ("450 mailbox busy", MailUnavailable)],
)
@pytest.mark.parametrize("at", ["rcpt_answer", "data_answer"])
async def test_a_refusal_is_final_or_for_now_as_the_server_says(start, postbox, letter, answer, fault, at):
    setattr(postbox, at, answer)
    with pytest.raises(fault):
        await SmtpPost(await start(), SENDER).send(letter)


async def test_a_server_that_is_away_is_for_now(start, letter):
    server = msgspec.structs.replace(await start(), port=free_port())
    with pytest.raises(MailUnavailable):
        await SmtpPost(server, SENDER).send(letter)
    with pytest.raises(MailUnavailable):
        await SmtpPost(server, SENDER).check()


async def test_one_click_ends_the_mails(start, postbox, letter):
    await SmtpPost(await start(), SENDER).send(letter)
    (message,) = postbox.messages
    assert message["List-Unsubscribe"] == f"<{letter.unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"


async def test_a_calendar_goes_along_with_its_method(start, postbox, letter):
    body = b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    with_calendar = msgspec.structs.replace(letter, calendar=Calendar(body=body, method="CANCEL"))
    await SmtpPost(await start(), SENDER).send(with_calendar)
    (part,) = [each for each in postbox.messages[0].walk() if each.get_content_type() == "text/calendar"]
    assert part["Content-Type"].params["method"] == "CANCEL"
    assert part.get_payload(decode=True).split() == body.split()


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hello\r\nBcc: eve@example.org"},
        {"subject": "Hello\nBcc: eve@example.org"},
        {"to": "ben@example.org\r\nBcc: eve@example.org"},
        {"to": "ben@example.org, eve@example.org"},
        {"to": "Ben <ben@example.org>"},
        {"to": "ben"},
        {"to": "@example.org"},
        {"to": ""},
        {"to": "b" * 300 + "@example.org"},
        {"unsubscribe": "https://x/\r\nBcc: eve@example.org"},
        {"language": "de\r\nBcc: eve@example.org"},
    ],
    ids=lambda change: repr(change)[:40],
)
async def test_threat_23_no_text_begins_another_header_or_adds_a_recipient(start, postbox, letter, change):
    post = SmtpPost(await start(), SENDER)
    with pytest.raises(MailRefused):
        await post.send(msgspec.structs.replace(letter, **change))
    assert postbox.envelopes == []


async def test_without_a_server_each_letter_is_a_file_and_a_repeat_replaces_it(tmp_path, letter):
    post = FilePost(tmp_path / "mail", SENDER)
    await post.send(letter)
    await post.send(msgspec.structs.replace(letter, subject="Again"))
    (file,) = (tmp_path / "mail").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (file.name, message["Subject"], message["To"]) == ("0190.eml", "Again", "ben@example.org")
    assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700


async def test_a_folder_that_cannot_be_written_is_for_now(tmp_path, letter):
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(MailUnavailable):
        await FilePost(tmp_path / "mail", SENDER).send(letter)


@pytest.mark.parametrize("sender", ["", "Livehall", "a@b, c@d", "Livehall <>"])
def test_a_sender_that_is_none_stops_the_start(tmp_path, sender):
    with pytest.raises(ValueError, match="address"):
        FilePost(tmp_path, sender)
