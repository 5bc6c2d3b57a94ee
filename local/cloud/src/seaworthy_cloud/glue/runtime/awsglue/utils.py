"""Arguments of a job, by AWS's names."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


class GlueArgumentError(Exception):
    """An argument that the script asked for was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # ty: ignore[incompatible-method-override]
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:
    """The values of the named arguments, all of which are required; `args` is sys.argv.

    Raises GlueArgumentError naming those that are missing.
    """
    parser = _Parser(allow_abbrev=False)
    for option in options:
        parser.add_argument(f"--{option}", dest=option, required=True)
    resolved, _ = parser.parse_known_args(list(args[1:]))
    return dict(vars(resolved))
