"""Who opens DTLS: the client as a rule, we when the client's description says that it waits."""

from livehall.media.sdp.parse import parse

OFFER = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=setup:{setup}
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=ice-ufrag:d4c3c233
a=fingerprint:sha-256 AA:BB
a=mid:0
a=rtpmap:111 opus/48000/2
"""


def test_the_role_of_a_session_holds_for_its_sections():
    assert parse(OFFER.format(setup="passive"))[0].setup == "passive"
