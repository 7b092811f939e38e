"""The published OpenAPI document: what clients are generated from, and what support staff read.

After a change that is meant, write it anew: `python -m tests.architecture.test_openapi`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from app.api.problems import EXPLANATIONS
from app.api.tags import TAGS
from app.api.webhook_events import EVENTS
from app.main import create_app
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import EventType
from schemas.webhooks import WebhookMessage

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def _never() -> NoReturn:
    raise AssertionError("the document is made without opening anything")


def document(*, takes_tokens: bool = False) -> dict[str, Any]:
    return create_app(_never, takes_tokens=takes_tokens).openapi()


def operations() -> Iterator[Any]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield pytest.param(path, operation, id=f"{method} {path}")


def test_the_published_document_is_the_one_that_is_served() -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert document() == published, "run: python -m tests.architecture.test_openapi"


def test_every_problem_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Problem)


@pytest.mark.parametrize(("path", "operation"), list(operations()))
def test_every_operation_can_be_understood_by_reading(path: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    assert name.isidentifier()
    assert name == name.lower()
    assert len(operation["summary"]) > 10
    assert len(operation["description"]) > 40
    assert operation["tags"]
    if path.startswith("/v1/"):
        assert operation["security"] == [{"api_key": []}]
        assert "Scope: `" in operation["description"]
        assert {"401", "403", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize(("path", "operation"), list(operations()))
def test_every_body_and_answer_has_an_example(path: str, operation: dict[str, Any]) -> None:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for part in [*bodies, *operation["responses"].values()]:
        for media_type, content in part.get("content", {}).items():
            if "json" in media_type and path.startswith("/v1/"):
                assert content.get("example") or content.get("examples"), (path, part)


def test_every_event_has_its_example() -> None:
    assert set(EVENTS) == set(EventType)
    described = document()["webhooks"]
    assert set(described) == set(EventType)
    for event_type, methods in described.items():
        content = methods["post"]["requestBody"]["content"]["application/json"]
        assert WebhookMessage.model_validate(content["example"]).type == event_type


def test_operation_ids_are_names_that_stand_once() -> None:
    names = [
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(names)) == len(names)


def test_operations_are_grouped_by_what_one_wants_to_do_and_the_groups_are_numbered() -> None:
    groups = [each["name"] for each in TAGS]
    assert [name.split(". ")[0] for name in groups] == [str(n + 1) for n in range(len(groups))]
    used = [each.values[1]["tags"] for each in operations()]
    assert all(len(each) == 1 for each in used)
    assert {each[0] for each in used} == set(groups)


def test_access_tokens_are_named_beside_keys_where_an_issuer_is_set() -> None:
    schemes = document(takes_tokens=True)["components"]["securitySchemes"]
    assert {name: each["bearerFormat"][:6] for name, each in schemes.items()} == {
        "api_key": "habeas",
        "access_token": "JWT",
    }
    for methods in document(takes_tokens=True)["paths"].values():
        for operation in methods.values():
            assert operation.get("security") in (None, [{"api_key": []}, {"access_token": []}])


def test_an_example_keeps_what_is_null_in_it() -> None:
    operation = document()["paths"]["/v1/holds/{hold_id}"]["patch"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert examples["open"]["value"]["ends_on"] is None


if __name__ == "__main__":
    PUBLISHED.write_text(
        json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
