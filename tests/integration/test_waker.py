"""The doorbell rings once for every job, as arq writes it, however many ring at once."""

from collections import Counter
from uuid import UUID

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from app.domain.ids import ControllerId, JobId
from app.embedded.stack import Stack
from app.services.waker import TASK, Waker, deserialise, serialise

CONTROLLER = ControllerId(UUID(int=1))
JOBS = [JobId(UUID(int=number)) for number in range(50)]


async def test_every_job_that_is_rung_for_is_in_the_queue_once(stack: Stack) -> None:
    pool = ConnectionPool.from_url(stack.redis_url)
    queue = ArqRedis(pool, job_serializer=serialise, job_deserializer=deserialise)
    before = {each.job_id for each in await queue.queued_jobs()}
    waker = Waker(stack.redis_url)
    for job_id in JOBS:
        waker.ring_soon(CONTROLLER, job_id)
    await waker.ring(CONTROLLER, JOBS[0])
    await waker.close()
    rung = [each for each in await queue.queued_jobs() if each.job_id not in before]
    await pool.aclose()
    assert {each.function for each in rung} == {TASK}
    expected = Counter({(str(CONTROLLER), str(job_id)): 1 for job_id in JOBS})
    expected[str(CONTROLLER), str(JOBS[0])] += 1
    assert Counter(tuple(each.args) for each in rung) == expected
    assert all(not each.kwargs for each in rung)
