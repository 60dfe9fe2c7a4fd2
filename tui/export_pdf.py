"""The report as PDF: typst sets it from `report.typ`, with the report handed over as data.

No text of a report ever becomes typst source, and nothing is fetched: typst brings its fonts along.
"""

import json
from datetime import UTC, datetime, time
from importlib.resources import as_file, files

from agent.report.lines import (
    coverage_lines,
    heard_lines,
    need_text,
    pick_facts,
    questions,
    relaxation_line,
    stars_line,
    written_by,
)
from agent.report.markdown import ROLES, SIGNS
from agent.report.record import Report


def pdf(report: Report) -> bytes:
    """The whole document."""
    # typst is a library of 50 MB that only this form needs.
    import typst

    with as_file(files("tui").joinpath("report.typ")) as template:
        document: bytes = typst.compile(
            template,
            format="pdf",
            sys_inputs={"report": json.dumps(_data(report), ensure_ascii=False)},
            timestamp=int(datetime.combine(report.written, time(), UTC).timestamp()),
        )
    return document


def _data(report: Report) -> dict[str, object]:
    """The report, and the lines that all forms share."""
    return {
        "report": report.model_dump(mode="json"),
        "questions": questions(report),
        "roles": ROLES,
        "signs": SIGNS,
        "written_by": written_by(report),
        "needs": [need_text(need) for need in report.needs],
        "facts": [pick_facts(pick) for pick in report.picks],
        "stars": [
            ". ".join([stars_line(p.opinions), *heard_lines(p.opinions)]) if p.opinions else ""
            for p in report.picks
        ],
        "relaxations": [relaxation_line(r) for r in report.relaxations],
        "coverage": list(coverage_lines(report)),
    }
