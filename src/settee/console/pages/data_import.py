"""A form that sends a file of events or items, with progress and with what became of each line.

Reads: a file.  Writes: POST /v1/events, PUT /v1/items.
Not here: cutting and counting (console.importing).
"""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from nicegui.events import UploadEventArguments

from settee.client.results import Stored, Taken
from settee.console.charts import figures
from settee.console.exports import Section, export_buttons
from settee.console.importing import MAX_BYTES, Tally, send_file
from settee.console.parts import heading
from settee.console.view import View
from settee.console.wire_lines import Kind, Line

_NEEDS: dict[Kind, str] = {"events": "events.write", "items": "items.write"}
_MB = 1024 * 1024


def draw_import(view: View, on_done: Callable[[], Awaitable[None]]) -> None:
    """The form.

    Args:
        view: Of this tab.
        on_done: What to do after a file was sent.
    """
    heading("Send a file")
    kinds: list[Kind] = [kind for kind, need in _NEEDS.items() if view.may(need)]
    if not kinds:
        ui.label(f"To send files you need the permission {' or '.join(_NEEDS.values())}.").classes(
            "note"
        )
        return
    ui.label(
        "JSON lines, or CSV (.csv) whose first line names the fields of the wire format; lists as "
        f"a|b, instants with their zone. Up to {MAX_BYTES // _MB} MB: larger files, other columns, "
        "Parquet and archives are for settee import, which also holds them against the limits "
        "above."
    ).classes("small")
    _Form(view, kinds, on_done)


class _Form:
    """What is picked, how far it is, and what became of it.

    Args:
        view: Of this tab.
        kinds: What may be sent.
        on_done: What to do after a file was sent.
    """

    def __init__(
        self, view: View, kinds: list[Kind], on_done: Callable[[], Awaitable[None]]
    ) -> None:
        self._view, self._on_done = view, on_done
        self._kind = ui.radio(kinds, value=kinds[0])
        self._kind.props('inline aria-label="What the lines are"')
        # Its own buttons have no names, so a button of ours opens the picker in its place.
        self._upload = ui.upload(
            auto_upload=True, max_file_size=MAX_BYTES, on_upload=self._run, on_rejected=_too_large
        )
        self._upload.classes("off").props('accept=".csv,.jsonl,.ndjson,.json,.txt"')
        self._pick = ui.button("Pick a file", icon="upload_file").on(
            "click",
            js_handler=f"(e) => getElement({self._upload.id}).$refs.qRef.pickFiles(e)",
        )
        self._share = ui.linear_progress(0, show_value=False)
        self._share.props('aria-label="Progress of the file"').set_visibility(False)
        self._told = ui.label().props('role="status"')
        self._outcome = ui.column().classes("inside")

    async def _run(self, event: UploadEventArguments) -> None:
        kind: Kind = self._kind.value
        size = max(event.file.size(), 1)
        self._outcome.clear()
        self._upload.reset()
        if size > MAX_BYTES:
            _too_large()
            return
        self._set_busy(is_busy=True)

        def on_batch(tally: Tally) -> None:
            share = min(tally.n_bytes / size, 1.0)
            self._share.set_value(share)
            self._told.set_text(f"{share:.0%} of {size / _MB:,.1f} MB, {tally.n_lines:,} lines")

        try:
            tally = await send_file(
                event.file.iterate(), event.file.name, kind, _sender(self._view, kind), on_batch
            )
        finally:
            self._set_busy(is_busy=False)
        self._told.set_text(summary(tally, kind))
        with self._outcome:
            _draw_refused(tally)
        await self._on_done()

    def _set_busy(self, *, is_busy: bool) -> None:
        self._share.set_visibility(is_busy)
        self._pick.set_enabled(not is_busy)
        self._kind.set_enabled(not is_busy)


def _too_large() -> None:
    ui.notify(f"The file is over {MAX_BYTES // _MB} MB; settee import takes it.", type="warning")


def _sender(view: View, kind: Kind) -> Callable[[Sequence[Line]], Awaitable[Taken | Stored | None]]:
    async def send(lines: Sequence[Line]) -> Taken | Stored | None:
        if kind == "events":
            return await view.get("Sending events", view.ask.send_events(lines))
        return await view.get("Sending items", view.ask.put_items(lines))

    return send


def summary(tally: Tally, kind: Kind) -> str:
    """What became of a file, in a sentence."""
    n_refused = tally.reasons.total()
    known = (
        f"{tally.duplicates:,} known already"
        if kind == "events"
        else f"{tally.changed:,} of them changed"
    )
    said = f"{tally.n_lines:,} lines: {tally.accepted:,} taken, {known}, {n_refused:,} refused."
    if tally.is_stopped:
        return f"Stopped. {said} Send the file again: what was stored counts once."
    return said


def _draw_refused(tally: Tally) -> None:
    if not tally.reasons:
        return
    reasons = [{"reason": name, "lines": n} for name, n in tally.reasons.most_common()]
    lines = [
        {"line": f"{line:,}", "reason": reason, "why": why} for line, reason, why in tally.examples
    ]
    figures(reasons, label="Refused lines by reason")
    ui.label(f"The first {len(tally.examples)}:").classes("small")
    figures(lines, label="The first refused lines").classes("wraps")
    export_buttons(
        "Refused lines",
        [Section("The first refused lines", lines), Section("By reason", reasons, "lines")],
    )
