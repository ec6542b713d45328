"""The `aliquot` commands about monographs, as a machine or a person runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from monograph_builders import GOOD
from test_monograph_file import monographs

from shop import cli, create_core
from shop.compounds.models import Category, Compound, CompoundKind
from shop.core import clock, migrations
from shop.core.database import db, writing
from shop.education import monograph_file
from shop.education.monograph import MonographText

FILE_GUIDE = Path(__file__).resolve().parents[2] / "docs" / "monograph-file.md"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrated shop with one compound, found by the command through its environment."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert cli.main(["migrate"]) == 0
    with create_core().app_context():
        assert migrations.is_current()
        with writing() as session:
            category = Category(slug="nootropics", name="Nootropics", code="noo", scope="", position=1)
            session.add(
                Compound(
                    slug="semax",
                    name="Semax",
                    kind=CompoundKind.MIXTURE,
                    category=category,
                    substance_class="Mixture",
                    disulfides=[],
                    created_at=clock.now(),
                )
            )
        db.session.remove()
        db.engine.dispose()
    return tmp_path


def written(folder: Path, text: str, name: str = "file.yaml") -> str:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """What `check-evidence --json` says."""
    capsys.readouterr()
    code = cli.main(["check-evidence", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_a_monograph_file_is_checked_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "none"))
    code, document = checked(capsys, written(tmp_path, GOOD))
    assert code == 0
    assert document["retractions"] is None
    assert document["coverage"] == {
        "results": 1,
        "checkable": 1,
        "not_checkable": 0,
        "share": 1.0,
        "reasons": {},
    }
    found = {(each["code"], each["subject"]): each for each in document["findings"]}
    assert set(found["E02", "scans"]) >= {"monograph", "subject", "code", "status", "severity", "message"}
    assert (found["E02", "scans"]["status"], found["E02", "scans"]["severity"]) == ("ok", "info")
    assert found["E16", "trial"]["message"] == "Retraction status: not checked."


def test_an_error_of_figures_or_reading_makes_the_command_fail(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flipped = written(house, GOOD.replace("P=0.08", "P=0.001"))
    code, document = checked(capsys, flipped)
    assert code == 1
    errors = {each["code"] for each in document["findings"] if each["severity"] == "error"}
    assert errors == {"E02", "E04"}
    code, document = checked(
        capsys, written(house, GOOD.replace("verdict: uncertain", "verdict: favourable"))
    )
    assert code == 1
    assert {each["code"] for each in document["findings"] if each["severity"] == "error"} == {"R4"}


def test_a_bad_file_names_its_lines_and_what_can_be_read_is_checked_all_the_same(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace("pmid: '30225715'", "pmid: 'x'").replace("lower: '-0.10'", "lower: '3'")
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "pmid" in line)
    path = written(house, text)
    code, document = checked(capsys, path)
    assert code == 1
    assert [(each["line"], each["path"]) for each in document["errors"]] == [(line, "sources[1].pmid")]
    assert {each["code"] for each in document["findings"] if each["severity"] == "error"} == {"E01", "E13"}
    code, document = checked(capsys, written(house, "a: ["))
    assert (code, document["findings"]) == (1, [])
    assert document["errors"][0]["line"] in (1, 2)
    code, document = checked(capsys, str(house / "missing.yaml"))
    assert code == 1
    (house / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    assert checked(capsys, str(house / "bytes.yaml"))[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": "a", "measure": "RR", "estimate": 0.81, "lower": "0.70", "upper": "0.94",'
        ' "p_text": "P=0.005"}]',
        "- id: a\n  measure: rr\n  estimate: 0.81\n  lower: 0.70\n  upper: 0.94\n  p_text: P=0.005\n",
        "evidence:\n - {id: a, measure: RR, estimate: '.81', lower: '0.70', upper: '0.94', p_text: P=0.005}",
    ],
    ids=["json-list", "yaml-list", "mapping"],
)
def test_a_bare_evidence_table_is_checked(house: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, document = checked(capsys, written(house, text))
    assert (code, document["errors"]) == (0, [])
    (found,) = [each for each in document["findings"] if each["code"] == "E02"]
    assert (found["subject"], found["status"], found["computed"]) == ("a", "ok", "0.00508")


def test_a_bare_table_with_errors_names_their_lines(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "- id: a\n  measure: rr\n  estimat: '1'\n- id: a\n  measure: none of these\n"
    code, document = checked(capsys, written(house, text))
    assert code == 1
    assert [(each["line"], each["path"]) for each in document["errors"]] == [
        (3, "evidence[1].estimat"),
        (4, "evidence[2].id"),
        (5, "evidence[2].measure"),
    ]


def test_all_published_monographs_are_checked_and_retractions_name_their_list(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(house, GOOD)
    assert cli.main(["monograph", "import", path, "--publish", "--author", "A", "--verified-by", "B"]) == 0
    code, document = checked(capsys)
    assert (code, document["monographs"][0]["version"]) == (0, 1)
    listed = written(
        house,
        "OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,RetractionDate\n"
        "10.1007/s10517-018-4234-3,0,Retraction,1/31/2020 0:00\n",
        "list.csv",
    )
    assert cli.main(["import-retractions", listed, "--dated", "2026-11-01"]) == 0
    code, document = checked(capsys)
    assert code == 1
    assert document["retractions"] == {"list": "Retraction Watch", "as_of": "2026-11-01"}
    (found,) = [each for each in document["findings"] if each["code"] == "E16"]
    assert found["message"] == "Retracted, according to Retraction Watch of 2026-11-01."
    assert cli.main(["check-evidence"]) == 1
    assert "ERROR  E16  semax/trial: Retracted" in capsys.readouterr().out


def test_export_import_export_gives_the_same_bytes(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(house, GOOD)
    assert cli.main(["monograph", "import", path]) == 0
    for form in ([], ["--json"]):
        capsys.readouterr()
        assert cli.main(["monograph", "export", "semax", "--draft", *form]) == 0
        first = capsys.readouterr().out
        assert cli.main(["monograph", "import", written(house, first), "--replace"]) == 0
        capsys.readouterr()
        assert cli.main(["monograph", "export", "semax", "--draft", *form]) == 0
        assert capsys.readouterr().out == first
    assert cli.main(["monograph", "export", "semax"]) == 1
    assert "Nothing is published about “semax”" in capsys.readouterr().err


def test_publishing_from_the_command_needs_both_persons(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(house, GOOD)
    assert cli.main(["monograph", "import", path, "--publish"]) == 1
    assert "name both persons" in capsys.readouterr().err
    one = ["monograph", "import", path, "--publish", "--author", "A", "--verified-by", " a "]
    assert cli.main(one) == 1
    assert "A second person verifies" in capsys.readouterr().err
    assert cli.main(["monograph", "import", written(house, GOOD.replace("semax", "nothing"))]) == 1
    assert "in the catalogue of compounds" in capsys.readouterr().err


def examples() -> list[str]:
    """The whole files of the guide."""
    blocks = re.findall(r"```yaml\n(.*?)```", FILE_GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if block.startswith("format:")]


@pytest.mark.parametrize("place", [0, 1], ids=["smallest", "with-a-record"])
def test_the_files_of_the_guide_are_published_as_they_stand(
    house: Path, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    path = written(house, examples()[place])
    assert checked(capsys, path)[0] == 0
    assert cli.main(["monograph", "import", path, "--publish", "--author", "A", "--verified-by", "C"]) == 0


def test_the_table_of_the_guide_gives_the_findings_it_shows(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (table,) = re.findall(r"```json\n(.*?)```", FILE_GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    code, document = checked(capsys, written(house, table))
    assert code == 1
    found = {(each["subject"], each["status"]) for each in document["findings"] if each["code"] == "E02"}
    assert found == {("death", "ok"), ("falls", "inconsistent")}


@hypothesis_settings(max_examples=15)
@given(monographs(), st.booleans())
def test_whatever_a_monograph_holds_its_file_comes_back_the_same(text: MonographText, as_json: bool) -> None:
    write = monograph_file.write_json if as_json else monograph_file.write_yaml
    first = write(text)
    assert write(monograph_file.from_exported(monograph_file.exported(text))) == first


def test_every_field_of_the_format_is_in_the_guide() -> None:
    from dataclasses import fields

    from shop.education.evidence import EvidenceRecord, Source

    guide = FILE_GUIDE.read_text(encoding="utf-8")
    missing = [
        f"{kind.__name__}.{each.name}"
        for kind in (MonographText, Source, EvidenceRecord)
        for each in fields(kind)
        if f"`{each.name}`" not in guide
    ]
    assert missing == []
