"""Plots are sound SVG that loads nothing: a bar for everyone, a line for every stage."""

import json
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.plots import PLOTTED, curves, growth, results
from distill.evaluate.compare import Evaluation, Standing
from distill.evaluate.figures import FIGURES
from distill.evaluate.intervals import Interval

CURVES = Path(__file__).parents[2] / "models" / "bundled" / "curves"
SVG = "{http://www.w3.org/2000/svg}"


def test_every_stage_of_the_bundled_agent_has_its_line() -> None:
    logs = sorted(CURVES.glob("*.jsonl"))
    drawn = ElementTree.fromstring(curves(logs))
    told = {text.text for text in drawn.iter(f"{SVG}text")}
    assert {path.stem for path in logs} <= told
    stages = {
        (path, json.loads(line)["stage"])
        for path in logs
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert len(list(drawn.iter(f"{SVG}polyline"))) == len(stages) > len(logs) > 1


def test_everyone_has_a_bar_for_every_figure(tmp_path: Path) -> None:
    standings = tuple(standing(name, mean) for name, mean in (("one & two", 0.25), ("three", 0.5)))
    evaluation = Evaluation(
        judge="code", reference="x", k=1, tasks=(), standings=standings, rows=(), judge_failures=0
    )
    path = tmp_path / "shop.json"
    path.write_text(evaluation.model_dump_json(), encoding="utf-8")
    drawn = ElementTree.fromstring(results([path, path]))
    widths = [float(bar.get("width", "0")) for bar in drawn.iter(f"{SVG}rect")]
    assert len(widths) == 2 * 2 * len(PLOTTED)
    assert widths[1] == 2 * widths[0] > 0
    names = [text.text for text in drawn.iter(f"{SVG}text") if text.get("class") == "name"]
    assert names == ["one & two", "three"] * 2 * len(PLOTTED)


def test_growth_has_a_line_for_each_wait_and_one_for_what_proportion_would_bring(tmp_path: Path) -> None:
    path = tmp_path / "growth.jsonl"
    sizes = [{"rows": 10_000, "p50": 1.0, "p95": 2.0}, {"rows": 1_000_000, "p50": 30.0, "p95": 60.0}]
    path.write_text("\n".join(map(json.dumps, sizes)), encoding="utf-8")
    drawn = ElementTree.fromstring(growth([path]))
    ends = [line.get("points", "").split()[-1] for line in drawn.iter(f"{SVG}polyline")]

    p95, p50, proportion = (float(end.split(",")[1]) for end in ends)
    assert proportion < p95 < p50
    assert {"10,000", "1,000,000"} <= {text.text for text in drawn.iter(f"{SVG}text")}


def standing(name: str, mean: float) -> Standing:
    """A contestant all of whose figures are alike."""
    interval = Interval(mean=mean, low=mean / 2, high=mean, n=10)
    figures: dict[str, Interval | None] = {figure.name: interval for figure in FIGURES}
    return Standing(name=name, n=10, figures=figures, against=figures, pass_k=())
