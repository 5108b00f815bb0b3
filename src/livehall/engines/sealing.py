"""`core.ports.sealing` by AES-256-GCM (NIST SP 800-38D): 12 random bytes of nonce, ciphertext, tag."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes


class AesGcm:
    """`key`: 32 bytes, of the house's secrets."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, *, purpose: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())

    def unseal(self, sealed: bytes, *, purpose: str) -> str:
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode()).decode()
        except InvalidTag as error:
            raise ValueError("the sealed text is damaged or not ours") from error
