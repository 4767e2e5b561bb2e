"""Let an audience out: as a file, or to a webhook.

Reads: GET /v1/audiences/log.  Writes: exports, by POST /v1/audiences/{audience_id}/download and
POST /v1/audiences/{audience_id}/export.
Source: docs/audiences.md, "What may leave".
Not here: who is in it (console.pages.audience_view).
"""

from dataclasses import dataclass, field

from nicegui import ui

from settee.client.errors import Refused
from settee.client.results import AudienceExported, AudienceView
from settee.console.charts import figures
from settee.console.parts import heading
from settee.console.refusals import Tried, must_have, refusal
from settee.console.view import View

_SMALL = {
    "": "As the service is set",
    "refuse": "Refuse the export",
    "leave_out": "Leave those out who would stand alone",
}
_FLOOR = (
    "The floor: fewer accounts than audiences.min_size never leave together, nor may a file laid "
    "beside earlier ones single out fewer."
)
_STAYED = {
    "held_out": "held out by chance",
    "too_few_alike": "would stand alone beside earlier exports",
    "child": "children, or accounts that only children use",
    "suppressed": "on the suppression list",
    "no_consent": "do not agree to be addressed",
    "capped": "addressed too often of late",
    "quiet": "addressed or bought only just now",
}


@dataclass
class Out:
    """The ways out of one audience.

    Args:
        view: Of this tab.
        audience: Which; it is kept.
    """

    view: View
    audience: AudienceView
    _small: ui.select = field(init=False)
    _webhook: ui.input = field(init=False)
    _said: ui.column = field(init=False)

    def draw(self) -> None:
        """The buttons; without the permission they are off and say which it is."""
        heading("Let it out")
        ui.label(
            "A file counts as an export: whoever may not be addressed now or is held out is not in "
            "it, and it stands in the log."
        ).classes("note")
        ui.label(_FLOOR).classes("note")
        may = self.view.may("audiences.export")
        with ui.element("div").classes("fields"):
            self._small = ui.select(_SMALL, value="", label="Parts that are too small")
            csv = ui.button("Download CSV", on_click=lambda: self._save("csv"))
            must_have(csv, "audiences.export", is_held=may)
            parquet = ui.button("Download PARQUET", on_click=lambda: self._save("parquet"))
            parquet.set_enabled(may)
        with ui.element("div").classes("fields"):
            self._webhook = ui.input("Address of a webhook").classes("many")
            self._webhook.props("hide-bottom-space").on("keydown.enter", self._send)
            send = ui.button("Send to it", on_click=self._send).props("flat")
            for box in (self._webhook, send):
                box.set_enabled(may)
        ui.label(
            "Signed batches go to hosts that audiences.webhook_hosts of the service lists, and to "
            "no others."
        ).classes("small")
        self._said = ui.column().classes("inside").props('role="status"')

    async def _save(self, kind: str) -> None:
        name, small = self.audience.audience_id, self._small_parts()
        found = await self.view.get(
            "Making the file",
            Tried(lambda: self.view.ask.download_audience(name, format=kind, small_parts=small)),
        )
        self._said.clear()
        if isinstance(found, Refused):
            with self._said:
                refusal(found)
        elif found is not None:
            media = "text/csv" if kind == "csv" else "application/vnd.apache.parquet"
            ui.download.content(found, f"{name}.{kind}", media)
            log = await self.view.get(
                "Looking what left", self.view.ask.audience_log(limit=1, audience_id=name)
            )
            n = log.rows[0].figures.get("n") if log is not None and log.rows else None
            with self._said:
                ui.label(
                    exported(n, self.audience.n_chosen) if isinstance(n, int) else "The file left."
                )

    async def _send(self) -> None:
        address = str(self._webhook.value or "").strip()
        self._webhook.props["error"] = not address
        self._webhook.props["error-message"] = (
            "Write where to send it, such as https://crm.example/in."
        )
        if not address or not self.view.may("audiences.export"):
            return
        name, small = self.audience.audience_id, self._small_parts()
        found = await self.view.get(
            "Sending the audience",
            Tried(lambda: self.view.ask.export_audience(name, address, small_parts=small)),
        )
        if found is None:
            return
        self._said.clear()
        with self._said:
            if isinstance(found, Refused):
                is_address = found.place == "webhook"
                self._webhook.props["error"] = is_address
                self._webhook.props["error-message"] = found.message if is_address else ""
                refusal(found)
            else:
                ui.label(sent(found))
                rows = [
                    {"because": _STAYED.get(reason, reason), "people": n}
                    for reason, n in found.left_out.items()
                ]
                if rows:
                    figures(rows, label="Who was not sent")

    def _small_parts(self) -> str | None:
        return str(self._small.value) or None


def exported(n: int, n_chosen: int) -> str:
    """What left as a file, in a sentence.

    Args:
        n: People in the file.
        n_chosen: People in the audience.

    >>> exported(178, 200)
    '178 people left. The other 22 are held out by chance, or may not be addressed now.'
    """
    stayed = f" The other {n_chosen - n:,} are held out by chance, or may not be addressed now."
    return f"{n:,} people left." + (stayed if n < n_chosen else "")


def sent(found: AudienceExported) -> str:
    """What a webhook took in, in a sentence.

    Args:
        found: From the service.

    >>> sent(AudienceExported("exp_1", "aud_1", 178, {"held_out": 22}, "crm.example"))
    '178 people were sent to crm.example, as export exp_1; 22 stayed here.'
    """
    stayed = sum(found.left_out.values())
    rest = f"; {stayed:,} stayed here" if stayed else ""
    return (
        f"{found.n_exported:,} people were sent to {found.to}, as export {found.export_id}{rest}."
    )
