"""What waits and names a second, living person waits on, and goes once nobody lives whom it names."""

import pytest

from app.demo.school import Person
from app.engine import erasure, releases
from app.engine.batches import Batches
from app.engine.work import Work
from tests.fixtures.office import Json, Office
from tests.fixtures.pairs import bind, newcomer, record_type
from tests.fixtures.patience import until
from workers import tasks

_TABLES = """
CREATE TABLE room (id bigint PRIMARY KEY);
CREATE TABLE letter (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room_id bigint NOT NULL,
    sender_id bigint REFERENCES person, recipient_id bigint REFERENCES person, body text);
CREATE INDEX ON letter (room_id);
CREATE INDEX ON letter (sender_id);
CREATE INDEX ON letter (recipient_id);
INSERT INTO room SELECT generate_series(1, 9);
"""
_NOTICES = """
CREATE TABLE notice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room_id bigint NOT NULL,
    sender_id bigint REFERENCES person, body text);
CREATE INDEX ON notice (room_id);
CREATE INDEX ON notice (sender_id);
CREATE FUNCTION spelled() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN NEW.body := lower(NEW.body); RETURN NEW; END $$;
CREATE TRIGGER spelled BEFORE UPDATE ON notice FOR EACH ROW EXECUTE FUNCTION spelled();
"""
_CHANGE: Json = {"set": {"sender_id": "$stand_in", "recipient_id": "$stand_in"}}


def _later(then: str = "delete", effect: str = "anonymise", **until: object) -> Json:
    until = until or {"container_gone": "room_id"}
    return {"effect": effect, "until": until, "then": then, "because": "the other one may read it"}


async def _bind(office: Office, sender: Json, recipient: Json | str = "anonymise") -> None:
    """Let letters follow these rules."""
    roles = {
        "sender": {"column": "sender_id", "restriction": "anonymise", "erasure": sender},
        "recipient": {"column": "recipient_id", "restriction": "anonymise", "erasure": recipient},
    }
    spec = record_type("letter", anonymise=_CHANGE, roles=roles, category="communication")
    await bind(office, {"letter": spec}, references={"letter.room_id": "room.id"})


async def _send(office: Office, room: int, sender: Person, recipient: Person) -> int:
    number: int = await office.lms(
        "INSERT INTO letter (room_id, sender_id, recipient_id, body) VALUES ($1, $2, $3, 'Dear')"
        " RETURNING id",
        room,
        sender.id,
        recipient.id,
    )
    return number


async def _letters(office: Office, room: int) -> list[int]:
    rows = await office.workplace.lms_rows(
        f"SELECT id FROM letter WHERE room_id = {room} ORDER BY 1"
    )
    return [each["id"] for each in rows]


async def _close(office: Office, room: int) -> None:
    """Let the platform delete a room, and say so."""
    await office.workplace.lms_does(f"DELETE FROM room WHERE id = {room}")
    event = {"type": "container.deleted", "table": "room", "key": str(room)}
    await office.post("lms-events", event)
    await office.work()


