"""Which scopes a client may be issued with, and which support may have under a grant."""

from uuid import UUID

import pytest

from app.domain.errors import Refused
from app.domain.ids import PROCESSOR, ControllerId
from app.domain.scopes import OF_CONTROLLERS, OF_GRANTS, require_grantable, require_issuable
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope

SCHOOL = ControllerId(UUID("01234567-89ab-7def-8123-456789abcdef"))
SUPPORT, READ, APPROVE = Scope.SUPPORT, Scope.SUBJECTS_READ, Scope.ERASURE_APPROVE


@pytest.mark.parametrize(
    ("controller_id", "scopes"),
    [
        pytest.param(SCHOOL, {READ}, id="a school › one of its own"),
        pytest.param(SCHOOL, OF_CONTROLLERS, id="a school › all of its own"),
        pytest.param(PROCESSOR, {SUPPORT}, id="the processor › that of support"),
    ],
)
def test_a_client_is_issued_with_scopes_of_its_own_side(
    controller_id: ControllerId, scopes: set[Scope]
) -> None:
    require_issuable(controller_id, frozenset(scopes))


@pytest.mark.parametrize(
    ("controller_id", "scopes"),
    [
        pytest.param(SCHOOL, {SUPPORT}, id="a school › that of support"),
        pytest.param(SCHOOL, {READ, SUPPORT}, id="a school › that of support beside another"),
        pytest.param(SCHOOL, set(Scope), id="a school › every scope"),
        pytest.param(PROCESSOR, {READ}, id="the processor › one of a school's"),
        pytest.param(PROCESSOR, {READ, SUPPORT}, id="the processor › one of a school's beside"),
    ],
)
def test_no_client_is_issued_with_a_scope_of_the_other_side(
    controller_id: ControllerId, scopes: set[Scope]
) -> None:
    with pytest.raises(Refused) as refused:
        require_issuable(controller_id, frozenset(scopes))
    assert refused.value.problem is Problem.INVALID_BODY


@pytest.mark.parametrize("scopes", [{READ}, OF_GRANTS], ids=["one", "all but approval"])
def test_support_can_be_granted_what_clients_have(scopes: set[Scope]) -> None:
    require_grantable(frozenset(scopes))


@pytest.mark.parametrize(
    "scopes",
    [
        pytest.param({APPROVE}, id="approval"),
        pytest.param({READ, APPROVE}, id="approval beside another"),
        pytest.param(OF_CONTROLLERS, id="all of a controller's"),
    ],
)
def test_support_never_approves_an_erasure(scopes: set[Scope]) -> None:
    with pytest.raises(Refused) as refused:
        require_grantable(frozenset(scopes))
    assert [fault.pointer for fault in refused.value.faults] == ["/scopes"]
