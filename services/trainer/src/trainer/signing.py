"""Signatures of what is registered: ECDSA on P-256 with SHA-256, by a key in KMS, or by one in a file.

The private half of a key in KMS never leaves it: whoever can write to the registry's bucket can still not sign. A
key in a file is for a registry in a folder, such as on a developer's machine.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from trainer.loans import InputError


def sign(key: str, content: bytes) -> bytes:
    """The signature of some content, in DER.

    Args:
        key: id or ARN of a key in KMS (ECC_NIST_P256, SIGN_VERIFY), or ``file:///key.pem`` of a private one.
        content: what is signed, by its SHA-256.

    Raises:
        InputError: if the file holds no private key on P-256.
    """
    digest = hashlib.sha256(content).digest()
    if urlsplit(key).scheme == "file":
        return _private_key(Path(urlsplit(key).path)).sign(digest, ec.ECDSA(Prehashed(SHA256())))
    return boto3.client("kms").sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")[
        "Signature"
    ]


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InputError(f"{path} is no private key on the curve P-256: make one by openssl ecparam -name prime256v1")
    return key
