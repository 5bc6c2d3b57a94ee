"""Command line of the trainer: progress on stderr, the result as one JSON document on stdout."""

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
    # LightGBM's threads wait for each other in a loop unless told otherwise: five times as long on busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except InputError as error:
        print(f"trainer: {error}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    return 0


def _train(options: argparse.Namespace) -> dict[str, Any]:
    # Imported here: the other commands need not wait for the training libraries.
    from trainer.registry import Registry, promote
    from trainer.train import Training, train

    training = Training(options.csv, options.first, options.last, options.seed, options.cost_ratio)
    registry = Registry(options.registry)
    result = train(training, read_definition(options.features), registry, _say)
    if options.promote:
        promote(registry, result["version"])
        _say(f"{result['version']} is the champion")
    return result


def _applications(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.replay import write_applications

    return write_applications(options.csv, options.first, options.last, options.limit, options.out, options.outcomes)


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.evaluate import evaluate
    from trainer.registry import Registry

    return evaluate(
        Registry(options.registry), options.version, options.decisions, options.outcomes, options.cost_ratio
    )


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trainer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    train = commands.add_parser("train", help="train on earlier years and register a version")
    train.add_argument("--features", type=Path, required=True, help="the definition of the features")
    train.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(1997, 1, 1))
    train.add_argument("--last", type=dt.date.fromisoformat, default=dt.date(2003, 12, 31))
    train.add_argument("--seed", type=int, default=7)
    train.add_argument("--promote", action="store_true", help="make the version the champion")
    train.set_defaults(run=_train)
    applications = commands.add_parser("applications", help="write the applications of later years")
    applications.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2004, 1, 1))
    applications.add_argument("--last", type=dt.date.fromisoformat)
    applications.add_argument("--limit", type=int, help="an even sample of so many; all without it")
    applications.add_argument("--out", type=Path, required=True)
    applications.set_defaults(run=_applications)
    evaluate = commands.add_parser("evaluate", help="measure decisions against their outcomes")
    evaluate.add_argument("--version", required=True)
    evaluate.add_argument("--decisions", type=Path, required=True)
    evaluate.set_defaults(run=_evaluate)
    for command in (train, applications):
        command.add_argument("--csv", type=Path, required=True, help="loans in the columns of SBA 7(a)")
    for command in (train, evaluate):
        command.add_argument("--registry", required=True, help="s3://bucket/prefix or file:///folder")
        command.add_argument("--cost-ratio", type=float, default=5.0, help="bad accepted : good refused")
    for command in (applications, evaluate):
        command.add_argument("--outcomes", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
