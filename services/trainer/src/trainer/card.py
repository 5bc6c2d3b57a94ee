"""The model card (Mitchell et al. 2019): what a version is for, what it was made of, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: What does not depend on the version.
PURPOSE = {
    "use": "Probability that a business loan will be charged off, as one input of a decision on an application.",
    "notFor": "A decision without the fallback, the review by people and the monitoring around it; loans of another "
    "kind or country; natural persons.",
    "limits": "The rate of defaults moves with the economy, and the score does not notice: a model of 1999-2002 met "
    "44 % defaults in 2007 with its mean at 15 %. Only outcomes, which come late, tell.",
}


def card(manifest: dict[str, Any], assessment: dict[str, Any] | None) -> dict[str, Any]:
    """The card as data."""
    training = manifest["training"]
    return {
        "model": "loan-default",
        "kind": "gradient boosted trees (LightGBM), served as ONNX",
        **PURPOSE,
        "features": [feature["name"] for feature in manifest["features"]],
        "training": training,
        "lineage": manifest["lineage"],
        "hyperParameters": manifest["hyperParameters"],
        "calibration": manifest["calibration"],
        "transfer": manifest["transfer"],
        "assessment": assessment,
    }


def card_text(content: dict[str, Any]) -> str:
    """The card as Markdown."""
    training, lineage = content["training"], content["lineage"]
    parts = [
        f"# {content['model']}",
        f"{content['kind']}.",
        f"**For:** {content['use']}",
        f"**Not for:** {content['notFor']}",
        f"**Limits:** {content['limits']}",
        "## Made of",
        _table(
            ("", ""),
            [
                ("loans", f"{training['rows']:,} of {training['from']} to {training['to']}"),
                ("segment", ", ".join(f"{k}={v}" for k, v in training["segment"].items()) or "all loans"),
                ("data snapshot", f"`{lineage['dataSnapshot']}`"),
                ("code (SHA-256)", f"`{lineage['codeSha256']}`"),
                ("environment (SHA-256)", f"`{lineage['environmentSha256']}`"),
                ("seed", str(lineage["seed"])),
                ("parent", lineage.get("parent") or "none"),
                ("features", ", ".join(content["features"])),
                ("hyper-parameters", ", ".join(f"{k} {v:.4g}" for k, v in content["hyperParameters"].items())),
                ("calibration", _calibration(content["calibration"])),
                ("transfer", _transfer(content["transfer"])),
            ],
        ),
        "## Worth",
        *_worth(content["assessment"]),
    ]
    return "\n\n".join(parts) + "\n"


def _calibration(choice: dict[str, Any] | None) -> str:
    if choice is None:
        return "not tried: too few years"
    used = choice["used"]
    brier = _interval(choice["brier"], 5)
    if used is None:
        return f"none: on the year after it was learnt it changed the Brier score by {brier}"
    return f"log-odds times {used['slope']:.3f} plus {used['intercept']:.3f}; Brier score {brier}"


def _transfer(transfer: dict[str, Any] | None) -> str:
    return "none" if transfer is None else f"{transfer['way']}: {transfer['reason']}"


def _worth(assessment: dict[str, Any] | None) -> list[str]:
    if assessment is None:
        return ["Not measured: the loans before the last year are too few to train on."]
    deciders = [
        (name, _number(each["auc"]), _number(each["brier"]), _number(each["error"]), _number(each["cost"]))
        for name, each in assessment["deciders"].items()
    ]
    against = [
        (name, *(_interval(each[measure], 4) for measure in ("auc", "brier", "error", "cost")))
        for name, each in assessment["modelAgainst"].items()
    ]
    first, last = assessment["from"], assessment["to"]
    head = (
        f"On {assessment['rows']:,} loans of {first} to {last}, by a model trained on the loans before. "
        f"{100 * assessment['baseRate']:.1f} % of them were charged off; a bad loan accepted costs "
        f"{assessment['costRatio']:g} times a good one refused."
    )
    columns = ("", "AUC", "Brier", "error", "cost per application")
    return [
        head,
        _table(columns, deciders),
        "The model less the other, with 95 % intervals of the paired bootstrap:",
        _table(columns, against),
        *[text for kind, groups in assessment["groups"].items() for text in _groups(kind, groups)],
    ]


def _groups(kind: str, groups: list[dict[str, Any]]) -> list[str]:
    rows = [
        (
            each["group"],
            f"{each['rows']:,}",
            _interval(each["defaulted"], 3),
            _interval(each["approved"], 3),
            _interval(each["wrong"], 3),
            _interval(each["goodDeclined"], 3) if each["goodDeclined"] else "",
        )
        for each in groups
    ]
    return [f"### By {kind}", _table((kind, "loans", "defaulted", "approved", "wrong", "good ones declined"), rows)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _interval(interval: dict[str, float], digits: int) -> str:
    value, low, high = (f"{interval[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
