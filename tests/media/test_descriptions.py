import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livehall.media.client.offer import Offers, Party, Section
from livehall.media.sdp.choose import choose, find
from livehall.media.sdp.parse import MID, MOST_SECTIONS, SEND_TIME, SdpInvalid, parse

PARTY = Party("abcd", "p" * 24, ":".join(["AB"] * 32))
SENDING = Section(kind="video", direction="sendonly", cid="cam", ssrc=5, rtx_ssrc=6)


def offer(*sections: Section) -> str:
    for index, section in enumerate(sections):
        section.mid = str(index)
    return Offers(PARTY).write(sections)


def test_an_offer_reads_back():
    audio, found, data = parse(offer(Section(kind="audio"), SENDING, Section(kind="application")))

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
        offer(Section(kind="video", ssrc=5, direction="sendonly")).replace("a=ssrc:5", "a=ssrc:99999999999"),
        offer(Section(kind="video", ssrc=5, direction="sendonly")).replace("a=ssrc:5", "a=ssrc:0"),
        offer(SENDING).replace("a=ssrc-group:FID 5 6", "a=ssrc-group:FID 5 4294967296"),
        offer(Section(kind="video")).replace("VP8/90000", "VP8/0"),
        offer(Section(kind="video")).replace("VP8/90000", "VP8/-90000"),
        offer(Section(kind="video")).replace("a=extmap:4 ", "a=extmap:-1 "),
        offer(Section(kind="video")).replace("a=extmap:4 ", "a=extmap:0 "),
        offer(Section(kind="application")).replace("a=sctp-port:5000", "a=sctp-port:65536"),
        offer(Section(kind="video", direction="sendonly", rids=("q" * 17,))),
        offer(Section(kind="video", direction="sendonly", rids=tuple("abcdefghi"))),
        offer(Section(kind="video")).replace(" 102\r\n", "".join(f" {n}" for n in range(129)) + "\r\n", 1),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(SdpInvalid):
        parse(text)


def test_a_thousand_sections_are_refused():
    with pytest.raises(SdpInvalid, match=str(MOST_SECTIONS)):
        parse(offer(*[Section(kind="audio") for _ in range(1000)]))


@pytest.mark.parametrize("number", [15, 255, 4096])
def test_an_extension_that_no_short_header_carries_is_not_known(number: int):
    text = offer(Section(kind="video")).replace("a=extmap:4 ", f"a=extmap:{number} ")
    (section,) = parse(text)
    assert MID not in section.extensions
    assert SEND_TIME in section.extensions


@pytest.mark.parametrize("text", ["²", "9" * 5000, "-96", "0x60", "webrtc"])
def test_a_format_that_is_no_payload_type_is_passed_over(text: str):
    (section,) = parse(offer(Section(kind="video")).replace(" 102\r\n", f" 102 {text}\r\n", 1))
    assert [codec.payload_type for codec in section.ordered_codecs()] == [96, 97, 102]


def test_a_codec_with_another_clock_is_another_codec():
    (section,) = parse(offer(Section(kind="audio")).replace("opus/48000/2", "opus/8000/2"))
    assert choose(section) is None


def test_of_sixty_thousand_streams_the_first_ones_are_read():
    text = offer(SENDING) + "".join(f"a=ssrc:{number}\r\n" for number in range(100, 55_000))
    (section,) = parse(text)
    assert section.ssrcs[:3] == [5, 6, 100]
    assert len(section.ssrcs) < 100


NUMBER = re.compile(r"(?<=[: /=])\d+")  # wherever one stands in an attribute
WHOLE = offer(
    Section(kind="audio", direction="sendonly", cid="mic", ssrc=4, red=True),
    SENDING,
    Section(kind="video", direction="sendonly", cid="layers", rids=("q", "h", "f")),
    Section(kind="application"),
)
STRANGE = st.one_of(
    st.integers(-(1 << 70), 1 << 70).map(str),
    st.sampled_from([0, 1, 14, 15, 127, 128, 0xFFFF, 0x10000, 0xFFFFFFFF, 0x100000000]).map(str),
    st.text("0123456789-+_ ./;x²٣", max_size=12),
    st.integers(1, 6000).map(lambda size: "9" * size),
)


@given(st.lists(st.tuples(st.integers(0, len(NUMBER.findall(WHOLE)) - 1), STRANGE), min_size=1, max_size=3))
def test_every_number_that_is_read_fits_where_it_will_be_written(changes: list[tuple[int, str]]):
    """Numbers of a description become bytes on the wires of others, where too large a one raises."""
    places, text = list(NUMBER.finditer(WHOLE)), WHOLE
    for index, strange in sorted(dict(changes).items(), reverse=True):
        text = text[: places[index].start()] + strange + text[places[index].end() :]
    try:
        sections = parse(text)
    except SdpInvalid:
        return
    for section in sections:
        assert all(1 <= number <= 14 for number in section.extensions.values())
        assert all(0 <= codec.payload_type <= 127 for codec in section.codecs.values())
        assert all(1 <= codec.clock_rate <= 0xFFFFFFFF for codec in section.codecs.values() if codec.name)
        ssrcs = (*section.ssrcs, *section.repairs, *section.repairs.values())
        assert all(1 <= ssrc <= 0xFFFFFFFF for ssrc in ssrcs)
        assert 0 <= section.sctp_port <= 0xFFFF
        assert all(1 <= len(name.encode()) <= 16 for name in (section.mid, *section.rids))
        chosen = choose(section)
        if chosen is not None:
            codec = chosen[1]
            assert codec.clock_rate == (48000 if section.kind == "audio" else 90000)
            others = (section.rtx_of(codec.payload_type), section.red_of(codec.payload_type))
            assert all(other is None or 0 <= other <= 127 for other in others)
