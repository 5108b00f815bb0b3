"""RTMP up to the stream key and no further: handshake, chunks, the few commands of publishing."""
