"""The long-running EHR: says what its clinics have to say as time passes, and answers queries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

from schemas.encounter import EncounterDocumented
from services.chassis.clock import Clock
from services.chassis.logs import Logger, fault_of, place_of
from simulators.ehr.clinic.query_answer import Query, answer, answer_time
from simulators.ehr.clinic.schedule import generate, run_tag
from simulators.ehr.position import PositionFile
from simulators.ehr.publisher import Pace, Publisher, PublishReport, producer_for
from simulators.ehr.query_inbox import QueryInbox
from simulators.ehr.scheduled import Scheduled
from simulators.ehr.settings import EhrSettings
from simulators.ehr.status_port import announce, status_port

_RETRY_S = 1
_BATCH = 500


class EhrProcess:
    """One simulated EHR. ``run`` lasts until it is told to stop."""

    def __init__(self, settings: EhrSettings, clock: Clock, log: Logger) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._report = PublishReport()
        self._settled: dict[str, EncounterDocumented] = {}
        self._waiting = 0
        self._unanswerable: set[str] = set()
        self._asked = 0
        self._answered = 0
        self._schedule_done = settings.encounters == 0 or not settings.publish
        run = run_tag(settings.encounters, settings.seed, settings.start, settings.days)
        self._position = PositionFile(settings.state_file, run)

    def status(self) -> dict[str, object]:
        """Counts for people and for supervisors; no ids."""
        return {
            "service": "ehr",
            "published": self._report.total,
            "schedule_done": self._schedule_done,
            "queries": self._asked,
            "answered": self._answered,
            "waiting": self._waiting,
            "not_published": len(self._report.findings),
        }

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish and answer until ``stopping``; what was handed over is flushed before the end."""
        await asyncio.to_thread(self._learn)
        async with status_port(self.status) as port:
            announce(port, self._settings.port_file)
            self._log.info("started", port=port, count=self._settings.encounters)
            work = [
                asyncio.create_task(self._for_ever(one)) for one in (self._publish, self._answer)
            ]
            await stopping.wait()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        self._log.info("stopped", records=self._report.total)

    def _schedule(self) -> Iterator[Scheduled]:
        own = self._settings
        return generate(own.encounters, own.seed, own.start, own.days)

    def _learn(self) -> None:
        """Remember the truth about the encounters whose documentation has a gap."""
        for item in self._schedule():
            if item.settled is not None:
                self._settled[item.event.key] = item.settled

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work``, again after a fault, until it returns or is cancelled."""
        while True:
            try:
                await work()
                return
            except Exception as error:
                self._log.error("starts again", fault=fault_of(error), where=place_of(error))
                await asyncio.sleep(_RETRY_S)

    async def _publish(self) -> None:
        """Publish the schedule as its time comes."""
        if self._schedule_done:
            return
        own = self._settings
        done = self._position.count
        pace = Pace(own.rate)
        async with producer_for(own.kafka_bootstrap, "claimstream-ehr") as producer:
            publisher = Publisher(producer, self._report, must_arrive=True)
            handed_over = done

            async def keep() -> None:
                await publisher.flush()
                self._position.write(handed_over)

            try:
                for item in islice(self._schedule(), done, None):
                    if item.at > self._clock.now():
                        await keep()
                        await self._clock.sleep_until(item.at)
                    await pace.wait()
                    await publisher.send(item.record())
                    handed_over += 1
                    if handed_over % _BATCH == 0:
                        await keep()
            finally:
                await keep()
        self._schedule_done = True
        self._log.info("schedule published", records=self._report.total)

    async def _answer(self) -> None:
        """Answer each query when its time has come."""
        own = self._settings
        if not own.answer_queries:
            return
        inbox = QueryInbox(own.kafka_bootstrap, self._unreadable)
        try:
            await inbox.start()
            async with producer_for(own.kafka_bootstrap, "claimstream-ehr-answers") as producer:
                publisher = Publisher(producer, self._report, must_arrive=True)
                while True:
                    await inbox.read()
                    await self._answer_due(inbox, publisher)
        finally:
            await inbox.stop()

    async def _answer_due(self, inbox: QueryInbox, publisher: Publisher) -> None:
        own = self._settings
        seed = own.seed if own.answer_seed is None else own.answer_seed
        at_once = own.answer_at_once
        now = self._clock.now()
        said: list[Query] = []
        for query in inbox.waiting():
            if (
                query.event_id in self._unanswerable
                or answer_time(query, seed, at_once=at_once) > now
            ):
                continue
            known = self._settled.get(query.opened.key)
            item = answer(query, known, seed, at_once=at_once)
            if item is None:
                self._unanswerable.add(query.event_id)
                self._log.info("no answer", key=query.opened.key, kind=query.opened.kind)
                continue
            await publisher.send(item.record())
            said.append(query)
        await publisher.flush()
        for query in said:
            inbox.answered(query)
        self._answered += len(said)
        self._asked, self._waiting = inbox.asked, len(inbox.waiting())

    def _unreadable(self, topic: str, fault: str) -> None:
        self._log.warning("record left aside", topic=topic, fault=fault)
