"""What the streams look like, and the error that ends a run."""

AUDIO_PPS = 50
VIDEO_FPS = 30
AUDIO_PAYLOAD_BYTES = 85
VIDEO_PAYLOAD_BYTES = 1150
PT_OPUS, PT_VP8, PT_RTX = 111, 96, 97
MARKER = b"\xa5\x5aTSMK"  # precedes the send time (double, seconds since 1970) in every payload

TICK_S = 0.004  # how often sockets are emptied and publishers look at the clock

EXTENSION_URIS = {
    "level": "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "abs-send-time": "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "transport-cc": "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "mid": "urn:ietf:params:rtp-hdrext:sdes:mid",
}
EXTENSION_IDS = {
    "audio": {"level": 1, "abs-send-time": 2, "transport-cc": 3, "mid": 4},
    "video": {"abs-send-time": 2, "transport-cc": 3, "mid": 4},
}


class LoadError(Exception):
    """The run cannot go on; the text says why."""
