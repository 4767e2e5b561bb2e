from concurrent.futures import Future

from settee.core import JournalSettings, Overloaded
from settee.respond.exposures import Exposures
from settee.store import Journal
from tests.respond.world import event


class Full:
    """A journal without room, or whose disk is full."""

    def __init__(self, error=None, n_waiting=0) -> None:
        self.error, self.n_waiting, self.taken = error, n_waiting, []

    def submit(self, records):
        if isinstance(self.error, Overloaded):
            raise self.error
        self.taken.append(len(records))
        future = Future()
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(None)
        return future


def test_without_a_thread_each_exposure_goes_at_once(tmp_path):
    with Journal(tmp_path / "journal.db", JournalSettings()) as journal:
        exposures = Exposures(journal, 100)
        assert exposures.take(event("e1", "a", "dune"))
    with Journal(tmp_path / "journal.db", JournalSettings()) as journal:
        assert [entry.record.event_id for entry in journal.read(0, 9)] == ["e1"]


def test_stopping_hands_over_what_was_gathered(tmp_path):
    with Journal(tmp_path / "journal.db", JournalSettings()) as journal:
        exposures = Exposures(journal, 100)
        exposures.start()
        exposures.start()
        for number in range(50):
            assert exposures.take(event(f"e{number}", "a", "dune"))
        exposures.stop()
        exposures.stop()
    with Journal(tmp_path / "journal.db", JournalSettings()) as journal:
        assert len(journal.read(0, 99)) == 50
        assert exposures.n_lost == 0


def test_many_answers_share_few_submissions():
    journal = Full()
    exposures = Exposures(journal, 1000)
    exposures.start()
    for number in range(100):
        exposures.take(event(f"e{number}", "a", "dune"))
    exposures.stop()
    assert sum(journal.taken) == 100
    assert len(journal.taken) < 20


def test_no_room_is_said_at_once():
    exposures = Exposures(Full(Overloaded("full")), 10)
    assert not exposures.take(event("e1", "a", "dune"))
    waiting = Exposures(Full(n_waiting=10), 10)
    waiting.start()
    assert not waiting.take(event("e1", "a", "dune"))
    waiting.stop()
    assert waiting.n_lost == 0


def test_exposures_that_could_not_be_written_are_counted():
    late = Full(OSError("disk full"))
    exposures = Exposures(late, 10)
    exposures.take(event("e1", "a", "dune"))
    assert exposures.n_lost == 1
    refusing = Exposures(Full(Overloaded("full")), 10)
    refusing.start()
    refusing.take(event("e2", "a", "dune"))
    refusing.stop()
    assert refusing.n_lost == 1
    assert refusing._thread is None
