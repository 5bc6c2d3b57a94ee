"""Why a risk is high, as codes that mean the same for ever: letters to applicants and audits refer to them.

A code is never used again for something else. A feature that gets into a model needs a code here first.
"""

from __future__ import annotations

import msgspec


class ReasonCode(msgspec.Struct):
    """What a code means: the feature, and how to name it to the applicant."""

    feature: str
    text: str


REASON_CODES = {
    "R01": ReasonCode("amount", "Amount of credit requested"),
    "R02": ReasonCode("guaranteedShare", "Share of the credit that is guaranteed"),
    "R03": ReasonCode("employees", "Number of employees"),
    "R04": ReasonCode("jobsCreated", "Number of jobs that the credit is to create"),
    "R05": ReasonCode("jobsRetained", "Number of jobs that the credit is to retain"),
    "R06": ReasonCode("newBusiness", "Time that the business has existed"),
    "R07": ReasonCode("franchise", "Whether the business is a franchise"),
    "R08": ReasonCode("revolvingCredit", "Whether the credit is a revolving line"),
    "R09": ReasonCode("lowDocumentation", "Extent of the documents that were asked for"),
    "R10": ReasonCode("urbanRural", "Urban or rural location of the business"),
    "R11": ReasonCode("sector", "Sector of the business"),
    "R12": ReasonCode("state", "State in which the business is"),
    "R13": ReasonCode("sameState", "Whether the lender is in the state of the business"),
}

CODE_OF_FEATURE = {reason.feature: code for code, reason in REASON_CODES.items()}
