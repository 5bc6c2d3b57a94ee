from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from model_service.reasons import CODE_OF_FEATURE, REASON_CODES
from model_service.schemas import documents

SCHEMAS = Path(__file__).parents[3] / "schemas"


@pytest.mark.parametrize(("name", "text"), documents().items())
def test_what_is_published_is_what_the_service_does(name: str, text: str) -> None:
    assert (SCHEMAS / name).read_text() == text, "run: python -m model_service.schemas ../../schemas"


def test_each_feature_has_one_reason_code() -> None:
    definition = msgspec.json.decode((SCHEMAS / "features.json").read_bytes())
    assert {feature["name"] for feature in definition["features"]} <= CODE_OF_FEATURE.keys()
    assert len(CODE_OF_FEATURE) == len(REASON_CODES)
