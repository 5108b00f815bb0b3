"""Keys and what they protect: the DTLS handshake, SRTP, and SCTP data channels over DTLS."""
