"""What people say of devices shows at once in portraits, and can be taken back."""

from settee.people.corrections import Correction
from settee.people.household import Household
from settee.people.ids import person_id
from settee.people.portrait import portraits
from tests.people.homes import ANN, BOB, DAY, PEOPLE, T0, home, known, moved_in


def own(household: Household, person: str) -> list[str]:
    described = portraits(household, T0 + 31 * DAY, PEOPLE)
    return [
        use.name for one in described if one.person_id == person
        for use in one.devices if use.is_own
    ]  # fmt: skip


def test_a_device_told_to_be_nobodys_is_nobodys_until_taken_back() -> None:
    household = moved_in(home([ANN, BOB], 30)[0], known())
    owners = {person.person_id: own(household, person.person_id) for person in household.persons}
    (ann,) = [name for name, devices in owners.items() if "tablet" in devices]
    household.correct(Correction("owns", devices=("tablet",)), T0 + 31 * DAY)
    assert "tablet" not in own(household, ann)
    household.correct(Correction("retract", devices=("tablet",)), T0 + 31 * DAY)
    assert "tablet" in own(household, ann)


def test_a_device_told_to_be_somebodys_is_no_longer_anothers() -> None:
    household = moved_in(home([ANN, BOB], 30)[0], known())
    bob = next(p.person_id for p in household.persons if "tv" in own(household, p.person_id))
    ann = next(p.person_id for p in household.persons if p.person_id != bob)
    assert ann in {person_id("a", number) for number in range(1, 9)}
    household.correct(Correction("owns", persons=(ann,), devices=("tv",)), T0 + 31 * DAY)
    assert "tv" not in own(household, bob)
