"""The history job as the process that Glue starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

JOB = Path(__file__).resolve().parents[1] / "history/history.py"


def test_a_missing_column_ends_the_process_with_an_error_that_names_it(tmp_path):
    source = tmp_path / "loans.csv"
    source.write_text("LoanNr_ChkDgt,State\n1,IN\n")
    ended = subprocess.run(
        [sys.executable, str(JOB), "--source", str(source), "--target", str(tmp_path / "curated")],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "SourceError: the source has no column BankState, NAICS, ApprovalDate" in ended.stderr
    assert not (tmp_path / "curated").exists()
