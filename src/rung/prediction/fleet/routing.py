"""Which replica takes the next request, in O(log replicas)."""

from __future__ import annotations

from heapq import heappop, heappush

from rung.prediction.fleet.replica import Job, Replica
from rung.prediction.fleet.service import ReplicaService


class Takers:
    """Replicas in the order in which they take: the emptiest first, or the fullest of those below a level.

    A heap of notes; a note that is out of date is dropped when it is met.

    Args:
        service: of the replicas.
        pack_to: below so many requests inside the fullest takes; 0: always the emptiest.
    """

    def __init__(self, service: ReplicaService, pack_to: float) -> None:
        self._max_batch = service.max_batch
        self._capacity = service.kv_capacity_tokens
        self._pack_to = pack_to
        self._notes: list[tuple[int, int, int, Replica]] = []

    def note(self, replica: Replica, up: list[Replica]) -> None:
        """A replica has another number of requests inside, or joined those that are up."""
        inside = replica.inside
        place = inside if inside >= self._pack_to else -inside
        heappush(self._notes, (place, replica.number, inside, replica))
        if len(self._notes) > 256 + 8 * len(up):
            self._notes.clear()
            for one in up:
                self.note(one, up)

    def first(self) -> Replica | None:
        """The replica that takes next; None when none is up."""
        notes = self._notes
        while notes:
            _, _, inside, replica = notes[0]
            if replica.inside == inside and replica.state == "up":
                return replica
            heappop(notes)
        return None

    def for_job(self, job: Job, up: list[Replica]) -> Replica | None:
        """The replica that takes this request; None when none has room."""
        top = self.first()
        if top is None or top.inside >= self._max_batch:
            return None
        if self.fits(top, job):
            return top
        roomy = [one for one in up if self.fits(one, job)]
        return min(roomy, key=lambda one: (one.inside, one.number), default=None)

    def fits(self, replica: Replica, job: Job) -> bool:
        """Whether the batch has a place and the cache room for the whole request."""
        return replica.inside < self._max_batch and replica.kv + job.prompt + job.output <= self._capacity
