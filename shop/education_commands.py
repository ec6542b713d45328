"""The part of the `aliquot` command that is about monographs: checks, retractions, import and export."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shop.core.errors import Refused

if TYPE_CHECKING:
    from shop.education.checking import Checked
    from shop.education.evidence import RetractionList, Source
    from shop.education.monograph_file import FileError

ACTOR = "command line"


def add_to(commands: Any) -> None:
    """Add these commands to the parser of `aliquot`."""
    check = commands.add_parser(
        "check-evidence", help="check figures, sources and readings; exit 1 where one is in error"
    )
    check.add_argument(
        "file",
        nargs="?",
        type=Path,
        help="a monograph or evidence table; all published monographs without it",
    )
    check.add_argument("--json", action="store_true", help="one JSON document with every finding")
    check.set_defaults(run=_check_evidence)

    retractions = commands.add_parser(
        "import-retractions",
        help="take in a dated list of retractions (CSV as Retraction Watch publishes it)",
    )
    retractions.add_argument("file", type=Path)
    retractions.add_argument(
        "--dated", required=True, type=_day, help="the day the list is of, as 2026-11-20"
    )
    retractions.add_argument("--name", default="Retraction Watch", help="what the list is called")
    retractions.set_defaults(run=_import_retractions)

    monograph = commands.add_parser("monograph", help="whole monographs as files")
    actions = monograph.add_subparsers(required=True, metavar="action")
    export = actions.add_parser("export", help="write a monograph to standard output")
    export.add_argument("slug", help="the compound it is about, such as semax")
    export.add_argument("--json", action="store_true", help="JSON in place of YAML")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--version", type=int, metavar="N", help="this version in place of the current one")
    which.add_argument("--draft", action="store_true", help="the draft in place of the current version")
    export.set_defaults(run=_export_monograph)
    take_in = actions.add_parser("import", help="make the draft of a monograph from a file")
    take_in.add_argument("file", type=Path)
    take_in.add_argument("--replace", action="store_true", help="in place of a draft that is being written")
    take_in.add_argument("--publish", action="store_true", help="publish at once; needs both persons")
    take_in.add_argument("--author", help="who wrote it, with --publish")
    take_in.add_argument("--verified-by", help="the second person who verified it, with --publish")
    take_in.set_defaults(run=_import_monograph)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write the day as 2026-11-20") from None


def _read(path: Path) -> str:
    """The text of a file.

    Raises:
        Refused: there is none, or it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{path}: the file is not UTF-8 text.") from None


