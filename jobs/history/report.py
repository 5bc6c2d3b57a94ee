"""The report of a run: what became of each file, by which rule, and where to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.history.definitions import Definitions
from jobs.history.quality import Failure
from jobs.history.storage import File


@dataclass(frozen=True)
class Finding:
    """A rule that a file does not hold, with the keys of some rows that fail it."""

    failure: Failure
    sample_keys: Sequence[str]


@dataclass(frozen=True)
class FileReport:
    """What became of one file."""

    file: File
    rows: int
    findings: Sequence[Finding]

    @property
    def accepted(self) -> bool:
        """Whether its rows are in the table."""
        return not self.findings

    @property
    def summary(self) -> str:
        """Why it was stopped, in a sentence."""
        rules = "; ".join(f"{_rule(finding.failure)}: {finding.failure.detail}" for finding in self.findings)
        return f"{self.file.name}: {rules}"


def document(
    run_id: str, table: str, snapshot: int | None, definitions: Definitions, files: Sequence[FileReport]
) -> Mapping[str, Any]:
    """The report as it is written; it has no personal data."""
    return {
        "schemaVersion": 1,
        "runId": run_id,
        "table": table,
        # A number of 64 bits is more than JSON's readers keep.
        "snapshotId": None if snapshot is None else str(snapshot),
        "files": [
            {
                "file": report.file.path,
                "rows": report.rows,
                "accepted": report.accepted,
                "findings": [_finding(finding, definitions) for finding in report.findings],
            }
            for report in files
        ],
    }


def address(folder: str, today: dt.date, run_id: str) -> str:
    """Where the report of a run is written."""
    return f"{folder.rstrip('/')}/{today:%Y/%m/%d}/{run_id}.json"


def _finding(finding: Finding, definitions: Definitions) -> Mapping[str, Any]:
    failure = finding.failure
    field = failure.rule.get("column")
    return {
        "rule": _rule(failure),
        "field": field,
        "column": definitions.source_of(field) if field else None,
        "failedRows": failure.failed,
        "detail": failure.detail,
        "sampleKeys": list(finding.sample_keys),
    }


def _rule(failure: Failure) -> str:
    return " ".join(filter(None, (failure.rule.get("column"), failure.rule["check"])))
