from __future__ import annotations

import datetime as dt

import pytest
from conftest import SAMPLE

from trainer.loans import InputError, between, read_loans


def test_a_row_becomes_the_application_that_would_have_been_posted() -> None:
    row = read_loans(SAMPLE).collect().row(by_predicate=None, index=0, named=True)
    assert row["submittedAt"].year == 1997
    assert row["requestedAmount"] > 0
    assert row["state"].isupper()
    assert len(row["zip"]) == 5
    assert row["defaulted"] in (True, False)


def test_two_digit_years_are_of_the_right_century(changed) -> None:
    path = changed(lambda row: {**row, "ApprovalDate": "30-Jun-66"})
    assert read_loans(path).collect()["submittedAt"].unique().to_list() == [dt.date(1966, 6, 30)]


def test_what_is_left_out_or_written_in_no_known_way_is_null(changed) -> None:
    odd = {"Name": "", "NewExist": "0", "RevLineCr": "T", "GrAppv": "a lot", "UrbanRural": "9", "MIS_Status": ""}
    row = read_loans(changed(lambda row: {**row, **odd})).collect().row(0, named=True)
    for field in ("applicantName", "newBusiness", "revolvingCredit", "requestedAmount", "urbanRural", "defaulted"):
        assert row[field] is None, field


def test_missing_columns_are_all_named(changed) -> None:
    path = changed(lambda row: {name: value for name, value in row.items() if name not in ("NAICS", "SBA_Appv")})
    with pytest.raises(InputError, match="no column NAICS, SBA_Appv"):
        read_loans(path)


def test_loans_come_in_order_of_time_and_only_of_the_time_asked_for() -> None:
    dates = between(read_loans(SAMPLE), dt.date(1999, 1, 1), dt.date(1999, 12, 31)).collect()["submittedAt"]
    assert dates.is_sorted()
    assert dates.dt.year().unique().to_list() == [1999]
