"""A look at what several erasures do together asks twice only for what is there."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from app.engine.forecast import Forecast
from app.services.context import Context
from app.services.forecasts import look_ahead, look_at, open_forecasts
from app.services.meant import Meant
from app.sources.hands import Counted
from app.sources.sql.effects.hands import SqlHands
from app.store.transaction import transaction
from schemas.vocabulary import Right
from tests.fixtures.holding import somebody
from tests.fixtures.office import Office, context_of


@pytest.fixture
async def context(office: Office) -> Context:
    return context_of(office.workplace)


async def test_what_a_person_has_none_of_is_not_asked_for_again(
    office: Office, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []
    counts = SqlHands.counts

    async def noted(hands: SqlHands, names: Sequence[str], **how: Any) -> list[Counted]:
        asked.append(names)
        return await counts(hands, names, **how)

    monkeypatch.setattr(SqlHands, "counts", noted)
    persons = [await somebody(office, skip=each) for each in range(2)]
    meant = [Meant(str(each.id), {}) for each in persons] + [Meant("0", {})]
    controller = office.workplace.controller
    async with transaction(context.database, controller.id) as connection:
        published = await context.maps.get(connection, office.workplace.data_map_version_id)
    forecasts = open_forecasts(context, controller, published, Right.ERASURE)
    looks = await look_at(forecasts, meant)
    whole, asked[:] = list(asked), []
    ahead = await look_ahead(forecasts, meant, looks)
    assert [each is None for each in ahead] == [False, False, True]
    assert [_amounts(each) for each in ahead] == [_amounts(each) for each in looks]
    assert {len(names) for names in whole} == {len(published.data_map.record_types)}
    found = [{each.record_type for each in look.found} for look in looks if look is not None]
    assert sorted(map(sorted, asked)) == sorted(map(sorted, found))
    assert all(0 < len(names) < len(whole[0]) for names in asked)


def _amounts(look: Forecast | None) -> Counter[str]:
    """Say how many records of each type were found, whatever becomes of them."""
    amounts: Counter[str] = Counter()
    for each in () if look is None else look.found:
        amounts[each.record_type] += each.count
    return amounts
