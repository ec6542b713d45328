"""The parts that every page is built from, rendered alone: what they say to browser and screen reader."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace as Plain
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from wtforms import BooleanField, FileField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from shop.education.forest import ForestPlot, Panel, PanelRow, Tick, Undrawn
from shop.inventory.chromatogram import Callout, Plot
from shop.inventory.chromatogram import Tick as AxisTick

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STYLES = ROOT / "static" / "css"
OWN_TEMPLATES = sorted((TEMPLATES / "components").glob("*.html")) + sorted(TEMPLATES.glob("*base.html"))
VOID = {"br", "hr", "img", "input", "link", "meta"}


class Element:
    """A tag with its attributes, its children and its words."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.words: list[str | Element] = []

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", self._raw()).strip()

    def _raw(self) -> str:
        return "".join(part if isinstance(part, str) else part._raw() for part in self.words)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    def all(self, tag: str = "", **wanted: str) -> list[Element]:
        """Descendants in document order, by tag and attribute values (`class_` must be among the classes)."""
        found = []
        for child in self.children:
            if (not tag or child.tag == tag) and all(child._has(k, v) for k, v in wanted.items()):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag: str = "", **wanted: str) -> Element:
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} of <{tag} {wanted}>"
        return found[0]

    def _has(self, name: str, value: str) -> bool:
        actual = self.attributes.get(name.rstrip("_").replace("_", "-")) or ""
        return value in actual.split() if name == "class_" else actual == value


