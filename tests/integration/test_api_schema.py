"""The service against its own OpenAPI document, with requests that nobody thought of.

`HABEAS_API_EXAMPLES` says how many there are of each operation.
"""

import os
from typing import Any, NoReturn

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.main import create_app
from tests.fixtures.api import Service, confirmed, support
from tests.fixtures.patience import PATIENCE_SECONDS


def _never() -> NoReturn:
    raise AssertionError("the document is made without opening anything")


EXAMPLES = int(os.environ.get("HABEAS_API_EXAMPLES", "12"))
OF_SUPPORT = ("/v1/controllers", "/v1/data-maps")
schema = schemathesis.openapi.from_dict(create_app(_never).openapi())


@pytest.fixture(scope="session")
async def confirmation(service: Service) -> str:
    async with httpx.AsyncClient(base_url=service.url) as http:
        return await confirmed(http, service.one, "S1")


@pytest.fixture(scope="session")
async def staff(service: Service) -> dict[str, str]:
    return await support(service)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_no_request_meets_an_error_or_an_undocumented_answer(
    case: Case[Any], service: Service, confirmation: str, staff: dict[str, str]
) -> None:
    body: Any = case.body
    made_up = body.get("confirmation") if isinstance(body, dict) else None
    if isinstance(made_up, str) and 1 <= len(made_up) <= 8_000:
        body["confirmation"] = confirmation  # reach what lies behind it
    own = dict(staff if case.path.startswith(OF_SUPPORT) else service.one.headers)
    if "X-Acting-Person" in (case.headers or {}):
        del own["X-Acting-Person"]  # also what it makes up as a name is looked at
    answer = case.call(
        base_url=service.url,
        headers=own | {"Prefer": "wait=0"},
        timeout=PATIENCE_SECONDS,
    )
    if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return  # a thousand confirmations of the greatest length are more than any real body
    # No schema can say which confirmation, cursor or idempotency key is the right one.
    case.validate_response(answer, excluded_checks=[positive_data_acceptance])
