"""What a contact of a workspace is worth: what the next order brings, whom a contact moves.

Reads: contacts and orders on record, models of both.  Writes: models of the worth of orders.
Not here: the models (audiences.order_value, audiences.uplift_order), learning uplift (app.uplifts).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from settee.app.record import RecordWork
from settee.audiences import (
    UPLIFT_FEATURES,
    MovedModel,
    NoRevenue,
    OrderValue,
    PurchaseLog,
    ValuedBy,
    load_learnt,
    save_learnt,
)
from settee.core import NotFound
from settee.events import read_contacts
from settee.learn import store_report

ORDER_VALUES: Final = "order_values"
UPLIFTS: Final = "uplifts"
_MOST_REPORTS: Final = 1000


class NoOrderValue(NotFound):
    """It was never learnt what an order brings, or no order has an amount."""

    code = "no_order_value"


class NoUplift(NotFound):
    """It was never learnt whom a contact moves."""

    code = "no_uplift"


class WorthWork(RecordWork):
    """Knows what contacts are worth."""

    def learn_order_value(self, horizon_days: float) -> dict[str, Any]:
        """Learn from orders with an amount what the next one brings, and put that to use.

        Args:
            horizon_days: Length of the last stretch, on which the ways are judged.

        Returns:
            `valued_by` (None without an amount on record), `reason`, `mean_cents`, `deviance` of
            each way, and `correlation` of how often with how much.
        """
        log, _ = self._orders()
        try:
            model = OrderValue.fit(log, self.clock().timestamp(), horizon_days)
        except NoRevenue as error:
            found: dict[str, Any] = {"version": None, "valued_by": None, "reason": error.code}
        else:
            found = {
                "valued_by": model.valued_by,
                "reason": model.reason or None,
                "mean_cents": model.mean,
                "deviance": model.deviance,
                "correlation": None if model.model is None else model.model.correlation,
            }
            found["version"] = save_learnt(self.home / ORDER_VALUES, model, found)
        store_report(self.tables, ORDER_VALUES, found, self.clock())
        return found

    def order_cents(self, account_ids: tuple[str, ...]) -> tuple[NDArray[np.float64], ValuedBy]:
        """What the next order of each account brings, and what foretold it.

        Args:
            account_ids: Any; persons of one account have what the account pays.

        Raises:
            NoOrderValue: If it was never learnt, or no order has an amount.
        """
        latest = self.tables.reports(ORDER_VALUES, 1)
        version = latest[0].body["version"] if latest else None
        if version is None:
            raise NoOrderValue(
                "what an order brings is not known: "
                + ("no order on record has an amount." if latest else "it was never learnt."),
                hint="Name margin_cents, or import revenue_cents and run settee audience train.",
                place="margin_share",
            )
        model = load_learnt(self.home / ORDER_VALUES, version, OrderValue)
        log, number_of = self._orders()
        units = np.array([number_of.get(one, -1) for one in account_ids], np.int64)
        return model.of(log, units, self.clock().timestamp()), model.valued_by

    def moved_by(self, campaign: str | None = None) -> tuple[MovedModel, str]:
        """Whom a contact moves, and the campaign that taught it.

        Args:
            campaign: Which; None is the one learnt last.

        Raises:
            NoUplift: If it was never learnt, or cannot be used any more.
        """
        for report in self.tables.reports(UPLIFTS, _MOST_REPORTS):
            if report.body["version"] and campaign in (None, report.body["campaign"]):
                model = load_learnt(self.home / UPLIFTS, report.body["version"], MovedModel)
                if model.n_columns == len(UPLIFT_FEATURES):
                    return model, report.body["campaign"]
        named = "" if campaign is None else f' from campaign "{campaign[:128]}"'
        raise NoUplift(
            f"whom a contact moves was not learnt{named}.",
            hint="Run settee audience uplift CAMPAIGN once its horizon has passed.",
            place="by",
        )

    def _orders(self) -> tuple[PurchaseLog, dict[str, int]]:
        """Orders with an amount, and the number of every account in them."""
        self.seal()
        orders = read_contacts(self.history)
        orders = orders.where(orders.is_conversion & (orders.cents > 0))
        log = PurchaseLog.of(orders.account, orders.at_us / 1e6, orders.cents)
        return log, {one: number for number, one in enumerate(orders.account_ids)}