class Tree(HTMLParser):
    """Builds elements and insists that what is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(html)
        self.close()
        assert len(self.open) == 1, f"<{self.open[-1].tag}> is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        self.open[-1].words.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].words.append(data)


@cache
def environment(pages: tuple[str, ...] | None = None, is_demo: bool = True) -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: message, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    env.globals.update(
        asset=lambda path: f"/static/v1/{path}",
        url_for=lambda endpoint, **_: f"/to/{endpoint}",
        page_exists=lambda endpoint: pages is None or endpoint in pages,
        shop=Plain(name="Aliquot", contact_email="help@aliquot.example", is_demo=is_demo, placement="beside"),
        csrf_input=lambda: Markup('<input type="hidden" name="token" value="t">'),
        money=lambda minor, currency: f"{currency} {minor / 100:.2f}",
    )
    env.filters.update(
        date=lambda day: f"{day:%d %b %Y}",
        datetime_utc=lambda time: f"{time:%d %b %Y, %H:%M} UTC",
        number=lambda number: f"{number:,}",
    )
    return env


ENV = environment()


def page(source: str, **values: Any) -> Element:
    return Tree(ENV.from_string(source).render(values)).root


def part(file: str, call: str, **values: Any) -> Element:
    """One macro of a component file, called as a template would."""
    name = call.split("(")[0]
    return page(f'{{% from "components/{file}.html" import {name} %}}{{{{ {call} }}}}', **values)


def wrapped(file: str, call: str, body: str, **values: Any) -> Element:
    """One macro with a body, as `{% call %}` gives it."""
    name = call.split("(")[0]
    return page(
        f'{{% from "components/{file}.html" import {name} %}}{{% call {call} %}}{body}{{% endcall %}}',
        **values,
    )


def described(root: Element, control: Element) -> str:
    """The words that assistive technology adds to a control."""
    return " ".join(root.one(id=id).text for id in control["aria-describedby"].split())


class Submitted(dict[str, str]):
    def getlist(self, name: str) -> list[str]:
        return [self[name]] if name in self else []


class Questions(Form):
    postcode = StringField(
        "Postcode", [InputRequired("Enter a postcode in the form 1234 AB"), Length(max=10)]
    )
    phone = StringField("Phone", [Optional()])
    purpose = SelectField(
        "What is it for?",
        [InputRequired("Select what the material is for")],
        choices={"": "Select one", "assay": "Assay"},
    )
    method = RadioField(
        "How will you pay?",
        [InputRequired("Choose how you will pay")],
        choices={"card": "Card", "order": "Purchase order"},
    )
    note = TextAreaField("Goods-in instructions", [Optional()])
    paper = FileField("Purchase order, PDF", [Optional()])
    agreed = BooleanField("We accept the terms", [InputRequired("Accept the terms")])


@pytest.fixture
def untouched() -> Questions:
    return Questions()


@pytest.fixture
def failed() -> Questions:
    form = Questions(Submitted(postcode="", purpose=""))
    assert not form.validate()
    return form


def test_a_field_ties_its_label_and_hint_to_its_control(untouched: Questions) -> None:
    root = part(
        "forms", 'text_field(f, "Only for the carrier", "mid", autocomplete="tel")', f=untouched.phone
    )
    control = root.one("input")
    assert root.one("label")["for"] == control["id"] == "phone"
    assert root.one("label").text == "Phone (optional)"
    assert described(root, control) == "Only for the carrier"
    assert control["class"] == "input mid"
    assert control["autocomplete"] == "tel"
    assert "aria-invalid" not in control


def test_a_field_without_hint_or_error_points_at_no_description(untouched: Questions) -> None:
    control = part("forms", "text_field(f)", f=untouched.postcode).one("input")
    assert "aria-describedby" not in control
    assert "required" not in control
    assert control["maxlength"] == "10"


@pytest.mark.parametrize(
    ("macro", "name", "tag"),
    [
        ("text_field", "postcode", "input"),
        ("select_field", "purpose", "select"),
        ("checkbox", "agreed", "input"),
    ],
)
def test_an_error_is_read_with_the_control_it_belongs_to(
    failed: Questions, macro: str, name: str, tag: str
) -> None:
    root = part("forms", f'{macro}(f, "A hint")', f=failed[name])
    control = root.one(tag)
    error = root.one("p", class_="errmsg")
    assert error.text == f"Error: {failed[name].errors[0]}"
    assert error["id"] in control["aria-describedby"].split()
    assert "A hint" in described(root, control)
    assert control["aria-invalid"] == "true"
    assert root.one("div", class_="field")["class"] == "field err"


def test_the_error_stands_between_hint_and_control(failed: Questions) -> None:
    field = part("forms", 'text_field(f, "A hint")', f=failed.postcode).one("div", class_="field")
    assert [child.tag + "." + (child.attributes.get("class") or "") for child in field.children] == [
        "label.",
        "p.hint",
        "p.errmsg",
        "input.input",
    ]


def test_what_was_typed_is_kept_and_escaped() -> None:
    form = Questions(Submitted(postcode='"><script>'))
    assert part("forms", "text_field(f)", f=form.postcode).one("input")["value"] == '"><script>'


def test_a_group_of_radios_is_named_described_and_marked_invalid(failed: Questions) -> None:
    root = part(
        "forms", 'radios(f, "You can change this later", {"order": "Held for 10 days"})', f=failed.method
    )
    group = root.one("fieldset", role="radiogroup")
    assert group.one("legend").text == "How will you pay?"
    assert described(root, group) == "You can change this later Error: Choose how you will pay"
    assert group["aria-invalid"] == "true"
    assert [label.text for label in group.all("label")] == ["Card", "Purchase orderHeld for 10 days"]
    assert [label.one("input")["value"] for label in group.all("label")] == ["card", "order"]


def test_textarea_and_file_field_take_their_own_attributes(untouched: Questions) -> None:
    assert part("forms", "textarea_field(f, rows=6)", f=untouched.note).one("textarea")["rows"] == "6"
    paper = part("forms", 'file_field(f, accept="application/pdf")', f=untouched.paper).one("input")
    assert (paper["type"], paper["accept"]) == ("file", "application/pdf")


def test_the_error_summary_leads_to_the_first_control_of_each_error(failed: Questions) -> None:
    source = """{% import "components/forms.html" as forms %}
    {{ forms.error_summary(form, [("c3-y", "Answer statement 3"), ("", "The price has changed")]) }}
    {{ forms.text_field(form.postcode) }}{{ forms.select_field(form.purpose) }}
    {{ forms.radios(form.method) }}{{ forms.checkbox(form.agreed) }}"""
    root = page(source, form=failed)
    summary = root.one("div", role="alert")
    assert "autofocus" in summary and summary["tabindex"] == "-1"
    assert summary.one("h2").text == "There is a problem"
    targets = [link["href"] for link in summary.all("a")]
    assert targets == ["#postcode", "#purpose", "#method-0", "#agreed", "#c3-y"]
    for target in targets[:4]:
        assert root.one(id=target[1:]).tag in ("input", "select")
    said = {message.text.removeprefix("Error: ") for message in root.all("p", class_="errmsg")}
    assert said == {link.text for link in summary.all("a")} - {"Answer statement 3"}
    assert summary.all("li")[-1].text == "The price has changed"


def test_no_error_no_summary(untouched: Questions) -> None:
    assert not part("forms", "error_summary(form)", form=untouched).children


def test_a_clause_selects_nothing_in_advance_and_keeps_an_answer() -> None:
    root = part("checkout", 'clause("c1", "Laboratory research only", "Everything in this order …")')
    assert [radio["value"] for radio in root.all("input")] == ["yes", "no"]
    assert not [radio for radio in root.all("input") if "checked" in radio]
    again = part("checkout", 'clause("c1", "Title", "Text", "no")')
    assert [radio["value"] for radio in again.all("input") if "checked" in radio] == ["no"]


def test_an_unanswered_clause_says_so_at_the_statement() -> None:
    root = part("checkout", 'clause("c3", "Title", "Text", "", "Answer statement 3")')
    group = root.one("fieldset")
    assert described(root, group) == "Error: Answer statement 3"
    assert group["aria-invalid"] == "true"
    assert root.one(id="c3-y")["type"] == "radio"


def test_the_stepper_links_done_steps_and_marks_the_current_one() -> None:
    root = part("checkout", 'checkout_steps("research_use", ["contact", "delivery", "payment"])')
    assert [link.text for link in root.all("a")] == ["Contact", "Delivery", "Payment"]
    assert root.one("li", aria_current="step").text == "Research use (current step)"
    assert root.all("li")[-1].text == "Review" and not root.all("li")[-1].all("a")


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        ("released", "Released", "badge ok"),
        ("retest_soon", "Retest in 21 days", "badge warn"),
        ("retest_overdue", "Retest overdue", "badge"),
        ("expired", "Expired", "badge"),
        ("quarantine", "Quarantine", "badge hold"),
        ("on_hold", "On hold", "badge hold"),
        ("recalled", "Recalled", "badge bad"),
        ("rejected", "Rejected", "badge bad"),
        ("sold_out", "Sold out", "badge"),
    ],
)
def test_each_state_of_a_lot_is_an_icon_and_a_word(state: str, word: str, tone: str) -> None:
    badge = part("badge", "lot_badge(state, 21)", state=state).one("span")
    assert (badge.text, badge["class"]) == (word, tone)
    assert badge.one("svg")["aria-hidden"] == "true"


def test_one_day_is_singular() -> None:
    assert part("badge", 'lot_badge("retest_soon", 1)').text == "Retest in 1 day"


@pytest.mark.parametrize(
    "name",
    [
        "Semax",
        "Kisspeptin derivative",
        "Thymosin alpha-1",
        "Cerebrolysin-type preparation",
        "Angiotensin II, human, " * 2 + "acetate",
    ],
)
def test_the_name_on_a_vial_fits_its_label(name: str) -> None:
    drawing = part("vial", 'vial(name, "10 mg", detail="full")', name=name)
    lines = [text for text in drawing.all("text") if text.text and text.text in name]
    assert " ".join(line.text for line in lines) == name.strip()
    for line in lines:
        size = float(line["font-size"])
        assert size * 0.5 * len(line.text) <= 145
        assert float(line["y"]) - size * 0.7 > 179
        assert float(line["y"]) <= 235 - 19 * 0.7


def test_a_vial_prints_what_the_record_says() -> None:
    full = part(
        "vial",
        'vial("Semax", "10 mg", "neu", "NO-0107", "SMX-2609-B", "Store at 5 °C", "full", title="A vial")',
    )
    words = [text.text for text in full.all("text")]
    assert words[1:] == ["10 mg", "Cat. NO-0107", "Lot SMX-2609-B", "Store at 5 °C", "FOR RESEARCH USE ONLY"]
    assert full.one("svg")["role"] == "img" and full.one("svg")["aria-label"] == "A vial"
    assert full.one("svg")["class"] == "vial cat-neu"


def test_a_vial_without_title_is_decoration_and_may_be_marked_specimen() -> None:
    mini = part("vial", 'vial("SMX", "10 mg", specimen=True)')
    assert mini.one("svg")["aria-hidden"] == "true"
    assert "SPECIMEN" in [text.text for text in mini.all("text")]
    assert "SPECIMEN" not in part("vial", 'vial("SMX", "10 mg")').text


def drawn(**changes: Any) -> PanelRow:
    row = {
        "record": "r1", "source": "s1", "label": "Death", "detail": "14 trials", "text": "0.86 (0.68–1.09)",
        "estimate_at": 39.1, "lower_at": 22.2, "upper_at": 56.2, "clipped_low": False, "clipped_high": False,
        "pooled": False, "includes_null": True,
    }  # fmt: skip
    return PanelRow(**{**row, **changes})


def forest(*rows: PanelRow, undrawn: tuple[Undrawn, ...] = ()) -> Element:
    ticks = (Tick(text="0.5", at=0.0), Tick(text="1", at=50.0), Tick(text="2", at=100.0))
    panel = Panel(
        key="rr", caption="Risk ratio", note="1 is no difference", log=True, low=0.5, high=2, null=1,
        null_at=50.0, ticks=ticks, left_label="Favours A", right_label="Favours B", rows=rows,
    )  # fmt: skip
    plot = ForestPlot(compound="A", panels=(panel,) if rows else (), undrawn=undrawn)
    return part("forest", 'forest_figure("Takeaway", "Read with care", plot)', plot=plot)


def test_a_forest_row_is_hollow_only_when_its_interval_includes_no_difference() -> None:
    assert forest(drawn()).all("tr", class_="fp-open")
    assert not forest(drawn(includes_null=False)).all("tr", class_="fp-open")


def test_pooled_trials_are_diamonds_and_single_trials_squares() -> None:
    assert forest(drawn(pooled=True)).one("path", class_="fp-m")["d"].startswith("M-7 0")
    assert forest(drawn()).one("path", class_="fp-m")["d"].startswith("M-5-5H5")


def test_an_interval_and_its_estimate_stand_where_the_plot_says() -> None:
    row = forest(drawn()).one("tr", class_="fp-open")
    line = row.one("line", class_="fp-ci")
    assert (line["x1"], line["x2"]) == ("22.2%", "56.2%")
    assert "39.1%" in [svg.attributes.get("x") for svg in row.all("svg")]
    assert [line["x1"] for line in row.all("line", class_="fp-grid")] == ["0.0%", "100.0%"]


def test_an_interval_beyond_the_panel_is_cut_with_an_arrow_at_that_edge() -> None:
    assert not forest(drawn()).all("path", class_="fp-cut")
    left = forest(drawn(clipped_low=True, lower_at=0.0)).one("path", class_="fp-cut")
    right = forest(drawn(clipped_high=True, upper_at=100.0)).one("path", class_="fp-cut")
    assert left["d"].startswith("M7-5") and right["d"].startswith("M-7-5")


def test_a_result_without_interval_is_named_with_the_reason_and_not_drawn() -> None:
    row = Undrawn(
        record="r2",
        source="s2",
        label="Cognition",
        detail="46 people",
        text="MW 0.69",
        reason="No interval published.",
    )
    figure = forest(undrawn=(row,))
    table = figure.one("table")
    assert not table.all("svg")
    assert table.one("caption").text.startswith("No interval published")
    assert [cell.text for cell in table.all("tr")[1].children] == ["Cognition46 people", "MW 0.69"]


def test_the_forest_table_hides_the_drawing_and_keeps_the_numbers() -> None:
    figure = forest(drawn())
    row = figure.one("tr", class_="fp-open")
    assert [cell.text for cell in row.children if cell.attributes.get("aria-hidden") != "true"] == [
        "Death14 trials",
        "0.86 (0.68–1.09)",
    ]
    assert figure.one("figure")["aria-labelledby"] == figure.one("h3")["id"]


def finding(**changes: Any) -> Plain:
    row = {
        "anchor": "r-death", "outcome": "Death", "population": "", "direction": "unfavourable",
        "mark": "No clear benefit", "preclinical": "", "result": "RR 0.86", "interval": "0.68 to 1.09",
        "source": "Meta-analysis", "refs": [3], "remark": "", "facts": [],
    }  # fmt: skip
    return Plain(**{**row, **changes})


def test_the_evidence_table_says_direction_in_words_and_cites_its_source() -> None:
    root = part("evidence", 'evidence_table("Findings", "", rows)', rows=[finding(remark="Source not seen")])
    assert root.one("th", scope="row").text == "DeathNo clear benefit"
    assert root.one("a")["href"] == "#ref-3" and root.one("a")["aria-label"] == "Source 3"
    assert "Source not seen" in root.text
    assert [head.text for head in root.all("th", scope="col")][1] == "Result (95% CI)"


def test_tables_that_stack_keep_their_roles_and_repeat_their_heads() -> None:
    root = part("evidence", 'evidence_table("Findings", "", rows)', rows=[finding()])
    assert root.one("table")["role"] == "table"
    assert {row["role"] for row in root.all("tr")} == {"row"}
    assert [cell["data-l"] for cell in root.all("td")] == ["Result", "Source"]


def test_a_reading_without_a_finding_says_so() -> None:
    columns = [Plain(text=text, rests_on=()) for text in ("Arm recovery.", "", "Survival.")]
    root = part("evidence", 'reading("Mixed", *columns)', columns=columns)
    texts = [block.one("p").text for block in root.one("section").children[1:]]
    assert texts == ["Arm recovery.", "No finding of this kind in the sources.", "Survival."]


def test_a_reading_names_its_question_and_links_the_rows_it_rests_on() -> None:
    found = Plain(text="Arm recovery.", rests_on=[("r-arat", "ARAT, day 90, CARS")])
    nothing = Plain(text="", rests_on=[])
    root = part(
        "evidence",
        'reading("Mixed", found, nothing, nothing, "/how", "on recovery after stroke")',
        found=found,
        nothing=nothing,
    )
    assert "on recovery after stroke" in root.one("div", class_="verdict").text
    assert root.one("summary").text == "Rests on 1 result"
    assert root.one("li").one("a")["href"] == "#r-arat"


def test_a_row_has_an_address_and_holds_its_full_record() -> None:
    facts = [("Studied material", "A trial medicine"), ("Verified by", "nobody yet")]
    row = finding(population="adults", preclinical="Preclinical", facts=facts)
    root = part("evidence", 'evidence_table("Findings", "", rows)', rows=[row])
    assert root.all("tr")[1]["id"] == "r-death"
    assert root.one("details").text == "Full recordStudied materialA trial medicineVerified bynobody yet"
    assert "adults" in root.one("th", scope="row").text and "Preclinical" in root.one("th", scope="row").text


def test_where_records_are_pages_a_row_leads_to_its_own() -> None:
    row = finding(record="death", facts=[("Verified by", "nobody yet")])
    root = part("evidence", 'evidence_table("Findings", "", rows, records_at="/m/records/")', rows=[row])
    assert not root.all("details") and "nobody yet" not in root.text
    assert root.one("a", class_="xs")["href"] == "/m/records/death"


def test_a_retracted_source_is_struck_through_and_named() -> None:
    item = Plain(text="A trial", url="", link="", retracted="Retracted in 2020")
    root = part("evidence", "sources([item])", item=item)
    assert root.one("s").text == "A trial" and "Retracted in 2020" in root.one("li", id="ref-1").text


def test_figures_of_stat_cards_carry_what_they_measure() -> None:
    card = Plain(
        figure="No clear benefit", label="Survival", detail="7 trials", refs=[5], is_word=True, anchor="r-1"
    )
    item = part("evidence", "stat_cards([card])", card=card).one("li")
    assert item.one("b")["class"] == "word" and "7 trials" in item.text and item.all("a")[1].text == "5"
    assert item.one("a", class_="l")["href"] == "#r-1"


def listed(**changes: Any) -> Plain:
    row = {
        "name": "Semax", "url": "/products/semax", "label": "SMX", "amount": "10 mg", "field": "noo",
        "field_name": "Nootropics", "sequence": "MEHFPGP", "sequence_note": "",
        "facts": [("CAS", "80714-61-0")],
        "state": "COA 2 Oct 2026", "state_kind": "ok", "quality": "99.2% by HPLC", "price_from": 4600,
        "currency": "USD", "available": True,
    }  # fmt: skip
    return Plain(**{**row, **changes})


def test_a_product_row_is_one_link_and_hides_its_drawing() -> None:
    root = part("products", "product_row(p)", p=listed())
    assert [link["href"] for link in root.all("a")] == ["/products/semax"]
    assert root.one("p", class_="pr").text == "fromUSD 46.00"
    assert root.one("svg", class_="vial")["aria-hidden"] == "true"


def test_an_unavailable_product_says_so_in_place_of_a_price() -> None:
    root = part("products", "product_row(p)", p=listed(price_from=None, available=False, sequence=""))
    assert root.one("p", class_="pr").text == "Unavailable"
    assert root.one("li")["class"] == "item off"


def test_a_size_out_of_stock_cannot_be_chosen_and_says_why() -> None:
    options = [
        Plain(value="10", label="10 mg", text="USD 46.00", available=True, chosen=True),
        Plain(value="30", label="30 mg", text="Out of stock", available=False, chosen=False),
    ]
    root = part("products", 'size_options(options, "Net peptide per vial")', options=options)
    assert root.one("legend").text == "Net peptide per vial"
    ten, thirty = root.all("input")
    assert "checked" in ten and "disabled" not in ten
    assert "disabled" in thirty and "Out of stock" in root.all("label")[1].text


def test_the_quantity_is_capped_at_the_stock_of_the_lot() -> None:
    root = part("products", 'quantity(84, 90, error="Only 84 are left")')
    field = root.one("input")
    assert (field["min"], field["max"], field["value"]) == ("1", "84", "90")
    assert root.one("label")["for"] == field["id"]
    assert described(root, field) == "Error: Only 84 are left"
    assert root.one("button").text == "Add to cart"


def test_lots_name_their_state_and_link_only_certificates_that_exist() -> None:
    lots = [
        Plain(number="SMX-2609-B", state="released", days=None, purity="99.2%", retest_by="Sep 2028",
              url="/coa/x", certificate="18 Sep 2026", remark=""),
        Plain(number="SMX-2610-A", state="quarantine", days=None, purity="–", retest_by="–", url="",
              certificate="Identity test pending", remark=""),
    ]  # fmt: skip
    root = part("products", "lots_table(lots)", lots=lots)
    assert [link["href"] for link in root.all("a")] == ["/coa/x"]
    assert [head.text for head in root.all("th", scope="row")] == ["SMX-2609-B", "SMX-2610-A"]
    assert "Identity test pending" in root.text
    line = part(
        "products", 'lot_line("SMX-2609-B", "released", [("Purity", "99.2%")], "/coa/x", "84 in stock")'
    )
    assert line.one("dl").text == "Purity99.2%" and "Released" in line.text
    card = wrapped("products", 'lot_card("SMX-1", "recalled", [("Reason", "Label")], off=True)', "Notice")
    assert card.one("article")["class"] == "lotcard off" and card.one("p").text == "Notice"


def facet_options(count: int) -> list[Plain]:
    return [Plain(value=f"{n}", label=f"{n} mg", count=n, checked=n == 2, field="") for n in range(count)]


def test_facets_are_a_get_form_that_keeps_what_was_ticked() -> None:
    groups = [
        Plain(legend="Field", kind="checkbox", name="field",
              options=[Plain(value="noo", label="Nootropics", count=None, checked=False, field="noo")]),
        Plain(legend="Vial", kind="checkbox", name="size", options=facet_options(10)),
        Plain(legend="Molar mass", kind="range", lower=Plain(name="from", label="From", value="1"),
              upper=Plain(name="to", label="To", value="")),
    ]  # fmt: skip
    root = part("products", 'facets(groups, "/products", 2, [("sort", "name")])', groups=groups)
    form = root.one("form")
    assert (form["method"], form["action"]) == ("get", "/products")
    assert form.all("summary")[0].text == "Filters (2 applied)"
    assert form.all("summary")[1].text == "Show all 10"
    assert [box["value"] for box in form.all("input", type="checkbox") if "checked" in box] == ["2"]
    assert form.one("input", type="hidden")["name"] == "sort"
    for end in ("from", "to"):
        assert form.one("label", for_=end).text and form.one(id=end)
    assert "cat-noo" in form.all("label")[0]["class"]


def test_applied_filters_can_be_removed_one_by_one_or_together() -> None:
    root = part("products", 'chips([("10 mg", "/products")], "/products?all")')
    assert [link.text for link in root.all("a")] == ["10 mg ×, remove", "Clear all"]
    assert not part("products", 'chips([], "/")').children


def test_the_sort_order_has_its_own_button() -> None:
    options = [
        Plain(value="name", label="Name", chosen=False),
        Plain(value="price", label="Price", chosen=True),
    ]
    root = part("products", 'sort_form("/products", options, "28 products match")', options=options)
    assert root.one("label")["for"] == root.one("select")["id"]
    assert [option.text for option in root.all("option") if "selected" in option] == ["Price"]
    assert root.one("button").text == "Sort"


def ordered(**changes: Any) -> Plain:
    line = {
        "key": "7", "name": "Semax", "url": "/products/semax", "size": "10 mg", "label": "SMX",
        "field": "noo", "lots": ["SMX-2609-B"],
        "quantity": 2, "maximum": 84, "unit_price": 4600, "total": 9200, "error": "",
        "notice": "",
    }  # fmt: skip
    return Plain(**{**line, **changes})


def test_the_order_summary_names_lots_and_says_what_is_not_charged() -> None:
    charges = [
        Plain(label="Subtotal", amount=9200, text=""),
        Plain(label="Tax", amount=None, text="Not charged"),
    ]
    root = part(
        "checkout", 'order_summary([line], charges, 9200, "USD", 2, "/cart")', line=ordered(), charges=charges
    )
    assert root.one("summary").text == "Your order: 2 vials, USD 92.00"
    assert "2 vials, lot SMX-2609-B" in root.one("li").text
    assert root.one("dl").text == "SubtotalUSD 92.00TaxNot chargedTotalUSD 92.00"


def test_a_line_of_the_cart_names_the_product_in_every_control() -> None:
    root = part("checkout", 'cart_line(line, "USD")', line=ordered(error="Only 1 is left"))
    field = root.one("input")
    assert root.one("label", for_=field["id"]).text == "Quantity of Semax, 10 mg"
    assert described(root, field) == "Error: Only 1 is left"
    assert root.one("button").text == "Remove Semax, 10 mg" and root.one("button")["value"] == "7"


def test_check_answers_says_what_each_change_link_changes() -> None:
    rows = [
        Plain(key="Contact", value="Ilse Brandsma", url="/checkout/contact", subject="contact"),
        Plain(key="Statement", value="RU-4", url="", subject=""),
    ]
    root = part("checkout", "check_answers(rows)", rows=rows)
    assert [link.text for link in root.all("a")] == ["Change contact"]


def test_the_confirmation_gives_the_number_first() -> None:
    root = wrapped("checkout", 'confirmation("Order placed", "Your order number is", "10482")', "<p>Next</p>")
    assert [p.text for p in root.all("p")] == ["Your order number is", "10482", "Next"]


def test_callout_toast_and_empty_state_say_what_and_why() -> None:
    callout = wrapped("page", 'callout("Numbers check", "warn")', "<p>0.002</p>").one("div")
    assert callout["class"] == "callout warn" and callout.one("h3").text == "Numbers check"
    assert "role" not in callout
    assert wrapped("page", 'callout("Now", alert=True)', "<p>x</p>").one("div")["role"] == "status"
    toast = part("page", 'toast("Added", "/cart", "View cart")').one("div", role="status")
    assert toast.one("a").text == "View cart"
    assert not part("page", "notices([])").children
    empty = wrapped("page", 'empty_state("No products match", "Nothing has both.")', '<a href="/">Clear</a>')
    assert [p.text for p in empty.all("p")] == ["Nothing has both.", "Clear"]


def test_the_property_table_escapes_what_it_is_given() -> None:
    root = part("page", 'props([("Mass", value), ("CAS", "1-2-3", "(free base)")])', value="<b>813</b>")
    assert root.all("dd")[0].text == "<b>813</b>" and not root.all("b")
    assert root.all("dd")[1].text == "1-2-3 (free base)"


def test_pagination_marks_the_page_shown_and_gives_the_range_in_words() -> None:
    links = [
        Plain(label="1", url="/p", current=True),
        Plain(label="…", url="", current=False),
        Plain(label="40", url="/p?page=40", current=False),
    ]
    root = part("page", 'pagination(1, 30, 1200, links, next_url="/p?page=2")', links=links)
    assert root.one("p").text == "1 to 30 of 1,200"
    assert root.one("a", aria_current="page").text == "Page 1"
    assert root.one("a", rel="next").text == "Next"
    assert len(root.all("a")) == 3


def test_breadcrumbs_steps_entries_and_documents_are_lists() -> None:
    crumbs = part("page", 'breadcrumbs([("Products", "/products")])').one("nav", aria_label="Breadcrumb")
    assert crumbs.one("a")["href"] == "/products"
    steps = part("page", "steps_list([s])", s=Plain(title="Add solvent", text="It wets the cake."))
    assert steps.one("ol").one("li").text == "Add solventIt wets the cake."
    entry = part("page", 'entry("Semax", "/e", "A peptide", ["8 sources"], "Mixed")').one("li")
    assert "Evidence reading: Mixed" in entry.text and entry.one("h3").one("a").text == "Semax"
    assert part("page", 'document_link("SDS", "/sds.pdf", "PDF, 188 KB")').one("a").text == "SDS"
    contents = part("evidence", 'toc([("what", "What it is"), ("why", "Why")])')
    assert contents.one("a", aria_current="true")["href"] == "#what"


def test_the_finder_explains_an_unknown_lot_at_its_field() -> None:
    root = part(
        "page", 'search_box("/coa", "lot", "Lot number", "Find", "X", "", "On the label", "Unknown lot")'
    )
    field = root.one("input")
    assert root.one("label")["for"] == field["id"] and field["value"] == "X"
    assert described(root, field) == "On the label Error: Unknown lot"


def test_a_certificate_prints_limit_result_and_outcome_in_words() -> None:
    test = Plain(name="Purity", method="RP-HPLC", limit="≥ 98.0%", result="97.1%", outcome="fails", note="")
    row = part("certificate", "test_table([test])", test=test).all("tr")[1]
    assert [cell.text for cell in row.children] == ["Purity", "RP-HPLC", "≥ 98.0%", "97.1%", "Does not meet"]
    assert part("certificate", 'facts_row([("Issued", "18 Sep 2026")])').one("dd").text == "18 Sep 2026"
    steps = [Plain(text="Retest due", date=datetime(2028, 9, 18, tzinfo=UTC), done=False)]
    assert part("certificate", "lot_history(steps)", steps=steps).one("li")["class"] == "next"


def test_a_chromatogram_has_a_description_and_labels_its_peaks() -> None:
    tick = AxisTick(position=252.0, label="0")
    plot = Plot(
        view_box="0 -14 720 296", left=44.0, right=712.0, top=14.0, bottom=252.0, x_ticks=(tick,),
        y_ticks=(tick,), line="M0 0", area="M0 0z", callouts=(
            Callout(x=439.5, y=28.0, anchor="end", minute="11.84", share="99.2", leader=""),
            Callout(x=398.0, y=250.0, anchor="start", minute="10.62", share="0.4", leader="M0 0"),
        ),
    )  # fmt: skip
    words = "One sharp peak at 11.84 minutes"
    drawing = part("certificate", "chromatogram(plot, words)", plot=plot, words=words).one("svg", role="img")
    assert drawing["aria-label"] == "One sharp peak at 11.84 minutes"
    assert drawing.one("text", class_="lb").text == "11.84 min, 99.2%" and "10.62 min, 0.4%" in drawing.text


def pick(**changes: Any) -> Plain:
    line = {
        "number": 1, "value": "11", "name": "Semax, 10 mg", "note": "Retest by Sep 2028", "bin": "F2-C-04",
        "lot": "SMX-2609-B", "quantity": 2, "picked": True, "picked_vials": 2, "stopped": False,
        "state": "Attached", "state_kind": "ok", "url": "", "action": "",
    }  # fmt: skip
    return Plain(**{**line, **changes})


def test_a_pick_list_names_each_checkbox_and_stops_held_lines() -> None:
    held = pick(number=2, picked=False, picked_vials=0, stopped=True, url="/choose", action="Choose lot")
    root = part("staff", "pick_list([zone])", zone=Plain(name="Freezer F2", lines=[pick(), held]))
    first, second = root.all("input")
    assert (first["aria-label"], first["form"], "checked" in first) == ("Line 1 picked", "pack", True)
    assert (second["aria-label"], "disabled" in second) == ("Line 2 can’t be picked", True)
    assert root.one("a").text == "Choose lot" and root.one("th", scope="rowgroup").text == "Freezer F2"
    partly = part(
        "staff", "pick_list([zone])", zone=Plain(name="Z", lines=[pick(picked=False, picked_vials=1)])
    )
    assert "1 of 2 picked" in partly.text


def test_the_scan_field_posts_with_the_token_and_says_what_is_wrong() -> None:
    root = part("staff", 'scan_form("/scan", error="That is EPI-2606-C")')
    assert root.one("form")["method"] == "post" and root.one("input", type="hidden")["name"] == "token"
    assert [label["for"] for label in root.all("label")] == [
        root.one(id=each)["id"] for each in ("scan", "scan-n")
    ]
    assert described(root, root.one(id="scan")) == "Error: That is EPI-2606-C"


def test_an_index_table_is_named_can_be_scrolled_by_key_and_repeats_its_heads() -> None:
    source = """{% from "components/staff.html" import index_table, row_head, cell %}
    {% call index_table("Orders to pack", ["Order", "Vials"], [1]) %}
    <tr role="row">{{ row_head("10482") }}{{ cell("Vials", 6, True) }}</tr>{% endcall %}"""
    root = page(source)
    region = root.one("div", role="region")
    assert (region["aria-label"], region["tabindex"]) == ("Orders to pack, table", "0")
    assert root.one("td")["data-l"] == "Vials" and root.one("td")["class"] == "n"
    assert root.one("th", scope="row").text == "10482"


def test_panels_heads_views_work_key_values_and_log_show_what_they_get() -> None:
    panel = wrapped("staff", 'panel("Payment", "pay", "Paid")', "<p>x</p>").one("section")
    assert panel["aria-labelledby"] == panel.one("h2")["id"] == "pay"
    assert not wrapped("staff", 'panel("Lines", "l", flush=True)', "<p>x</p>").all("div", class_="in")
    head = wrapped("staff", 'staff_head("Order 1", "Placed", ["b"])', '<a href="/">Print</a>')
    assert head.one("h1").text == "Order 1 b" and head.one("a").text == "Print"
    link = Plain(label="To pack", url="/o", current=True, count=4)
    assert part("staff", "views([link])", link=link).one("a", aria_current="page").text == "To pack 4"
    item = Plain(count=2, label="lots waiting", url="/l", urgent=True)
    assert part("staff", "work_list([item])", item=item).one("b")["class"] == "hot"
    assert part("staff", 'kv([("Statement", "RU-4")])').one("dd").text == "RU-4"
    event = Plain(time=datetime(2026, 11, 22, 9, 14, tzinfo=UTC), text="Placed")
    log = part("staff", "log([event])", event=event)
    assert log.one("time")["datetime"] == "2026-11-22T09:14:00+00:00" and "09:14 UTC" in log.text


def base(name: str, pages: tuple[str, ...] | None = None, **values: Any) -> Element:
    blocks = "{% block title %}Semax{% endblock %}{% block main %}<h1>Semax</h1>{% endblock %}"
    html = environment(pages).from_string(f'{{% extends "{name}" %}}{blocks}').render(locale="en", **values)
    return Tree(html.replace("<!doctype html>", "")).root


@pytest.mark.parametrize("name", ["base.html", "checkout_base.html", "staff_base.html"])
def test_every_page_is_headed_by_the_research_use_line(name: str) -> None:
    root = base(name)
    line = "For laboratory research use only. Not for human or veterinary use."
    assert root.one("header").one("p", class_="ruo").text == line
    assert root.one("html")["lang"] == "en"
    assert root.one("meta", name="color-scheme")["content"] == "light dark"
    assert root.one("main")["id"] == "main" and root.one("a", class_="skip")["href"] == "#main"
    assert [link["href"] for link in root.all("link", rel="preload")] == [
        "/static/v1/fonts/public-sans-latin-wght-normal.woff2"
    ]


def test_an_error_is_the_first_word_of_the_title() -> None:
    assert base("base.html").one("title").text == "Semax – Aliquot"
    assert base("checkout_base.html", has_errors=True).one("title").text == "Error: Semax – Aliquot checkout"
    assert base("staff_base.html").one("title").text == "Semax – Aliquot staff"


def test_a_link_exists_only_when_its_page_does() -> None:
    root = base("base.html", pages=("storefront.products", "storefront.page_contact"))
    targets = {link["href"] for link in root.one("body").all("a") if link["href"].startswith("/to/")}
    assert targets == {"/to/storefront.home", "/to/storefront.products", "/to/storefront.page_contact"}
    assert "Account" not in root.text
    assert "Account" in base("base.html", pages=("account.home",)).text


def test_the_section_is_marked_in_the_main_navigation() -> None:
    nav = base("base.html", section="guides").one("nav", aria_label="Main")
    assert nav.one("a", aria_current="true").text == "Guides"
    assert not base("base.html").one("nav", aria_label="Main").all("a", aria_current="true")


def test_a_public_page_holds_nothing_of_one_visitor() -> None:
    root = base("base.html")
    assert root.one("span", class_="count").text == ""
    assert not root.all("input", type="hidden")


def test_structured_data_cannot_close_its_own_element() -> None:
    root = base(
        "base.html", json_ld={"name": "</script><b>"}, canonical="https://shop.example/x", robots="noindex"
    )
    assert "</script" not in root.one("script", type="application/ld+json").text
    assert root.one("link", rel="canonical")["href"] == "https://shop.example/x"
    assert root.one("meta", name="robots")["content"] == "noindex"


def test_private_pages_ask_not_to_be_indexed() -> None:
    for name in ("checkout_base.html", "staff_base.html"):
        assert base(name).one("meta", name="robots")["content"] == "noindex"


def test_the_demo_line_is_printed_only_by_a_demo_shop() -> None:
    line = "Demonstration shop: prices, lots, people, laboratories and test results are specimens."
    assert line in base("base.html").one("footer").text
    assert line in base("checkout_base.html").one("footer").text
    assert line not in environment(is_demo=False).get_template("base.html").render(locale="en")


def test_the_checkout_offers_one_way_back_and_draws_vials() -> None:
    root = base("checkout_base.html")
    assert [link.text for link in root.one("header").all("a")] == ["Aliquot", "Back to cart"]
    assert root.one("svg", class_="v-defs") and not root.all("nav")


def test_staff_who_are_signed_in_get_the_navigation_with_what_is_waiting() -> None:
    root = base(
        "staff_base.html", staff_name="R. Lindqvist", section="orders", work_counts={"orders": 14, "lots": 3}
    )
    nav = root.one("nav", aria_label="Staff")
    assert nav.one("a", aria_current="true").text == "Orders 14"
    assert nav.one("span", class_="hot").text == "3"
    assert nav.one("form")["action"] == "/to/staff.sign_out" and nav.one("input", type="hidden")
    assert "R. Lindqvist" in nav.text
    assert root.all("link", rel="stylesheet")[-1]["href"] == "/static/v1/css/staff.css"
    assert not base("staff_base.html").all("nav")


def test_notices_are_printed_as_status_lines() -> None:
    notice = Plain(text="Order 10481 is packed", url="", link="")
    for name in ("base.html", "checkout_base.html", "staff_base.html"):
        assert base(name, notices=[notice]).one("div", role="status").text == "Order 10481 is packed"


@pytest.mark.parametrize("path", OWN_TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle=|<style|javascript:|\son[a-z]+=", source)
    for script in re.findall(r"<script[^>]*>", source):
        assert "src=" in script or 'type="application/ld+json"' in script


def rules(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (STYLES / name).read_text(), flags=re.S)


def test_every_colour_of_the_light_theme_has_a_dark_one() -> None:
    light, dark = (
        set(re.findall(r"(--[\w-]+):\s*(?:#|\d+ \d+px \d+px rgb)", block))
        for block in re.findall(r":root \{(.*?)\}", rules("shop.css"), flags=re.S)
    )
    assert light == dark and "--viz-5" in light


def test_each_field_of_research_has_its_own_cap_colour() -> None:
    caps = dict(re.findall(r"\.cat-(\w+) \{ --cap: var\((--viz-\d)\); \}", rules("shop.css")))
    assert caps == {"noo": "--viz-1", "neu": "--viz-2", "car": "--viz-5", "imm": "--viz-3", "tis": "--viz-4"}


@pytest.mark.parametrize("name", ["shop.css", "buying.css", "staff.css"])
def test_stylesheets_are_closed_and_use_only_tokens_and_files_that_exist(name: str) -> None:
    source = rules(name)
    assert source.count("{") == source.count("}")
    defined = set(re.findall(r"(--[\w-]+):", rules("shop.css")))
    assert set(re.findall(r"var\((--[\w-]+)", source)) <= defined
    for address in re.findall(r"url\(([^)]+)\)", source):
        assert (STYLES / address).is_file(), address


def test_every_class_a_component_uses_has_a_rule() -> None:
    styled = set(re.findall(r"\.([a-z][\w-]*)", rules("shop.css") + rules("buying.css") + rules("staff.css")))
    unstyled_by_design = {"st", "wrap"}
    for path in OWN_TEMPLATES:
        plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text(), flags=re.S)
        used = {
            word
            for value in re.findall(r'class="([^"]*)"', plain)
            for word in re.findall(r"[a-z][\w-]+", value)
        }
        assert used - styled - unstyled_by_design <= {"cat-"}, path.name
