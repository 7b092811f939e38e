"""Support binds a controller to a data map: one that its settings and the platform's databases fit."""

import asyncpg
import httpx

from tests.fixtures.api import Service, support
from tests.fixtures.data_maps import SILENT, SOUND, with_change
from tests.fixtures.taking_on import ID, bound_to, created, published


async def test_a_data_map_is_bound_only_where_the_settings_fit_it(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "East School")
    url = f"/v1/controllers/{made['id']}"
    settings = {"excluded_purposes": ["fun"]}
    assert (await http.put(f"{url}/settings", json=settings, headers=staff)).is_success
    version_id = await published(http, staff, made["id"])
    change = bound_to(made, version_id)
    refused = await http.put(url, json=change, headers=staff)
    assert (refused.status_code, len(refused.json()["errors"])) == (422, 1)
    change["data_map_version_id"] = ID
    refused = await http.put(url, json=change, headers=staff)
    assert refused.json()["errors"][0]["pointer"] == "/data_map_version_id"


async def test_a_data_map_is_bound_only_where_the_platforms_database_fits_it(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "South School")
    url = f"/v1/controllers/{made['id']}"

    async def bound(document: str) -> httpx.Response:
        version_id = await published(http, staff, made["id"], document)
        return await http.put(url, json=bound_to(made, version_id), headers=staff)

    refused = await bound(with_change("    number: number", "    number: robot_no"))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-body")
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == "/data_map_version_id"
    assert "the table `person` has no column `robot_no`" in fault["detail"]
    unreachable = await bound(SOUND.replace("${LMS_URL}", "${NOT_SET}"))
    assert unreachable.json()["type"] == "/problems/source-unavailable"
    now = await http.get(url, headers=staff)
    assert now.json()["data_map_version_id"] is None
    assert (await bound(SOUND)).status_code == 200


async def test_what_is_bound_already_is_not_checked_again(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "Moved School")
    url = f"/v1/controllers/{made['id']}"
    version_id = await published(http, staff, made["id"])
    change = bound_to(made, version_id)
    assert (await http.put(url, json=change, headers=staff)).status_code == 200
    connection = await asyncpg.connect(service.lms_url)
    await connection.execute(SILENT)
    renamed = await http.put(url, json=change | {"name": "Renamed School"}, headers=staff)
    unbound = await http.put(url, json={"name": "Moved School"}, headers=staff)
    again = await http.put(url, json=change, headers=staff)
    await connection.execute("DROP TABLE audit_mark")
    await connection.close()
    assert (renamed.status_code, unbound.status_code, again.status_code) == (200, 200, 422)
    assert "`audit_mark.seen_person`" in again.json()["errors"][0]["detail"]
    assert (await http.put(url, json=change, headers=staff)).status_code == 200
