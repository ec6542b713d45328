"""Labels of a lot: choose a sheet and where it begins, or take one label as SVG."""

from __future__ import annotations

from flask import Response, request
from wtforms import Form, SelectField
from wtforms.validators import InputRequired

from shop.core.database import reading
from shop.core.errors import NotFound, Refused
from shop.core.language import gettext as _
from shop.inventory import labels, lot_index
from shop.inventory.labels import SHEETS, LabelKind
from shop.web.fields import CountField
from shop.web.staff import frame


class LabelsForm(Form):
    """What to print."""

    sheet = SelectField(_("Sheet"), choices={code: sheet.name for code, sheet in SHEETS.items()})
    count = CountField(_("How many labels"), validators=[InputRequired(_("Enter how many labels to print"))])
    start = CountField(
        _("First free place on the sheet"),
        default=1,
        validators=[InputRequired(_("Enter a place, such as 1"))],
    )


def show(lot: str) -> Response:
    """The form, with the labels as they would look."""
    return _page(lot, LabelsForm(count=SHEETS["a4-65"].places), "")


def as_pdf(lot: str) -> Response:
    """Sheets to print; a query that asks for none leads back to the form."""
    form = LabelsForm(request.args)
    refusal = ""
    if form.validate():
        try:
            with reading() as session:
                found = lot_index.load(session, lot)
                label, number = labels.of_lot(found), found.number
            data = labels.sheet_pdf(
                label, SHEETS[str(form.sheet.data)], count=form.count.data or 0, start=form.start.data or 0
            )
        except NotFound:
            raise
        except Refused as error:
            refusal = str(error)
        else:
            return _file(data, "application/pdf", f"{number}-labels.pdf", inline=False)
    return _page(lot, form, refusal)


def as_svg(lot: str, kind: str) -> Response:
    """One label."""
    if kind not in {each.value for each in LabelKind}:
        raise NotFound(_("There is a label for the vial and one for the box."))
    with reading() as session:
        found = lot_index.load(session, lot)
        label, number = labels.of_lot(found), found.number
    data = labels.single_svg(label, LabelKind(kind))
    return _file(data, "image/svg+xml", f"{number}-{kind}.svg", inline=True)


def _page(lot: str, form: LabelsForm, refusal: str) -> Response:
    with frame.building() as session:
        found = lot_index.load(session, lot)
        try:
            label, impossible = labels.of_lot(found), ""
        except Refused as error:
            label, impossible = None, str(error)
        failed = bool(form.errors or refusal)
        return frame.page(
            session,
            "labels",
            section="lots",
            status=400 if failed else 200,
            has_errors=failed,
            lot=found,
            label=label,
            impossible=impossible,
            form=form,
            refusal=refusal,
        )


def _file(data: bytes, content_type: str, name: str, *, inline: bool) -> Response:
    response = Response(data, content_type=content_type)
    place = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}"'
    # Nothing in a drawing is to act when it is opened by itself.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