async def _waiting(office: Office) -> list[Json]:
    listed = (await office.get("deferrals?limit=200"))["items"]
    return [each["container"] for each in listed if each["record_type"] == "letter"]


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Before anybody has read what tables there are."""
    await office.workplace.lms_does(_TABLES)


async def test_a_letter_to_somebody_who_lives_waits_on_when_its_room_is_gone(
    office: Office,
) -> None:
    await _bind(office, _later())
    sender, recipient = [await newcomer(office, name) for name in ("from", "to")]
    number = await _send(office, 1, sender, recipient)
    await office.erase(sender)
    await _close(office, 1)
    assert await _letters(office, 1) == [number]
    assert await _waiting(office) == [{"room_id": "1"}], "it is told why it is still there"
    await office.erase(recipient)
    assert await _letters(office, 1) == []
    assert await _waiting(office) == []


async def test_what_waits_on_keeps_no_other_container_waiting(office: Office) -> None:
    await _bind(office, _later())
    sender, recipient, other = [await newcomer(office, name) for name in ("of", "at", "by")]
    number = await _send(office, 2, sender, recipient)
    await _send(office, 3, sender, other)
    await office.erase(sender)
    await office.erase(other)
    await office.workplace.lms_does("DELETE FROM room WHERE id = 2")
    await _close(office, 3)
    assert (await _letters(office, 2), await _letters(office, 3)) == ([number], [])
    assert await _waiting(office) == [{"room_id": "2"}]
    await office.erase(recipient)


async def test_what_is_anonymised_later_is_told_once(office: Office) -> None:
    await _bind(office, _later("anonymise", "keep"))
    sender, recipient = [await newcomer(office, name) for name in ("then", "now")]
    for to in (sender, recipient):
        await _send(office, 4, sender, to)
    await office.erase(sender)
    await _close(office, 4)
    told = "SELECT count(*) AS times FROM audit_entry WHERE action = 'deferrals.released'"
    (before,) = await office.workplace.execute(told)
    await _close(office, 4)
    assert await office.workplace.execute(told) == [before]
    assert await _waiting(office) == [{"room_id": "4"}]
    await office.erase(recipient)
    assert await _waiting(office) == []


async def test_what_is_kept_with_the_name_waits_on_while_the_erasure_is_not_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A re-examination comes between: whose name it is counts as living still."""
    await _bind(office, _later(effect="keep"))
    sender = await newcomer(office, "while")
    await office.lms("INSERT INTO letter (room_id, sender_id) VALUES (5, $1)", sender.id)
    really, between = releases.release, list[Work]()

    async def is_over() -> bool:
        open_ = "SELECT FROM job WHERE kind = 're_examination' AND state IN ('queued', 'running')"
        return not await office.workplace.execute(open_)

    async def late(work: Work, batches: Batches) -> int:
        if not between:
            between.append(work)
            await office.workplace.lms_does("DELETE FROM room WHERE id = 5")
            await tasks.re_examine_deferrals({"context": office.workplace.context})
            await until(is_over)
        return await really(work, batches)

    monkeypatch.setattr(erasure, "release", late)
    await office.erase(sender)
    assert between
    assert await _letters(office, 5) == []
    assert await _waiting(office) == []


async def test_what_waits_for_a_person_goes_with_them_also_where_their_name_is_taken_away(
    office: Office,
) -> None:
    """The second one's erasure leaves the stand-in where what waits looks for that one."""
    await _bind(office, _later(person_gone="recipient_id"))
    sender, recipient, other = [await newcomer(office, name) for name in ("a", "b", "c")]
    await _send(office, 6, sender, recipient)
    own = [await _send(office, 6, other, each) for each in (recipient, other)]
    await office.erase(sender)
    await office.erase(recipient)
    assert await _letters(office, 6) == own
    assert await _waiting(office) == []


async def test_what_the_platform_spells_otherwise_is_changed_once(office: Office) -> None:
    await office.workplace.lms_does(_NOTICES)
    rule = _later("anonymise", "keep")
    spec = record_type(
        "notice",
        anonymise={"set": {"sender_id": "$stand_in", "body": "Gone"}},
        roles={"sender": {"column": "sender_id", "restriction": "keep", "erasure": rule}},
    )
    await bind(office, {"notice": spec}, references={"notice.room_id": "room.id"})
    sender = await newcomer(office, "speller")
    await office.lms("INSERT INTO notice (room_id, sender_id) VALUES (7, $1)", sender.id)
    await office.erase(sender)
    told = "SELECT record_count FROM tally WHERE record_type = 'notice' AND outcome = 'anonymised'"
    for _ in range(2):
        await _close(office, 7)
    counted = [each["record_count"] for each in await office.workplace.execute(told)]
    assert counted == [1]
