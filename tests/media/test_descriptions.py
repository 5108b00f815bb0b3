import pytest

from livehall.media.client.offer import Offers, Party, Section
from livehall.media.sdp.choose import choose, find
from livehall.media.sdp.parse import MOST_SECTIONS, SdpInvalid, parse

PARTY = Party("abcd", "p" * 24, ":".join(["AB"] * 32))


def offer(*sections: Section) -> str:
    for index, section in enumerate(sections):
        section.mid = str(index)
    return Offers(PARTY).write(sections)


def test_an_offer_reads_back():
    video = Section(kind="video", direction="sendonly", cid="cam", ssrc=5, rtx_ssrc=6)
    audio, found, data = parse(offer(Section(kind="audio"), video, Section(kind="application")))

    assert (audio.kind, audio.receives, audio.sends) == ("audio", True, False)
    assert (found.track_id, found.ssrcs, found.repairs) == ("cam", [5, 6], {5: 6})
    assert found.rtx_of(96) == 97
    assert data.sctp_port == 5000
    assert found.ufrag == "abcd"


def test_simulcast_layers_are_known_by_their_names():
    (section,) = parse(offer(Section(kind="video", direction="sendonly", rids=("q", "h", "f"))))
    assert section.rids == ["q", "h", "f"]


def test_a_publisher_sends_what_it_announced_if_it_offers_that():
    (section,) = parse(offer(Section(kind="video", direction="sendonly", ssrc=5)))

    assert choose(section)[0] == "vp8"
    assert choose(section, "h264")[0] == "h264"


def test_h264_without_packetization_mode_1_is_not_taken():
    text = offer(Section(kind="video")).replace("packetization-mode=1", "packetization-mode=0")
    (section,) = parse(text)
    assert find(section, "h264") is None


def test_constrained_baseline_is_preferred_among_h264():
    text = offer(Section(kind="video"))
    text = text.replace(" 102\r\n", " 104 102\r\n", 1)
    text += "a=rtpmap:104 H264/90000\r\na=fmtp:104 packetization-mode=1;profile-level-id=640032\r\n"
    (section,) = parse(text)
    assert find(section, "h264").payload_type == 102


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\n",
        "m=audio\r\n",
        "m=screen 9 UDP/TLS/RTP/SAVPF 111\r\n",
        offer(Section(kind="audio")).replace("a=mid:0", "a=mid:"),
        offer(Section(kind="audio"), Section(kind="audio")).replace("a=mid:1", "a=mid:0"),
        offer(Section(kind="audio")).replace("a=ice-ufrag:abcd\r\n", ""),
        offer(Section(kind="audio")).replace("sha-256", "sha-1"),
        offer(Section(kind="audio")).replace("a=rtpmap:111", "a=rtpmap:x"),
        offer(Section(kind="audio")).replace("a=rtpmap:111", "a=rtpmap:999"),
        offer(Section(kind="video", ssrc=5, direction="sendonly")).replace("a=ssrc:5", "a=ssrc:five"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(SdpInvalid):
        parse(text)


def test_a_thousand_sections_are_refused():
    with pytest.raises(SdpInvalid, match=str(MOST_SECTIONS)):
        parse(offer(*[Section(kind="audio") for _ in range(1000)]))
