"""Sealed texts."""

import pytest

from livehall.engines.sealing import AesGcm

SEALING = AesGcm(b"k" * 32)


def test_a_sealed_text_opens_again_and_shows_nothing():
    sealed = SEALING.seal("sésame", purpose="room password 1")
    assert "sésame".encode() not in sealed
    assert SEALING.unseal(sealed, purpose="room password 1") == "sésame"
    assert SEALING.seal("sésame", purpose="room password 1") != sealed


def test_a_sealed_text_opens_for_its_purpose_and_key_only_and_not_when_touched():
    sealed = SEALING.seal("sesame", purpose="room password 1")
    for engine, blob, purpose in (
        (SEALING, sealed, "room password 2"),
        (AesGcm(b"x" * 32), sealed, "room password 1"),
        (SEALING, sealed[:-1] + bytes([sealed[-1] ^ 1]), "room password 1"),
        (SEALING, b"", "room password 1"),
    ):
        with pytest.raises(ValueError):  # the port promises no more
            engine.unseal(blob, purpose=purpose)
