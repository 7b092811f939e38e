"""The service against its own OpenAPI document, in sequences in which answers lead to the next call.

Which answer holds what another operation takes is read from the document. `HABEAS_API_SEQUENCES` says
how many sequences there are.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, Response
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.domain.scopes import OF_CONTROLLERS
from app.main import create_app
from tests.fixtures.api import NewService, Service, support
from tests.fixtures.patience import PATIENCE_SECONDS

SEQUENCES = int(os.environ.get("HABEAS_API_SEQUENCES", "10"))
STEPS = 12
OF_SUPPORT = ("/v1/controllers", "/v1/data-maps")


def _never() -> NoReturn:
    raise AssertionError("the document is made without opening anything")


schema = schemathesis.openapi.from_dict(create_app(_never).openapi())


@pytest.fixture(scope="module")
async def service(new_service: NewService) -> AsyncIterator[Service]:
    """One of its own: the sequences change whatever support can change."""
    async with new_service() as running:
        yield running


@pytest.fixture(scope="module")
async def staff(service: Service) -> dict[str, str]:
    return await support(service)


class Desk:
    """Somebody of support, and a program of a controller that is taken on anew for each sequence."""

    def __init__(self, service: Service, staff: dict[str, str]) -> None:
        self.url = service.url
        self.controller = f"/v1/controllers/{service.one.id}"
        self.staff = staff
        self.program: dict[str, str] = {}

    def open(self) -> None:
        """Set right what the sequence before has changed, and issue a key."""
        with httpx.Client(base_url=self.url, headers=self.staff, timeout=PATIENCE_SECONDS) as http:
            because = {"reason": "a test", "reference": "S-1"}
            version = http.get("/v1/data-maps", params={"controller_id": self.controller[-36:]})
            latest = version.json()["items"][-1]["id"]
            own = {"name": "School", "key_in_lms": "1", "data_map_version_id": latest}
            wanted = {
                "name": "Portal",
                "scopes": sorted(OF_CONTROLLERS),
                "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            }
            key = {"Idempotency-Key": str(uuid4())}
            for answer in (
                http.put(self.controller, json=own),
                http.put(f"{self.controller}/settings", json={}),
                http.put(f"{self.controller}/enablement", json={"is_enabled": True} | because),
                issued := http.post(f"{self.controller}/clients", json=wanted, headers=key),
            ):
                assert answer.is_success, answer.text
        acting = {"X-Acting-Person": "Kari Holm"}
        self.program = {"Authorization": f"Bearer {issued.json()['api_key']}"} | acting

    def confirmed(self) -> str:
        """Confirm somebody."""
        wanted = {"identifier": "number", "value": "S1", "reason": "a test"}
        answer = httpx.post(f"{self.url}/v1/subject-searches", json=wanted, headers=self.program)
        found = answer.json().get("candidates") or [{"confirmation": "none"}]
        return str(found[0]["confirmation"])

    def headers(self, case: Case[Any]) -> dict[str, str]:
        """Give who calls, but for what the case itself says."""
        whose = self.staff if case.path.startswith(OF_SUPPORT) else self.program
        made_up = {name.lower() for name in case.headers or {}}
        return {name: each for name, each in whose.items() if name.lower() not in made_up}


def test_no_sequence_of_calls_meets_an_error_or_an_undocumented_answer(
    service: Service, staff: dict[str, str]
) -> None:
    desk = Desk(service, staff)

    class Sequence(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            desk.open()

        def before_call(self, case: Case[Any]) -> None:
            if isinstance(case.body, dict) and isinstance(case.body.get("confirmation"), str):
                case.body["confirmation"] = desk.confirmed()

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            headers = desk.headers(case) | {"Prefer": "wait=0"}
            return {"base_url": desk.url, "headers": headers, "timeout": PATIENCE_SECONDS}

        def validate_response(self, response: Response, case: Case[Any], **options: Any) -> None:
            if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
                return  # a thousand confirmations of the greatest length are more than any real body
            # No schema can say which confirmation, cursor or idempotency key is the right one.
            case.validate_response(
                response, excluded_checks=[positive_data_acceptance], transport_kwargs=options
            )

    run_state_machine_as_test(
        Sequence,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
