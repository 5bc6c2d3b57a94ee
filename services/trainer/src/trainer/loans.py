"""Reads loan history, and turns its rows into applications as they would have been posted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

#: Columns that an application is made of.
APPLICATION_COLUMNS = (
    "LoanNr_ChkDgt", "Name", "City", "State", "Zip", "Bank", "BankState", "NAICS", "ApprovalDate", "NoEmp", "NewExist",
    "CreateJob", "RetainedJob", "FranchiseCode", "UrbanRural", "RevLineCr", "LowDoc", "GrAppv", "SBA_Appv",
)  # fmt: skip

#: Columns that are known only after the decision. None of them may reach a feature: the term was cut at charge-off,
#: so that even it tells the outcome.
LEAKING_COLUMNS = (
    "Term", "ChgOffDate", "DisbursementDate", "DisbursementGross", "BalanceGross", "ChgOffPrinGr",
)  # fmt: skip

OUTCOME_COLUMN = "MIS_Status"

#: Fields of an application: all that may be made into features.
APPLICATION_FIELDS = (
    "applicationId", "submittedAt", "applicantName", "city", "state", "zip", "lenderName", "lenderState",
    "industryCode", "requestedAmount", "guaranteedAmount", "employees", "newBusiness", "jobsCreated", "jobsRetained",
    "franchise", "urbanRural", "revolvingCredit", "lowDocumentation",
)  # fmt: skip


class InputError(ValueError):
    """The input can't be used; the message names what, and what to do."""


def read_loans(csv: Path) -> pl.LazyFrame:
    """The applications of a file of loans, with their outcome, in no particular order.

    Returns:
        A frame with the fields of an application, and ``defaulted`` (null where there is no outcome). What the file
        leaves out or writes in no known way is null.

    Raises:
        InputError: if the file is not there or has not the columns; it names those that are missing.
    """
    if not csv.is_file():
        raise InputError(f"there is no file {csv}: give the path of a CSV file of loans")
    raw = pl.scan_csv(csv, infer_schema=False)
    have = raw.collect_schema().names()
    missing = [name for name in (*APPLICATION_COLUMNS, OUTCOME_COLUMN) if name not in have]
    if missing:
        raise InputError(f"{csv} has no column {', '.join(missing)}: it must have the columns of the SBA 7(a) loans")
    return raw.select(
        _text("LoanNr_ChkDgt").alias("applicationId"),
        _date("ApprovalDate").alias("submittedAt"),
        _text("Name").alias("applicantName"),
        _text("City").alias("city"),
        _text("State").alias("state"),
        _text("Zip").str.zfill(5).alias("zip"),
        _text("Bank").alias("lenderName"),
        _text("BankState").alias("lenderState"),
        _text("NAICS").alias("industryCode"),
        _money("GrAppv").alias("requestedAmount"),
        _money("SBA_Appv").alias("guaranteedAmount"),
        _integer("NoEmp").alias("employees"),
        _choice("NewExist", {"1": False, "1.0": False, "2": True, "2.0": True}).alias("newBusiness"),
        _integer("CreateJob").alias("jobsCreated"),
        _integer("RetainedJob").alias("jobsRetained"),
        (_integer("FranchiseCode") > 1).alias("franchise"),
        _text("UrbanRural")
        .replace_strict({"1": "urban", "2": "rural", "0": "unknown"}, default=None)
        .alias("urbanRural"),
        _choice("RevLineCr", {"Y": True, "N": False}).alias("revolvingCredit"),
        _choice("LowDoc", {"Y": True, "N": False}).alias("lowDocumentation"),
        _choice(OUTCOME_COLUMN, {"CHGOFF": True, "P I F": False}).alias("defaulted"),
    )


def between(loans: pl.LazyFrame, first: dt.date, last: dt.date | None) -> pl.LazyFrame:
    """The loans applied for from ``first`` to ``last``, both included, in order of time and then of id."""
    date = pl.col("submittedAt")
    chosen = loans.filter(date >= first) if last is None else loans.filter(date.is_between(first, last))
    return chosen.sort("submittedAt", "applicationId")


def _text(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().replace("", None)


def _integer(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().cast(pl.Int64, strict=False)


def _choice(column: str, values: dict[str, bool]) -> pl.Expr:
    return _text(column).replace_strict(values, default=None, return_dtype=pl.Boolean)


def _money(column: str) -> pl.Expr:
    """US dollars, written such as ``$60,000.00``."""
    return pl.col(column).str.replace_all(r"[$,\s]", "").cast(pl.Float64, strict=False)


def _date(column: str) -> pl.Expr:
    """A day, written such as ``28-Feb-97``. Two digits of a year up to 40 are of this century."""
    parsed = pl.col(column).str.strip_chars().str.to_date("%d-%b-%y", strict=False)
    return pl.when(parsed.dt.year() > 2040).then(parsed.dt.offset_by("-100y")).otherwise(parsed)
