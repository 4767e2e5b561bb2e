from hypothesis import given
from hypothesis import strategies as st

from settee.core import BreakerSettings
from settee.respond.breaker import WINDOW, Breaker


class Clock:
    def __init__(self):
        self.s = 0.0

    def __call__(self):
        return self.s


def asked(breaker, outcomes):
    """What became of each question: True and False as answered, None where nobody was asked."""
    for is_good in outcomes:
        if breaker.lets_through():
            breaker.saw(is_good=is_good)
            yield is_good
        else:
            yield None


def test_breaker_opens_at_so_many_failures_among_the_last_twenty():
    for failures in (1, 7, 20):
        breaker = Breaker(BreakerSettings(failures=failures), Clock())
        assert list(asked(breaker, [False] * 30)) == [False] * failures + [None] * (30 - failures)
        assert breaker.n_opened == 1


def test_one_failure_in_five_never_opens_it_and_every_second_one_does():
    seldom, often = (Breaker(BreakerSettings(failures=10), Clock()) for _ in range(2))
    assert None not in list(asked(seldom, [True, True, True, True, False] * 40))
    assert None in list(asked(often, [True, False] * WINDOW))


def test_only_one_question_goes_through_while_it_is_probed():
    clock = Clock()
    breaker = Breaker(BreakerSettings(failures=1, rest_s=2.0), clock)
    breaker.saw(is_good=False)
    assert not breaker.lets_through()
    clock.s = 2.0
    assert breaker.lets_through()
    assert breaker.state == "half_open"
    assert not breaker.lets_through()
    breaker.saw(is_good=True)
    assert breaker.state == "closed"
    assert breaker.lets_through()


def test_probe_that_nobody_answered_is_sent_again():
    clock = Clock()
    breaker = Breaker(BreakerSettings(failures=1, rest_s=2.0), clock)
    breaker.saw(is_good=False)
    clock.s = 2.0
    assert breaker.lets_through()
    clock.s = 4.0
    assert breaker.lets_through()


def test_answers_that_come_in_after_it_opened_change_nothing():
    breaker = Breaker(BreakerSettings(failures=1), Clock())
    breaker.saw(is_good=False)
    breaker.saw(is_good=True)
    breaker.saw(is_good=False)
    assert breaker.state == "open"
    assert breaker.n_opened == 1


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 20))
def test_whatever_comes_it_is_never_asked_after_twenty_failures_without_a_rest(outcomes, failures):
    breaker = Breaker(BreakerSettings(failures=failures, rest_s=1.0), Clock())
    before = list(asked(breaker, outcomes))
    assert None not in list(asked(breaker, [True])) or before.count(False) >= failures
    if outcomes[-WINDOW:].count(False) >= failures:
        assert breaker.state == "open"
