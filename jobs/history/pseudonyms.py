"""Pseudonyms, identical to those of the stream (lambdas/patterns/pseudonym): HMAC-SHA-256 by a key of the purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata

import boto3
from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

_BLOCK_BYTES = 64
"""Of SHA-256."""
# What JavaScript's \s matches.
_SPACES = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_KEYS = ("_inner_key", "_outer_key")


def purpose_key(kms_key: str, purpose: str) -> bytes:
    """The HMAC key of a purpose: itself a MAC that KMS makes with a key that never leaves it."""
    answer = boto3.client("kms").generate_mac(
        KeyId=kms_key, MacAlgorithm="HMAC_SHA_256", Message=f"seaworthy/pseudonym/{purpose}/v1".encode()
    )
    return answer["Mac"]


def pseudonym(key: bytes, identifier: str) -> str:
    """The pseudonym of one identifier: 43 characters of base64url."""
    mac = hmac.new(key, _normalised(identifier).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def with_pseudonyms(rows: DataFrame, column: str, pseudonym_column: str, key: bytes, ascii_only: bool) -> DataFrame:
    """The rows with a column of identifiers replaced by one of pseudonyms, made by Spark's own expressions.

    HMAC is H(outer key, H(inner key, message)), each key being the purpose's XOR a constant (RFC 2104). The two keys
    come to the rows by a join and not as literals, which would be in every plan that Spark shows or logs.

    Args:
        rows: any rows with the column.
        column: the identifiers; null stays null.
        pseudonym_column: name of the new column.
        key: of the purpose, at most 64 bytes.
        ascii_only: whether no identifier has any but ASCII characters. Spark can't bring others to their normal form
            (NFKC), so the driver does that for each of them that there is.
    """
    block = key.ljust(_BLOCK_BYTES, b"\0")
    keys = [bytearray(byte ^ pad for byte in block) for pad in (0x36, 0x5C)]
    keys_row = rows.sparkSession.createDataFrame([tuple(keys)], " binary, ".join(_KEYS) + " binary")
    normal = rows.withColumn("_normal", _normalised_ascii(f.col(column)))
    if not ascii_only:
        normal = _with_other_characters(normal, column)
    inner = f.unhex(f.sha2(f.concat(f.col(_KEYS[0]), f.encode("_normal", "UTF-8")), 256))
    outer = f.unhex(f.sha2(f.concat(f.col(_KEYS[1]), inner), 256))
    made = f.translate(f.base64(outer), "+/=", "-_")
    return normal.crossJoin(f.broadcast(keys_row)).withColumn(pseudonym_column, made).drop(column, "_normal", *_KEYS)


def is_not_ascii(column: str) -> Expression:
    """Whether a text has any but ASCII characters."""
    return f.length(column) != f.octet_length(column)


def _normalised(identifier: str) -> str:
    """The same person written differently (case, accents' encoding, runs of spaces) gets the same pseudonym."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", identifier).upper()).strip(" ")


def _normalised_ascii(column: Expression) -> Expression:
    return f.trim(f.regexp_replace(f.upper(column), r"[ \t\n\x0B\f\r]+", " "))


def _with_other_characters(rows: DataFrame, column: str) -> DataFrame:
    others = rows.where(is_not_ascii(column)).select(column).distinct().collect()
    pairs = [(written, _normalised(written)) for (written,) in others]
    table = rows.sparkSession.createDataFrame(pairs, f"`{column}` string, _other string")
    return (
        rows.join(f.broadcast(table), column, "left")
        .withColumn("_normal", f.coalesce("_other", "_normal"))
        .drop("_other")
    )