def _check_evidence(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core import clock
    from shop.education import checking

    today = clock.today()
    with create_core().app_context():
        if arguments.file is None:
            checked, retractions = _check_published(today)
            errors: Sequence[FileError] = ()
        else:
            checked, retractions, errors = _check_file(arguments.file, today)
    failed = bool(errors) or any(each.has_error for each in checked)
    if arguments.json:
        document: dict[str, object] = {
            **checking.as_plain(checked, today=today, retractions=retractions),
            "errors": [{"line": e.line, "path": e.path, "message": e.sentence} for e in errors],
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print_checked(checked, errors, retractions)
    return 1 if failed else 0


def _check_published(today: date) -> tuple[list[Checked], RetractionList | None]:
    from shop.core.database import reading
    from shop.education import checking, retractions, revisions

    with reading() as session:
        texts = [(each.number, revisions.load(each)) for each in revisions.current_revisions(session)]
        found = retractions.list_for(session, [source for _n, text in texts for source in text.sources])
        return [
            checking.check_monograph(text, today=today, retractions=found, version=number)
            for number, text in texts
        ], found


def _check_file(path: Path, today: date) -> tuple[list[Checked], RetractionList | None, Sequence[FileError]]:
    """What can be read is checked also where the file holds errors; each error names its line."""
    from shop.education import checking, monograph_file
    from shop.education.monograph_file import FileError

    try:
        content = _read(path)
    except Refused as refused:
        return [], None, [FileError(0, str(path), str(refused))]
    if monograph_file.is_monograph(content):
        text, errors = monograph_file.examine(content)
        if text is None:
            return [], None, errors
        found = _retractions(text.sources)
        return [checking.check_monograph(text, today=today, retractions=found)], found, errors
    table, errors = monograph_file.examine_table(content)
    if table is None:
        return [], None, errors
    found = _retractions(table.sources)
    return [checking.check_evidence(table, today=today, retractions=found)], found, errors


def _retractions(sources: Sequence[Source]) -> RetractionList | None:
    """The newest list; None where none was imported, or there is no database to ask."""
    from shop.core import migrations
    from shop.core.database import reading
    from shop.education import retractions

    if not migrations.is_current():
        return None
    with reading() as session:
        return retractions.list_for(session, sources)


def _print_checked(
    checked: Sequence[Checked], errors: Sequence[FileError], retractions: RetractionList | None
) -> None:
    for error in errors:
        print(f"ERROR  {error}")
    for each in checked:
        for line in _lines(each):
            print(line)
        print(f"{each.name}: {each.coverage.sentence()}")
    listed = f"{retractions.name} of {retractions.as_of.isoformat()}" if retractions else "not checked"
    counted = [result.severity.value for each in checked for result in each.results]
    print(
        f"Retractions: {listed}. {counted.count('error') + len(errors)} errors, "
        f"{counted.count('warn')} warnings.",
        file=sys.stderr,
    )


def _lines(checked: Checked) -> Iterator[str]:
    """Errors and warnings first, then what is only worth knowing; what is in order is not printed."""
    weights = ("error", "warn", "info")
    shown = [r for r in checked.results if r.status.value not in ("ok", "not_checkable")]
    for result in sorted(shown, key=lambda each: weights.index(each.severity.value)):
        where = f"{result.code}  {checked.name}/{result.subject}"
        yield f"{result.severity.value.upper():5}  {where}: {result.message}"


def _import_retractions(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.education import retractions

    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise Refused(f"{arguments.file}: {error.strerror}.") from None
    with create_core().app_context():
        taken = retractions.take_in(data, dated=arguments.dated, actor=ACTOR, name=arguments.name)
    print(
        f"{taken.name} of {taken.as_of.isoformat()}: {taken.notices} notices kept, "
        f"{taken.skipped} rows without a DOI, PMID or nature that counts."
    )
    return 0


def _export_monograph(arguments: argparse.Namespace) -> int:
    from shop import create_core
    from shop.core.database import reading
    from shop.education import drafts, monograph_file, revisions

    with create_core().app_context(), reading() as session:
        if arguments.draft:
            text = drafts.find(session, arguments.slug).text
        elif arguments.version is not None:
            text = revisions.load(revisions.by_number(session, arguments.slug, arguments.version))
        else:
            revision = revisions.current(session, arguments.slug)
            if revision is None:
                raise Refused(f"Nothing is published about “{arguments.slug}”.")
            text = revisions.load(revision)
    written = monograph_file.write_json(text) if arguments.json else monograph_file.write_yaml(text)
    sys.stdout.write(written)
    return 0


def _import_monograph(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from shop import create_core
    from shop.education import drafts, monograph_file, revisions

    if arguments.publish and not (arguments.author and arguments.verified_by):
        raise Refused("To publish, name both persons: --author and --verified-by.")
    content = _read(arguments.file)
    with create_core().app_context():
        if arguments.publish:
            text = monograph_file.read(content)
            text = replace(text, author=arguments.author, verified_by=arguments.verified_by)
            published = revisions.publish(text, actor=ACTOR)
            print(f"Version {published.number} of {published.compound} is published.")
            return 0
        text = monograph_file.read_draft(content)
        drafts.take_in(text, actor=ACTOR, replacing=arguments.replace)
    print(f"The draft of {text.compound} is kept. A second person verifies and publishes it.")
    return 0
