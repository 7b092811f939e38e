"""The only file of the oracle that knows how to call Habeas: its engine, in this process."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote

from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.reader import BundleReader
from app.domain.ids import (
    ClientId,
    ControllerId,
    DataMapVersionId,
    HoldId,
    JobId,
    SubjectRequestId,
    new_id,
)
from app.domain.scopes import OF_CONTROLLERS
from app.domain.subject_digests import digest
from app.domain.subject_requests import NewSubjectRequest
from app.engine.context import EngineContext
from app.engine.runner import Runner
from app.keyring import KEY_BYTES
from app.services.controllers import unbind_data_map
from app.store import (
    bundles,
    controllers,
    holds,
    jobs,
    restrictions,
    subject_requests,
)
from app.store.controllers import Controller
from app.store.holds import NewHold
from app.store.transaction import transaction
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Category, HoldArticle, RequestState, RestrictionGround, Right
from tests.fixtures.bindings import bind_unasked
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.clients import issue_client
from tests.fixtures.opened_bundles import OpenedBundle
from tests.fixtures.store import ONE_DAY, REASON
from tests.oracle.access import WITHHELD, Record
from tests.oracle.changes import Row
from tests.oracle.holds import CATEGORIES, EVERYTHING
from tests.oracle.worlds import INSTITUTIONS

_MANY = 1_000
_GROUNDS = {
    True: RestrictionGround.NORMAL_FLOW,
    False: RestrictionGround.ACCURACY_CONTESTED,
}
"""By whether the trashcan is the ground."""


@dataclass(frozen=True, slots=True)
class _Institution:
    """A controller of Habeas, and what its subject requests name."""

    id: ControllerId
    digest_key: bytes
    version_id: DataMapVersionId
    client_id: ClientId


@dataclass(slots=True)
class Driver:
    """Has subject requests carried out, one at a time, each to its completed end.

    Attributes:
        context: The engine's, over the oracle's LMS.
        runner: Runs the jobs.
        database: Habeas's own, as whoever prepares a sequence and looks at what became of it.
    """

    context: EngineContext
    runner: Runner
    database: AsyncEngine
    _map: str = field(default_factory=partial(CAMPUS_MAP.read_text, "utf-8"))
    _institutions: dict[int, _Institution] = field(default_factory=dict)
    _holds: dict[int, HoldId] = field(default_factory=dict)

    async def begin(self) -> None:
        """Have fresh controllers, of which nothing is stored yet."""
        self._holds.clear()
        for former in self._institutions.values():
            await unbind_data_map(self.database, former.id)
        for institution_id in INSTITUTIONS:
            self._institutions[institution_id] = await self._institution(str(institution_id))

    async def access(self, institution_id: int, subject: int) -> dict[Record, Row]:
        """Export, and give every record in the bundle with its texts."""
        institution = self._institutions[institution_id]
        request_id = await self._carry_out(institution, Right.ACCESS, subject)
        async with transaction(self.database, institution.id) as connection:
            request = await subject_requests.get(connection, request_id)
            assert request is not None
            assert request.bundle_id is not None
            bundle = await bundles.get(connection, request.bundle_id)
        assert bundle is not None
        data_key = self.context.keyring.unwrap(bundle.wrapped_key)
        with BundleReader(self.context.bundles.path(bundle.id), bundle.id, data_key) as reader:
            opened = OpenedBundle(b"".join(reader.read()))
        self.context.bundles.delete(bundle.id)
        opened.assert_whole()
        return _records(opened)

    async def restrict(self, institution_id: int, subject: int, *, is_trash: bool) -> None:
        """Restrict on the trashcan's ground, or on another."""
        institution = self._institutions[institution_id]
        options = {"ground": _GROUNDS[is_trash].value}
        await self._carry_out(institution, Right.RESTRICTION, subject, options)

    async def lift(self, institution_id: int, subject: int, *, is_trash: bool) -> None:
        """Lift the restriction that stands on this ground."""
        institution = self._institutions[institution_id]
        async with transaction(self.database, institution.id) as connection:
            active = await restrictions.active_of_subject(
                connection, digest(institution.digest_key, str(subject))
            )
        (wanted,) = [each for each in active if each.ground is _GROUNDS[is_trash]]
        options = {"restriction_id": str(wanted.id)}
        await self._carry_out(institution, Right.RESTRICTION_LIFT, subject, options)

    async def erase(self, institution_id: int, subject: int) -> None:
        """Erase, and run what follows by itself."""
        institution = self._institutions[institution_id]
        await self._carry_out(institution, Right.ERASURE, subject)
        await self._run_waiting(institution)

    async def empty(self, institution_id: int, subjects: list[int]) -> list[int]:
        """Erase one after the other: whom a trashcan holds has one erasure each."""
        for subject in subjects:
            await self.erase(institution_id, subject)
        return subjects

    async def re_examine(self, institution_id: int) -> None:
        """Have the deferrals looked at, as an event of the LMS does."""
        institution = self._institutions[institution_id]
        async with transaction(self.database, institution.id) as connection:
            job_id = await jobs.enqueue_re_examination(connection, institution.id)
        assert job_id is not None
        await self._run(institution, job_id)

    async def hold(self, institution_id: int, subject: int, held: str) -> None:
        """Place a hold on records of a type or of a category, or on everything."""
        institution = self._institutions[institution_id]
        new = NewHold(
            id=HoldId(new_id()),
            client_id=institution.client_id,
            subject_digest=digest(institution.digest_key, str(subject)),
            category=Category(held) if held in CATEGORIES else None,
            record_type=None if held in {EVERYTHING, *CATEGORIES} else held,
            article=HoldArticle.LEGAL_CLAIMS,
            ends_on=None,
            sealed=None,
        )
        async with transaction(self.database, institution.id) as connection:
            await holds.insert(connection, institution.id, new)
        self._holds[subject] = new.id

    async def end_hold(self, institution_id: int, subject: int) -> None:
        """End the hold of a person, and run what follows by itself."""
        institution = self._institutions[institution_id]
        async with transaction(self.database, institution.id) as connection:
            assert await holds.end(connection, self._holds.pop(subject))
        await self.re_examine(institution_id)
        await self._run_waiting(institution)

    async def _institution(self, key_in_lms: str) -> _Institution:
        digest_key = secrets.token_bytes(KEY_BYTES)
        controller = Controller(
            id=ControllerId(new_id()),
            name="School",
            key_in_lms=key_in_lms,
            data_map_version_id=None,
            digest_key=self.context.keyring.wrap(digest_key),
            settings=ControllerSettings(legal_name="School"),
            created_at=datetime.now(UTC),
        )
        async with transaction(self.database, controller.id) as connection:
            await controllers.insert(connection, controller)
            version_id = await bind_unasked(connection, controller.id, self._map)
            client, _ = await issue_client(
                connection, controller.id, "LMS", OF_CONTROLLERS, datetime.now(UTC) + ONE_DAY
            )
        return _Institution(controller.id, digest_key, version_id, client.id)

    async def _carry_out(
        self,
        institution: _Institution,
        right: Right,
        subject: int,
        options: Mapping[str, object] | None = None,
    ) -> SubjectRequestId:
        key = str(subject)
        request = NewSubjectRequest(
            id=SubjectRequestId(new_id()),
            job_id=JobId(new_id()),
            right=right,
            subject_key=key,
            subject_digest=digest(institution.digest_key, key),
            subject_display={},
            data_map_version_id=institution.version_id,
            client_id=institution.client_id,
            approval=REASON,
            received_at=None,
            options=options or {},
        )
        async with transaction(self.database, institution.id) as connection:
            await subject_requests.insert(connection, institution.id, request)
        await self._run(institution, request.job_id)
        async with transaction(self.database, institution.id) as connection:
            ended = await subject_requests.get(connection, request.id)
        assert ended is not None
        assert ended.state is RequestState.COMPLETED, (right, ended.state, ended.attention)
        return request.id

    async def _run_waiting(self, institution: _Institution) -> None:
        async with transaction(self.database, None) as connection:
            waiting = await jobs.wakeable(connection, _MANY)
        for controller_id, job_id in waiting:
            if controller_id == institution.id:
                await self._run(institution, job_id)

    async def _run(self, institution: _Institution, job_id: JobId) -> None:
        """Run a job, and whatever else is begun meanwhile, until nothing runs."""
        await self.runner.look_at(institution.id, job_id)
        while running := list(self.runner._running.values()):
            await asyncio.gather(*running)


def _records(bundle: OpenedBundle) -> dict[Record, Row]:
    return {
        (record_type, _key(str(element.attrib["key"]))): {
            str(each.attrib["name"]): _text({*map(str, each.attrib)}, each.text) for each in element
        }
        for record_type in bundle.record_types
        for element in bundle.records(record_type)
    }


def _key(written: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in written.split("/"))


def _text(attributes: set[str], text: str | None) -> str | None:
    if "redacted" in attributes:
        return WITHHELD
    return None if "null" in attributes else text or ""
