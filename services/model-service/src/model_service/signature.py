"""Whether a version was registered by whoever may: its manifest is signed, ECDSA on P-256 with SHA-256.

The manifest holds the digest of every file. So what was not signed by the registry's key, or was changed after, is
never loaded, even if somebody can write to the registry's bucket.
"""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key


class SigningKey:
    """The public half of the registry's key: ``file:///key.pem``, or the id or ARN of a key in KMS, fetched once."""

    def __init__(self, address: str) -> None:
        """Take its address; it is read when the first signature is checked."""
        if not address:
            raise ValueError(
                "MODEL_SIGNING_KEY is not set: set it to the ARN of the registry's key in KMS, or to file:///key.pem"
            )
        self._address = address
        self._lock = threading.Lock()
        self._key: ec.EllipticCurvePublicKey | None = None

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature (DER) is the key's, of this content."""
        try:
            self._public().verify(signature, content, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    def _public(self) -> ec.EllipticCurvePublicKey:
        with self._lock:
            if self._key is None:
                self._key = _read(self._address)
            return self._key


def _read(address: str) -> ec.EllipticCurvePublicKey:
    if urlsplit(address).scheme == "file":
        key = load_pem_public_key(Path(urlsplit(address).path).read_bytes())
    else:
        import boto3
        from botocore.config import Config

        config = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 3})
        key = load_der_public_key(boto3.client("kms", config=config).get_public_key(KeyId=address)["PublicKey"])
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"MODEL_SIGNING_KEY is {address}, which is no key on the curve P-256")
    return key
