"""Command line of the trainer: progress on stderr, the result as one JSON document on stdout."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from trainer.data import Data
from trainer.features import read_definition
from trainer.loans import InputError, Refused

#: What people do with versions.
ACTIONS = ("list", "approve", "refuse", "hold", "promote", "challenge", "retire", "rollback")


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit code: 2 if the input can't be used, or if what is asked for is not allowed."""
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except (InputError, Refused) as error:
        print(f"trainer: {error}", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    return 0


def _train(options: argparse.Namespace) -> dict[str, Any]:
    # Imported here: the other commands need not wait for the training libraries.
    from trainer.registry import promote
    from trainer.segment import read_segment
    from trainer.store import Store
    from trainer.train import Training, Transfer, train

    training = Training(
        Data(options.csv, options.table, options.snapshot),
        options.first,
        options.last,
        options.seed,
        options.cost_ratio,
    )
    training.signing_key = options.signing_key
    training.folder = options.folder and options.folder.absolute()
    training.segment = read_segment(options.segment).conditions
    registry = Store(options.registry)
    if options.transfer_from:
        source = Store(options.source_registry) if options.source_registry else registry
        training.transfer = Transfer(source, options.transfer_from)
    result = train(training, read_definition(options.features), registry, _say)
    if options.stages:
        from trainer.people import caller
        from trainer.stages import Stages

        trained_by = caller(options.role, options.person).user_id
        Stages(options.stages).add(result["version"], result["manifestSha256"], trained_by)
    if options.promote:
        promote(registry, result["version"])
        _say(f"{result['version']} is the champion")
    return result


def _reproduce(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.reproduce import reproduce
    from trainer.store import Store

    return reproduce(options.version, Store(options.registry), Data(options.csv, options.table), _say)


def _ask(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.asking import ask

    return ask(options, _say)


def _model(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.model import act

    return act(options, _say)


def _search(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.features import features_of
    from trainer.history import read_history
    from trainer.search.folds import fold_by_time
    from trainer.search.studies import best_of, finished
    from trainer.search.worker import Search, search

    history = read_history(options.csv, options.first, options.last)
    definition = read_definition(options.features)
    features = features_of(history.known, definition)
    folds = fold_by_time(history.known["submittedAt"], features, history.defaulted, definition, options.folds)
    task = Search(options.study, options.method, options.trials, options.seed, options.worker, options.workers)
    study = search(task, folds, _say)
    if options.plots:
        from trainer.search.plots import plot_study

        options.plots.mkdir(parents=True, exist_ok=True)
        for name, plot in plot_study(study).items():
            (options.plots / name).write_bytes(plot)
    best = best_of(study)
    return {"trial": best.number, "auc": best.value, "params": best.params, "finished": finished(study)}


def _transfer(options: argparse.Namespace) -> list[Any]:
    from trainer.curves import measure_transfer
    from trainer.segment import read_segment

    periods = (options.first, options.last, options.until)
    definition, segment = read_definition(options.features), read_segment(options.segment)
    points = measure_transfer(options.csv, definition, segment, periods, options.seed, _say)
    return [msgspec.to_builtins(point) for point in points]


def _text(options: argparse.Namespace) -> list[Any]:
    from trainer.text.embedding import embed
    from trainer.text.measure import measure_text
    from trainer.text.names import read_names

    pool, later = read_names(options.csv, options.first, options.last, options.until, options.seed)
    return [msgspec.to_builtins(point) for point in measure_text(pool, later, embed, options.seed, _say)]


def _applications(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.replay import write_applications

    return write_applications(options.csv, options.first, options.last, options.limit, options.out, options.outcomes)


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    from trainer.evaluate import evaluate
    from trainer.store import Store

    return evaluate(Store(options.registry), options.version, options.decisions, options.outcomes, options.cost_ratio)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trainer", description=__doc__)
    commands = parser.add_subparsers(required=True)
    train = commands.add_parser("train", help="train on earlier years and register a version")
    train.add_argument("--signing-key", help="key in KMS, or file:///key.pem; without one no service takes the version")
    train.add_argument("--segment", default="", help="loans to train on: feature=value, several joined by commas")
    train.add_argument("--transfer-from", help="version to transfer from where that is better, or champion")
    train.add_argument("--source-registry", help="registry of that version, where it is another one")
    train.add_argument("--folder", type=Path, help="keep what the steps hand on there, such as curves and plots")
    train.add_argument("--promote", action="store_true", help="make the version the champion")
    train.set_defaults(run=_train)
    again = commands.add_parser("reproduce", help="make a version again from what it has recorded, and compare")
    again.set_defaults(run=_reproduce)
    ask = commands.add_parser("ask", help="ask for a run of the training pipeline, and follow it")
    ask.add_argument("--pipeline", required=True, help="ARN of the state machine")
    ask.add_argument("--journals", required=True, help="DynamoDB table of the journals")
    ask.add_argument("--table", help="the history's table, glue://DATABASE/TABLE")
    ask.add_argument("--snapshot", default="", help="id of the table's snapshot; the file of loans without it")
    ask.set_defaults(run=_ask)
    model = commands.add_parser("model", help="the versions of the model, and their stages")
    model.add_argument("action", choices=ACTIONS)
    model.add_argument("--pipeline", help="ARN of the state machine: approve waits for the end of the run")
    model.add_argument("--version", help="which; not needed to list and to roll back")
    model.add_argument("--audit-queue", help="URL of the audit trail's queue; without it no trail is told")
    model.add_argument("--reason", help="why, for the audit trail")
    model.set_defaults(run=_model)
    search = commands.add_parser("search", help="search the model's hyper-parameters, as one worker of a study")
    search.add_argument("--study", required=True, help="file:///folder/name.journal or dynamodb://table/name")
    search.add_argument("--method", choices=["grid", "bayesian", "tpe", "tpe-unpruned"], default="tpe")
    search.add_argument("--trials", type=int, default=24, help="of all workers together")
    search.add_argument("--worker", type=int, default=0, help="this worker's number, from 0")
    search.add_argument("--workers", type=int, default=1)
    search.add_argument("--folds", type=int, default=2, help="years to measure on, the last ones")
    search.add_argument("--plots", type=Path, help="folder for the plots of the study")
    search.set_defaults(run=_search)
    transfer = commands.add_parser("transfer", help="measure ways to a model of a small segment, by number of labels")
    transfer.add_argument("--segment", required=True, help="feature=value, several joined by commas")
    transfer.set_defaults(run=_transfer)
    text = commands.add_parser("text", help="measure what a business's name tells of its sector, by number of labels")
    text.set_defaults(run=_text)
    _share(
        (transfer, text), "--until", type=dt.date.fromisoformat, default=dt.date(2006, 12, 31), help="last to measure"
    )
    applications = commands.add_parser("applications", help="write the applications of later years")
    applications.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2004, 1, 1))
    applications.add_argument("--last", type=dt.date.fromisoformat)
    applications.add_argument("--limit", type=int, help="an even sample of so many; all without it")
    applications.add_argument("--out", type=Path, required=True)
    applications.set_defaults(run=_applications)
    evaluate = commands.add_parser("evaluate", help="measure decisions against their outcomes")
    _share((again, evaluate), "--version", required=True)
    evaluate.add_argument("--decisions", type=Path, required=True)
    evaluate.set_defaults(run=_evaluate)
    _share((train, search, transfer), "--features", type=Path, required=True, help="the definition of the features")
    _share((train, ask, search, transfer, text), "--first", type=dt.date.fromisoformat, default=dt.date(1997, 1, 1))
    _share((train, ask, search, transfer, text), "--last", type=dt.date.fromisoformat, default=dt.date(2003, 12, 31))
    _share((train, ask, search, transfer, text), "--seed", type=int, default=7)
    train.add_argument("--stages", help="DynamoDB table of the stages")
    _share((ask, model), "--stages", required=True, help="DynamoDB table of the stages")
    _share((train, ask, model), "--role", help="role to enter, under the name of --person")
    _share((train, ask, model), "--person", help="who trains or approves, where a role is entered")
    _share((train, again), "--table", help="the history's table, glue://DATABASE/TABLE or its metadata's address")
    train.add_argument("--snapshot", type=int, help="id of the table's snapshot; the file of loans without it")
    _share((train, again), "--csv", type=Path, help="loans in the columns of SBA 7(a)")
    _share(
        (search, transfer, text, applications),
        "--csv",
        type=Path,
        required=True,
        help="loans in the columns of SBA 7(a)",
    )
    _share((train, again, model, evaluate), "--registry", required=True, help="s3://bucket/prefix or file:///folder")
    _share((train, evaluate), "--cost-ratio", type=float, default=5.0, help="bad accepted : good refused")
    _share((applications, evaluate), "--outcomes", type=Path, required=True)
    return parser


def _share(commands: Sequence[argparse.ArgumentParser], name: str, **settings: Any) -> None:  # noqa: ANN401
    for command in commands:
        command.add_argument(name, **settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
