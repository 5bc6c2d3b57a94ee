"""HTTP APIs with a function behind them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
.../http-api-quotas.html
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import pytest
from functions import create_function, function_arn, total, unique

ECHO = """
export const handler = async (event) => {
  if (event.rawPath === '/fail') throw new Error('secret detail');
  if (event.rawPath === '/wrong') return { statusCode: 'abc' };
  if (event.rawPath === '/binary') {
    const headers = { 'content-type': 'application/octet-stream' };
    return { statusCode: 200, headers, isBase64Encoded: true, body: event.body };
  }
  return { statusCode: 207, headers: { 'x-own': 'yes' }, cookies: ['a=1', 'b=2'], body: JSON.stringify(event) };
};
"""


@pytest.fixture(scope="module")
def api(cloud):
    """The address of an HTTP API whose every route is a function that echoes."""
    function = create_function(cloud, ECHO, Timeout=10)
    gateway = cloud.client("apigatewayv2")
    api_id = gateway.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function_arn(function),
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    gateway.create_route(ApiId=api_id, RouteKey="$default", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    cloud.client("lambda").add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return f"{cloud.endpoint}/_aws/execute-api/{api_id}/$default", function


def ask(url, body=None, headers=None, method=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def test_an_http_api_hands_over_a_request_in_format_2_0(cloud, api):
    headers = {"Content-Type": "application/json", "X-Two": "a"}
    status, answered, body = ask(f"{api[0]}/some/p%20ath?q=1&q=2&r=%C3%A9", b'{"a":"\\u0000"}', headers)
    event = json.loads(body)
    assert (status, answered["x-own"], answered.get_all("set-cookie")) == (207, "yes", ["a=1", "b=2"])
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/some/p ath")
    assert event["rawQueryString"] == "q=1&q=2&r=%C3%A9"
    assert event["queryStringParameters"] == {"q": "1,2", "r": "é"}
    assert event["headers"]["x-two"] == "a"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert (event["body"], event["isBase64Encoded"]) == ('{"a":"\\u0000"}', False)


def test_a_request_without_a_body_has_none(cloud, api):
    event = json.loads(ask(f"{api[0]}/x")[2])
    assert "body" not in event
    assert event["isBase64Encoded"] is False


def test_a_binary_body_comes_in_base64_and_goes_out_as_bytes(cloud, api):
    content = bytes(range(256)) * 10
    status, headers, body = ask(f"{api[0]}/binary", content, {"Content-Type": "application/octet-stream"})
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert body == content


def test_a_nul_byte_in_a_json_body_arrives(cloud, api):
    event = json.loads(ask(f"{api[0]}/x", b'{"a":"\x00"}', {"Content-Type": "application/json"})[2])
    assert event["body"] == '{"a":"\x00"}'


def test_a_body_of_two_megabytes_goes_both_ways(cloud, api):
    content = base64.b64encode(bytes(1_500_000))
    event = json.loads(ask(f"{api[0]}/x", content, {"Content-Type": "text/plain"})[2])
    assert len(event["body"]) == 2_000_000


@pytest.mark.parametrize("path", ["/fail", "/wrong"])
def test_a_function_that_fails_is_a_500_that_tells_nothing(cloud, api, path):
    status, _, body = ask(api[0] + path)
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_a_throttled_function_is_a_503(cloud, api):
    lambda_ = cloud.client("lambda")
    lambda_.put_function_concurrency(FunctionName=api[1], ReservedConcurrentExecutions=0)
    try:
        status, _, body = ask(f"{api[0]}/x")
    finally:
        lambda_.delete_function_concurrency(FunctionName=api[1])
    assert (status, json.loads(body)) == (503, {"message": "Service Unavailable"})


def test_a_body_over_ten_megabytes_is_refused(cloud, api):
    status, _, body = ask(f"{api[0]}/x", bytes(10 * 1024 * 1024 + 1), {"Content-Type": "text/plain"})
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


def test_requests_are_measured(cloud, api):
    address, _ = api
    dimensions = {"ApiId": address.split("/")[-2], "Stage": "$default"}
    before = {name: total(cloud, "AWS/ApiGateway", name, dimensions) for name in ("Count", "5xx", "4xx")}
    ask(f"{address}/x")
    ask(f"{address}/fail")
    after = {name: total(cloud, "AWS/ApiGateway", name, dimensions) for name in before}
    assert {name: after[name] - before[name] for name in after} == {"Count": 2, "5xx": 1, "4xx": 0}
    assert total(cloud, "AWS/ApiGateway", "Latency", dimensions) > 0
