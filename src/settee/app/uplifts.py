"""Learn whom the contacts of a campaign moved: its members against who was held out of it.

What was known of each account when it was chosen is held beside what it then did within the
horizon of its audience: a response to what the audience was for. Audiences whose horizon has not
passed are waited for; so is a trial with fewer than 200 on either side, and the answer says so.

Reads: audiences, the record.  Writes: models of uplift.
Not here: what the campaign brought in all (app.campaigns), ranking by uplift (audiences.making).
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

import numpy as np

from settee.app.audiences import AudiencesWork
from settee.app.campaigns import CampaignsWork
from settee.app.worth import UPLIFTS
from settee.audiences import (
    Audience,
    Reach,
    TooFewInTrial,
    TrialRows,
    check_size,
    judge_moved,
    learn_moved,
    reach_of,
    save_learnt,
    trial_of,
    trial_rows,
)
from settee.events import Progress, no_progress
from settee.learn import store_report

NOT_OVER: Final = "not_over"
FOR_NO_ITEM: Final = "for_no_item"
_DAY: Final = timedelta(days=1)


class UpliftsWork(CampaignsWork, AudiencesWork):
    """Learns uplift."""

    def learn_uplift(self, campaign: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Learn whom contacts of a campaign moved, judge that on who was not learnt from, keep it.

        Args:
            campaign: As on its audiences.
            progress: Told what is being done.

        Returns:
            `version` and `reason`, one of them None; what was learnt from; `order`, by which people
            are ranked; `qini` of it beside response and chance, each with its interval.

        Raises:
            NoSuchCampaign: If no audience was made for it.
            SetteeError: If a segment or an audience is damaged.
        """
        self.seal(progress)
        audiences = self._audiences_for(campaign)
        came = self._who_came(campaign, audiences)
        if came is None:
            found = _without(campaign, {}, FOR_NO_ITEM)
        else:
            found = self._learn_from(
                campaign, self._trial_parts(audiences, came, progress), progress
            )
        store_report(self.tables, UPLIFTS, found, self.clock())
        return found

    def _learn_from(
        self, campaign: str, parts: dict[str, TrialRows], progress: Progress
    ) -> dict[str, Any]:
        if not parts:
            return _without(campaign, parts, NOT_OVER)
        try:
            trial = trial_of(list(parts.values()))
            check_size(trial)
        except TooFewInTrial as error:
            return _without(campaign, parts, error.code)
        seed = self.settings.train.seed
        progress("uplift", 0, 2)
        model = learn_moved(trial, seed)
        progress("uplift", 1, 2)
        judged = judge_moved(trial, {"probability": trial.x[:, 0]}, seed=seed)
        progress("uplift", 2, 2)
        about = _about(campaign, parts) | {
            "responded_addressed": float(trial.outcome[trial.treated].mean()),
            "responded_held_out": float(trial.outcome[~trial.treated].mean()),
            "order": model.order,
            "is_alike": model.is_alike,
            "qini": {name: asdict(one) for name, one in judged.items()},
        }
        version = save_learnt(self.home / UPLIFTS, model, about)
        return about | {"version": version, "reason": None}

    def _trial_parts(
        self, audiences: list[Audience], came: set[str], progress: Progress
    ) -> dict[str, TrialRows]:
        """Rows of every audience whose horizon has passed, each account once, by audience."""
        share = audiences[-1].query.holdout  # one share: who is held out must not tell when
        parts: dict[str, TrialRows] = {}
        known: set[str] = set()
        for number, audience in enumerate(audiences):
            progress("audiences", number, len(audiences))
            days = audience.query.horizon_days or self.settings.response.horizon_days
            is_over = audience.as_of + days * _DAY <= self.clock()
            if is_over and audience.query.holdout == share:
                rows = trial_rows(audience, self._reach_at(audience), came, known)
                parts[audience.audience_id] = rows
            known.update(audience.members.account_ids)
        return parts

    def _who_came(self, campaign: str, audiences: list[Audience]) -> set[str] | None:
        """Accounts that responded to what they were chosen for; None where that was no item."""
        accounts = self.chosen_for(campaign)
        until_us = int(self.clock().timestamp() * 1_000_000)
        responded = self._responded(accounts, [one.query for one in audiences], until_us)
        if responded is None:
            return None
        return {accounts.account_ids[row] for row in np.flatnonzero(responded).tolist()}

    def _reach_at(self, audience: Audience) -> Reach:
        """Everybody as of when an audience was made, persons where it was made of persons."""
        events, _ = self.record()
        is_by_person = any(audience.members.person_ids) and self.settings.people.enabled
        return reach_of(
            events,
            int(audience.as_of.timestamp()) + 1,
            max_items=self.settings.sources.max_history,
            recent_days=self.settings.response.recent_days,
            shares=self._whose if is_by_person else None,
        )


def _about(campaign: str, parts: dict[str, TrialRows]) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "audience_ids": list(parts),
        "n_addressed": sum(int(one.treated.sum()) for one in parts.values()),
        "n_held_out": sum(int((~one.treated).sum()) for one in parts.values()),
    }


def _without(campaign: str, parts: dict[str, TrialRows], reason: str) -> dict[str, Any]:
    """What is said where nothing was learnt."""
    return _about(campaign, parts) | {"version": None, "reason": reason}
