import numpy as np
import pytest

from settee.core import Item
from settee.events import Catalogue, catalogue_of
from settee.people.sessions import Sessions
from settee.people.tastes import Tastes, learn_tastes
from tests.people.activities import Act
from tests.people.homes import DAY, PER_TAG, T0, TAGS, at_once, titles, town


def learnt(sessions: Sessions, catalogue: Catalogue, n_topics: int = 6) -> Tastes:
    return learn_tastes(sessions, catalogue, n_topics, np.random.default_rng(1))


def plays(*items: str) -> Sessions:
    return at_once([Act("a", T0 + place * 60, item_id=one) for place, one in enumerate(items)])


def pairs(n_homes: int = 12) -> Sessions:
    """Half of the homes play x1, x2, x3, the other half y1, y2, y3."""
    return at_once([
        Act(f"h{number}", T0 + part * DAY, item_id=f"{'xy'[number % 2]}{part % 3 + 1}",
            device_id="d")
        for number in range(n_homes) for part in range(6)
    ])  # fmt: skip


def test_topics_of_every_title_sum_to_one() -> None:
    tastes = learnt(town(), titles())
    assert tastes.topics.sum(axis=1) == pytest.approx(np.ones(len(tastes.item_ids)), abs=1e-5)
    assert (tastes.topics >= 0).all()


def test_titles_of_one_tag_are_more_alike_than_others() -> None:
    topics = learnt(town(), titles(), 10).topics
    unit = topics / np.linalg.norm(topics, axis=1, keepdims=True)
    alike = unit @ unit.T
    tag = np.repeat(np.arange(len(TAGS)), PER_TAG)
    same = tag[:, None] == tag[None, :]
    assert alike[same].mean() > alike[~same].mean() + 0.3


def test_titles_without_tags_are_alike_when_the_same_homes_play_them() -> None:
    names = [f"{one}{number}" for one in "xy" for number in (1, 2, 3)]
    tastes = learnt(pairs(), catalogue_of([Item(item_id=one) for one in names]), 2)
    top = tastes.topics.argmax(axis=1)
    assert len(set(top[:3])) == len(set(top[3:])) == 1
    assert top[0] != top[3]


def test_a_title_without_tags_and_plays_says_nothing() -> None:
    catalogue = catalogue_of([Item(item_id="x1"), Item(item_id="never")])
    tastes = learnt(pairs(), catalogue, 3)
    assert tastes.topics[1].tolist() == [0.0, 0.0, 0.0]
    assert tastes.of_sessions(plays("never")).tolist() == [[0.0, 0.0, 0.0]]


def test_a_new_title_has_the_topics_of_its_tags() -> None:
    new = [Item(item_id="fresh", tags=("drama",))]
    old = [Item(item_id=f"{tag}{n}", tags=(tag,)) for tag in TAGS for n in range(PER_TAG)]
    tastes = learnt(town(), catalogue_of([*old, *new]), 10)
    fresh, drama = tastes.topics[-1], tastes.topics[:PER_TAG].mean(axis=0)
    others = [tastes.topics[k * PER_TAG : (k + 1) * PER_TAG].mean(axis=0) for k in range(1, 10)]
    assert fresh @ drama > max(float(fresh @ one) for one in others)


def test_without_titles_and_tags_nothing_is_said() -> None:
    catalogue = catalogue_of([Item(item_id="m1")])
    assert not learnt(at_once([Act("a", T0)]), catalogue).topics.any()


def test_unplayed_titles_know_their_tags_and_played_ones_outside_the_catalogue_nothing() -> None:
    tastes = learnt(at_once([Act("a", T0, item_id="elsewhere")]), titles())
    assert tastes.topics.any(axis=1).all()
    assert not tastes.of_sessions(plays("elsewhere")).any()


def test_a_second_title_says_less_than_the_first() -> None:
    tastes = Tastes(("comedy", "mixed"), np.array([[1, 0], [0.5, 0.5]], np.float32))
    both = tastes.of_sessions(plays("comedy", "mixed"))[0]
    assert both == pytest.approx(np.array([1.5, 0.5]) * 2**-0.3)
    assert tastes.of_sessions(plays("comedy"))[0].tolist() == [1.0, 0.0]


def test_the_same_seed_gives_the_same_topics() -> None:
    assert np.array_equal(learnt(town(), titles()).topics, learnt(town(), titles()).topics)


def test_no_session_has_no_taste() -> None:
    tastes = learnt(town(), titles(), 4)
    assert tastes.of_sessions(town().take(np.arange(0))).shape == (0, 4)
