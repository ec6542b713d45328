"""Moving in and out: take an export, send a file for a dry run, and carry out just what it showed."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.core import clock, files
from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.core.language import ngettext
from shop.inventory.exchange import kinds, planning
from shop.inventory.exchange.planning import ImportRefused, Kind, Plan
from shop.web.staff import access, frame
from shop.web.visitor import say

CHANGES_SHOWN = 500


def _kinds() -> dict[str, tuple[str, str]]:
    return {
        "products": (_("Products"), _("One row for each vial size, with prices and required tests.")),
        "lots": (_("Lots"), _("A new lot starts in quarantine, whatever the file says.")),
        "certificates": (
            _("Certificates"),
            _("One row for each test. A new revision is a draft, and its document has to be kept already."),
        ),
        "counts": (
            _("Stock counts"),
            _("Print or fill in the sheet; what was counted becomes an adjustment with its reason."),
        ),
    }


def show() -> Response:
    """The kinds of rows."""
    with frame.building() as session:
        return frame.page(
            session,
            "exchange",
            section="exchange",
            kinds=[{"name": name, "label": label, "text": text} for name, (label, text) in _kinds().items()],
        )


def as_file(kind: str, format: str) -> Response:
    """An export."""
    found = kinds.kind_named(kind)
    with reading() as session:
        data = kinds.export(session, found, format)
    media = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    response = Response(data, content_type=media)
    name = f"{found.name}-{clock.today().isoformat()}.{format}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def take(kind: str) -> AnyResponse:
    """A dry run of a file that is sent in; nothing is changed yet."""
    found = kinds.kind_named(kind)
    sent = request.files.get("file") if request.method == "POST" else None
    if sent is None:
        return _page(found, None, "", "")
    data = sent.read()
    try:
        with reading() as session:
            plan = planning.plan(session, found, data)
    except Refused as error:
        return _page(found, None, "", str(error))
    return _page(found, plan, files.store().put(data), "")


def carry_out(kind: str) -> AnyResponse:
    """Do what the dry run showed, or nothing."""
    found = kinds.kind_named(kind)
    try:
        data = files.store().get(request.form.get("file", ""))
        plan = planning.carry_out(
            found,
            data,
            actor=access.signed_in_staff().actor,
            expected=request.form.get("plan", "") or "none",
        )
    except ImportRefused as error:
        return _page(found, error.plan, "", str(error))
    except NotFound:
        return _page(found, None, "", _("The file is not here any more. Send it again."))
    except Refused as error:
        return _page(found, None, "", str(error))
    say(ngettext("%(num)s change was made.", "%(num)s changes were made.", len(plan.changes)))
    return redirect(url_for("staff.exchange"), 303)


def _page(kind: Kind, plan: Plan | None, kept: str, refusal: str) -> Response:
    failed = bool(refusal or (plan is not None and plan.problems))
    with frame.building() as session:
        return frame.page(
            session,
            "exchange_kind",
            section="exchange",
            status=400 if failed else 200,
            has_errors=failed,
            kind=kind.name,
            label=_kinds()[kind.name][0],
            text=_kinds()[kind.name][1],
            columns=[column.name for column in kind.columns if not column.told],
            plan=plan,
            changes=plan.changes[:CHANGES_SHOWN] if plan else [],
            kept=kept,
            refusal=refusal,
        )
