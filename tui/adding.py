"""`productresearch index add`: find what is meant, say what it is, ask once, import, end with a table."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.prompt import Confirm
from rich.text import Text

from index.catalog import Catalog
from index.gathering.files import gather
from index.gathering.found import LeftOut
from index.gathering.scratch import Scratch
from index.importers.import_report import ImportReport
from index.importers.pages.public_hosts import Address, is_public
from tui import settings
from tui.import_table import json_of, notes_of, table_of
from tui.import_text import left_out_lines, roles_of
from tui.importing import console, embed, open_catalog, reading, say
from tui.ingesting import Importable, ingest_here
from tui.intake import Bring, Looked, Meant, Taken, Tried, look_at, rehearse, take
from tui.told import FAILED, WRONG_USAGE
from tui.web_page import with_page

_IN_FULL = 3
"""Files whose columns are listed a line each; of more, those of a file share a line."""


@dataclass(frozen=True)
class Wanted:
    """How an import is to go."""

    dry_run: bool = False
    vectors: bool = True
    yes: bool = False
    """Whether what was guessed is taken without asking."""
    as_json: bool = False
    ray: str = ""
    """A Ray cluster that embeds: `auto` or its address."""


def add(
    given: Sequence[str],
    meant: Meant,
    wanted: Wanted,
    allowed: Callable[[Address], bool] = is_public,
) -> int:
    """Import what is given; the exit code. What was guessed is shown and confirmed first.

    `allowed` says which hosts a page may be fetched from.
    """
    roles_of(meant.pairs)
    given, meant = with_page(given, meant, allowed)
    with open_catalog() as catalog, Scratch(settings.home()) as scratch:
        before = len(catalog.same_things())
        looked = look_at(gather(given, scratch, meant.form), meant, _bring(catalog, "looking at"))
        if not looked.importable:
            _tell_refusals(looked)
            return FAILED
        _tell_recognized(looked)
        if wanted.dry_run:
            _tell_dry_run(rehearse(looked, meant, _bring(catalog, "trying")), as_json=wanted.as_json)
            return 0
        if not wanted.yes and any(map(_is_guessed, looked.importable)) and (refusal := _refused()):
            return refusal
        taken = [*take(looked.importable, meant, _bring(catalog, "importing")), *_failed(looked)]
        _tell_end(taken, looked.left_out, as_json=wanted.as_json)
        _tell_joined(len(catalog.same_things()) - before)
        if wanted.vectors and any(each.report and (each.report.new or each.report.changed) for each in taken):
            embed(catalog, wanted.ray)
    return 0 if any(each.report for each in taken) else FAILED


def _bring(catalog: Catalog, doing: str) -> Bring:
    def bring(file: Importable) -> ImportReport:
        with reading(f"{doing} {file.place.named(file.path)}") as progress:
            return ingest_here(file, catalog, progress)

    return bring


def _is_guessed(tried: Tried) -> bool:
    """Whether what its columns mean was proposed, which the person has to confirm."""
    report = tried.report
    return report is not None and not report.known and bool(report.proposals)


def _failed(looked: Looked) -> list[Taken]:
    return [Taken(each.found, fault=each.refusal) for each in looked.tried if each.report is None]


def _refused() -> int:
    """The exit code where the person does not want these meanings, or cannot be asked; 0 to go on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        say("Nothing was imported: take these meanings with --yes, or describe the file with --schema.")
        return WRONG_USAGE
    if Confirm.ask("Import with these meanings?", console=console(), default=True):
        return 0
    say("Nothing was imported: name columns with --map price=amount, or describe the file with --schema.")
    return FAILED


def _tell_refusals(looked: Looked) -> None:
    for refusal in dict.fromkeys(each.refusal for each in looked.tried):
        say(refusal)
    _tell_left_out(looked.left_out)


def _tell_recognized(looked: Looked) -> None:
    """What each file was taken for, and what is left out, before anything is written."""
    guessed = [each for each in looked.importable if _is_guessed(each)]
    for each in looked.importable:
        _tell_file(each, in_full=len(guessed) <= _IN_FULL)
    for failed in _failed(looked):
        say(f"Cannot be imported: {failed.fault}")
    _tell_left_out(looked.left_out)


def _tell_file(tried: Tried, *, in_full: bool) -> None:
    report = tried.report
    if report is None:
        return
    about = f" about {'products of this import' if tried.about else report.joins}" if report.joins else ""
    known = f", known as {report.source}" if report.known else ""
    _narrate(f"{tried.found.name}: {report.kind}{about} from {report.recognized_as}{known}")
    if not _is_guessed(tried):
        return
    if in_full:
        _narrate("  Read without a schema; the columns are taken as:")
        for proposal in report.proposals:
            _narrate(f"  {proposal}")
    else:
        meant = (
            f"{p.column} → {p.name or p.role}{' in ' if p.unit else ''}{p.unit}" for p in report.proposals
        )
        _narrate(f"  Read without a schema: {', '.join(meant)}")


def _tell_left_out(left_out: Sequence[LeftOut]) -> None:
    if left_out:
        _narrate(f"Left out, {len(left_out):,} in all:")
    for line in left_out_lines(left_out):
        _narrate(f"  {line}")


def _narrate(line: str) -> None:
    """A line, wrapped at words where a person reads it."""
    here = console()
    here.print(Text(line), soft_wrap=not here.is_terminal)


def _tell_dry_run(looked: Looked, *, as_json: bool) -> None:
    """The counts on stderr, and the first records on stdout."""
    tried = [Taken(each.found, each.report, each.refusal) for each in looked.tried]
    _tell_end(tried, looked.left_out, as_json=as_json)
    if not as_json:
        for example in (example for each in tried if each.report for example in each.report.examples):
            sys.stdout.write(json.dumps(json.loads(example), ensure_ascii=False) + "\n")
    say("Dry run: nothing was written.")
    schemas = [
        r.proposed_schema for each in tried if (r := each.report) and r.proposed_schema and not r.known
    ]
    if len(schemas) == 1:
        say("To correct a meaning, save this as a file, change it, and give it with --schema:\n")
        say(schemas[0])


def _tell_end(taken: Sequence[Taken], left_out: Sequence[LeftOut], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(json_of(taken, left_out), ensure_ascii=False) + "\n")
        return
    console().print(table_of(taken, console().width))
    for line in notes_of(taken):
        say(line)


def _tell_joined(things: int) -> None:
    """Nothing is joined in silence."""
    if things > 0:
        told = "1 more thing is" if things == 1 else f"{things:,} more things are"
        say(
            f"{told} told of by several records, by their numbers: `productresearch index same` lists them, "
            "and `--refuse A B` parts two."
        )
