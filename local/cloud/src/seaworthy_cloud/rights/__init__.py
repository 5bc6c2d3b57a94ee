"""IAM as on AWS: whatever runs has the rights of its role, and what is used of them is written down.

The emulator checks requests against policies with `AUTH=true`. Here is what it lacks: roles of tasks, jobs, workflows
and mappings, rights on the keys that data is encrypted with, policy variables, and a ledger.
"""

from __future__ import annotations

from seaworthy_cloud.rights import conditions, enforcement, multi_factor, operator, signatures, targets, tokens


def install() -> None:
    """Add what the emulator's policy enforcement lacks, and the account's administrator."""
    operator.install()
    signatures.install()
    conditions.install()
    multi_factor.install()
    enforcement.install()
    targets.install()
    tokens.install()
