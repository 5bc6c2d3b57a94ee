"""Writes the JSON Schemas of the service's messages: ``python -m model_service.schemas FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from model_service.messages import ScoreRequest, ScoreResponse

SCHEMAS: dict[str, type] = {"score-request": ScoreRequest, "score-response": ScoreResponse}


def document(kind: type) -> str:
    """The JSON Schema of a message, as text."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(schema, indent=2) + "\n"


def main(folder: Path) -> None:
    """Write every schema to the folder."""
    for name, kind in SCHEMAS.items():
        (folder / f"{name}.schema.json").write_text(document(kind))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
