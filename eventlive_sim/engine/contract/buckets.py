"""Token buckets."""
# ruff: noqa: S101 - these are tests that any engine can import

from __future__ import annotations

from eventlive_sim.engine.contract.bench import Bench, Sheet
from eventlive_sim.program.primitives import StationKind
from eventlive_sim.program.program import StationSpec


class BucketsContract(Bench):
    """Token buckets, with a token every 10."""

    def test_bucket(self) -> None:
        """Burst 2, one token every 10: tries at 0, 0, 0, 9, 10, 10, 30, 30, 30 give 1 1 0 0 1 0 1 1 0."""
        s = Sheet()
        bucket, got = bucket_of(s), s.task("got")
        at = 0
        with s.actor("a"):
            for time in (0, 0, 0, 9, 10, 10, 30, 30, 30):
                s.wait(time - at)
                at = time
                s.enter(bucket, got, patience=s.const(0))
                s.mark("got", got)
        assert self.run(s).values("got") == [1, 1, 0, 0, 1, 0, 1, 1, 0]

    def test_bucket_books_beyond_any_horizon(self) -> None:
        """A token every 2^60: of a hundred who book one, the first has it at once, and nobody else before the end."""
        s = Sheet()
        bucket = s.station(StationSpec("bucket", StationKind.BUCKET, interval_ns=1 << 60))
        with s.actor("a", 100):
            s.enter(bucket)
            s.mark("got", s.now)
        assert self.run(s).times("got") == [0]

    def test_bucket_books(self) -> None:
        """Burst 1, every 10; five ask at 0 with patience 25: granted at 0, 10, 20, and two refused at once."""
        s = Sheet()
        bucket, got = bucket_of(s, burst=1), s.task("got")
        with s.actor("a", 5):
            s.enter(bucket, got, patience=s.const(25))
            s.mark("got", got)
        assert self.run(s).marks("got") == [(0, 0, 1), (0, 3, 0), (0, 4, 0), (10, 1, 1), (20, 2, 1)]

    def test_bucket_waits_for_ever(self) -> None:
        """Without patience's end the token is booked however late: 0, 10, 20, 30; a try at 35 finds none."""
        s = Sheet()
        bucket, got = bucket_of(s, burst=1), s.task("got")
        with s.actor("a", 4):
            s.enter(bucket, got)
            s.mark("got", got)
        with s.actor("tries"):
            for wait in (35, 5):
                s.wait(wait)
                s.enter(bucket, got, patience=s.const(0))
                s.mark("got", got)
        assert self.run(s).marks("got") == [(0, 0, 1), (10, 1, 1), (20, 2, 1), (30, 3, 1), (35, 4, 0), (40, 4, 1)]

    def test_bucket_never_over_fills(self) -> None:
        """Burst 3, idle for 500: three tokens, not fifty."""
        s = Sheet()
        bucket, got = bucket_of(s, burst=3), s.task("got")
        with s.actor("a"):
            s.wait(500)
            for _ in range(5):
                s.enter(bucket, got, patience=s.const(0))
                s.mark("got", got)
        assert self.run(s).values("got") == [1, 1, 1, 0, 0]

    def test_bucket_by_key(self) -> None:
        """Each key has its own tokens."""
        s = Sheet()
        bucket, got = bucket_of(s, burst=1, keys=3), s.task("got")
        with s.actor("a"):
            for key in (0, 1, 1, 2, 0):
                s.enter(bucket, got, key=s.const(key), patience=s.const(0))
                s.mark("got", got)
        assert self.run(s).values("got") == [1, 1, 0, 1, 0]

    def test_wait_for_a_token_ends_with_the_deadline(self) -> None:
        """A booked token comes at 10; the deadline at 4 ends the wait."""
        s = Sheet()
        bucket, late = bucket_of(s, burst=1), s.label("late")
        with s.actor("a"):
            s.enter(bucket)
            s.deadline(s.const(4), late)
            s.enter(bucket)
            s.mark("granted")
            s.place(late)
            s.mark("late")
        out = self.run(s)
        assert (out.times("granted"), out.times("late")) == ([], [4])


def bucket_of(s: Sheet, *, burst: int = 2, keys: int = 1) -> int:
    """Bucket with a token every 10 ns."""
    return s.station(StationSpec("bucket", StationKind.BUCKET, keys=keys, interval_ns=10, burst=burst))
