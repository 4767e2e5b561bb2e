"""Open households under the generation of the population that their time knows.

A population that was learnt from what had happened by 1 June is used for the sessions whose silence
ended after that, and an account that sleeps until August moves to it, or to a newer one, in August.

Reads / Writes: nothing.
Not here: what populations are (people.population), when they change (people.folding).
"""

from collections.abc import Sequence

from settee.core import PeopleSettings
from settee.people.changes import PersonEvent
from settee.people.corrections import Correction
from settee.people.household import Household
from settee.people.population import Population, newest_before, nobody_known
from settee.people.posterior import Who
from settee.people.sessions import Sessions

MODEL = "mixture-1"
"""How households learn. Raise it when the same sessions would make other persons or bytes: every
household is then built anew out of the record."""
_MICROS = 1_000_000


class HouseholdKeeper:
    """Makes households out of bytes.

    Args:
        populations: Generations with their names, oldest cutoff first.
        settings: Silence, forgetting, thresholds.
    """

    def __init__(
        self, populations: Sequence[tuple[str, Population]], settings: PeopleSettings
    ) -> None:
        self.model = MODEL
        self.generations = [(one.until_s, name) for name, one in populations]
        self._populations = [one for _, one in populations]
        self._settings = settings
        self._nobody = nobody_known()

    def open(self, account_id: str, raw: bytes, passed_us: int) -> "Resident":
        """The household of those bytes, as it was when sessions up to then were taken in.

        Raises:
            HouseholdDamaged: If the bytes are something else.
        """
        population = self.newest(passed_us // _MICROS)
        household = Household.from_bytes(account_id, raw, population, self._settings)
        return Resident(household, self, self._settings.gap_s)

    def newest(self, at_s: int) -> Population:
        """The newest generation whose cutoff had passed at an instant."""
        if not self._populations or at_s < self._populations[0].until_s:
            return self._nobody
        return newest_before(self._populations, at_s)


class Resident:
    """A household that moves to the next generation as its time comes.

    Args:
        household: The persons.
        keeper: Knows the generations.
        gap_s: The silence after which a session is known.
    """

    def __init__(self, household: Household, keeper: HouseholdKeeper, gap_s: int) -> None:
        self.household = household
        self._keeper = keeper
        self._gap_s = gap_s

    @property
    def n_bytes(self) -> int:
        """Memory that it takes, roughly."""
        return self.household.n_bytes

    def who(self, session: Sessions, beside: Sessions | None = None, /) -> Who:
        """Who is it, from what is known now, while others sit elsewhere? Changes nothing."""
        return self.household.who(session, beside)

    def recall(self, sessions: Sessions) -> Sequence[Who]:
        """Who was it, in each of these past sessions, from all that is known now?"""
        return self.household.recall(sessions)

    def absorb(self, session: Sessions) -> Sequence[PersonEvent]:
        """Learn from one closed session, under the population of the instant it is known from."""
        silent_s = (int(session.end_us[0]) + self._gap_s * _MICROS) // _MICROS
        self.household = self.household.under(self._keeper.newest(silent_s))
        return self.household.absorb(session)

    def correct(self, correction: Correction, at_s: int) -> Sequence[PersonEvent]:
        """Learn from what people told.

        Raises:
            NoSuchPerson: If it names a person whom the account does not have.
            CannotMerge: If persons cannot be merged or parted as they stand.
        """
        return self.household.correct(correction, at_s)

    def to_bytes(self) -> bytes:
        """The whole state."""
        return self.household.to_bytes()
