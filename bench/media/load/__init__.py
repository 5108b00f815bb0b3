"""Load on a media server that speaks LiveKit's signalling: what a forwarded packet costs it.

Publishers send one Opus and one VP8 track each; subscribers take everything. Every client does what a
browser does on the wire: signalling (`/rtc/v1` with a join request), one peer connection, ICE checks, a DTLS
handshake, SRTP, RTCP reports. Only the receivers are cheap, so that the server is what is measured: RTP is
counted in C, and one packet in 64 of each stream is decrypted, to prove that it is what was sent and to take
its delay. Receivers ask for no retransmissions, so that loss is seen as it is.

It shares no code with our media server: a ruler is not made of what it measures.

`wire` figures of the streams · `drain` the counters · `dtls` keys · `sections` session descriptions ·
`rtcp` reports · `client` a subscriber · `publisher` one that sends · `run` a measurement · `result` figures.
"""
