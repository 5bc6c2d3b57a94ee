"""Command line: progress on stderr, the result as one JSON document on stdout."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from trainer.features import read_definition
from trainer.loans import InputError


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 2 if the input can't be used."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except InputError as error:
        print(f"trainer.online: {error}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    return 0


def _scored(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.online.scored import Scoring, write_scored

    scoring = Scoring(options.csv, options.train_first, options.train_last, options.first, options.last, options.seed)
    return write_scored(scoring, read_definition(options.features), options.out)


def _measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    from trainer.online.measure import Period, measure

    periods = [Period(*(dt.date.fromisoformat(day) for day in each.split(","))) for each in options.period]
    definition = read_definition(options.features)
    return measure(options.csv, definition, periods, options.cost_ratio, options.seed, _say)


def _back_fill(options: argparse.Namespace) -> dict[str, Any]:
    import boto3

    from trainer.online.backfill import back_fill, history_items, pseudonyms
    from trainer.online.known import read_with_knowledge
    from trainer.online.windows import with_groups

    mac = boto3.client("kms").generate_mac(
        KeyId=options.pseudonym_key, MacAlgorithm="HMAC_SHA_256", Message=b"seaworthy/pseudonym/loan-applicant/v1"
    )
    loans = with_groups(read_with_knowledge(options.csv).collect())
    loans = loans.with_columns(pseudonyms(loans["applicantName"], mac["Mac"]).alias("applicant"))
    items = history_items(loans, options.since)
    put = back_fill(boto3.client("dynamodb"), options.table, items, options.since, _say)
    return {"items": len(items), "put": put}


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trainer.online", description=__doc__)
    commands = parser.add_subparsers(required=True)
    scored = commands.add_parser("scored", help="score later loans by a model of earlier ones")
    scored.add_argument("--train-first", type=dt.date.fromisoformat, required=True)
    scored.add_argument("--train-last", type=dt.date.fromisoformat, required=True)
    scored.add_argument("--first", type=dt.date.fromisoformat, required=True)
    scored.add_argument("--last", type=dt.date.fromisoformat, required=True)
    scored.add_argument("--out", type=Path, required=True)
    scored.set_defaults(run=_scored)
    measure = commands.add_parser("measure", help="fit with and without the online features, and compare")
    measure.add_argument("--period", action="append", required=True, help="four days: train first,last,test first,last")
    measure.add_argument("--cost-ratio", type=float, default=5.0, help="bad accepted : good refused")
    measure.set_defaults(run=_measure)
    back_fill = commands.add_parser("back-fill", help="count the history for the online features")
    back_fill.add_argument("--table", required=True, help="name of the table of online features")
    back_fill.add_argument("--pseudonym-key", required=True, help="id or ARN of the KMS key of the pseudonyms")
    back_fill.add_argument(
        "--since", type=dt.date.fromisoformat, required=True, help="first day that the stream counts"
    )
    back_fill.set_defaults(run=_back_fill)
    for command in (scored, measure, back_fill):
        command.add_argument("--csv", type=Path, required=True, help="loans in the columns of SBA 7(a)")
    for command in (scored, measure):
        command.add_argument("--features", type=Path, required=True, help="the definition of the features")
        command.add_argument("--seed", type=int, default=7)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
