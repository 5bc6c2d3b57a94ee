"""Writes what others build on: ``python -m model_service.schemas FOLDER``.

That is the JSON Schemas of the service's messages, and the table of reason codes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from model_service.messages import ScoreRequest, ScoreResponse
from model_service.reasons import REASON_CODES

SCHEMAS: dict[str, type] = {"score-request.schema.json": ScoreRequest, "score-response.schema.json": ScoreResponse}


def documents() -> dict[str, str]:
    """The text of each file, by its name."""
    schemas = {name: _schema(kind) for name, kind in SCHEMAS.items()}
    return {**schemas, "reason-codes.json": _text(msgspec.to_builtins(REASON_CODES))}


def _schema(kind: type) -> str:
    return _text({"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)})


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def main(folder: Path) -> None:
    """Write every file to the folder."""
    for name, text in documents().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
