from __future__ import annotations

from pathlib import Path

import pytest

from model_service.schemas import SCHEMAS, document


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_one_that_the_messages_give(name: str) -> None:
    published = Path(__file__).parents[3] / f"schemas/{name}.schema.json"
    assert published.read_text() == document(SCHEMAS[name]), "run: python -m model_service.schemas ../../schemas"
