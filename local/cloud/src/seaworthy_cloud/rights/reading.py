"""What Lambda needs of a function's role to read a mapping's source.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from seaworthy_cloud.rights.roles import AccessDenied, require, role_of_function

_ACTIONS = {
    "kinesis": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:ListShards",
        "kinesis:GetShardIterator",
        "kinesis:GetRecords",
    ),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"),
    "sqs": ("sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"),
}


def refusal_to_read(source_arn: str, function: str) -> str | None:
    """AWS's message if the function's role may not read a source; a source that has no rights is never refused."""
    try:
        for action in _ACTIONS.get(source_arn.split(":")[2] if source_arn else "", ()):
            require(role_of_function(function), action, source_arn, "awslambda")
    except AccessDenied as denied:
        return str(denied)
    return None
