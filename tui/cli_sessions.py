"""`productresearch sessions`: list, show, compare, export and remove past research."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.session import Sessions

app = typer.Typer(help="Past research: list, show, diff, export, remove.", no_args_is_help=True)
SessionId = Annotated[str, typer.Argument(help="The id that `sessions list` shows.")]


@contextmanager
def _store() -> Iterator["Sessions"]:
    from agent.session import Sessions  # the agent's floor is not paid for by `--help`
    from tui import settings

    with closing(Sessions(settings.home() / "sessions.sqlite")) as sessions:
        yield sessions


@app.command("list")
def list_sessions(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All sessions, newest first."""
    from tui.told import told

    with told():
        with _store() as sessions:
            past = sessions.list()
        if not past:
            typer.echo('No research yet: `productresearch research "…"` begins one.', err=True)
        for summary in past:
            if as_json:
                typer.echo(summary.model_dump_json())
                continue
            state = "report" if summary.finished else "unfinished"
            question = " ".join(summary.question.split())[:70]
            typer.echo(f"{summary.id}  {summary.started:%Y-%m-%d %H:%M}  {state:10}  {question}")


@app.command()
def show(session_id: SessionId) -> None:
    """Print the report of a session."""
    from tui.told import told

    with told():
        from agent.report.markdown import markdown
        from tui.research import print_markdown

        with _store() as sessions:
            report = sessions.report(session_id)
            judged = any(each.session == session_id for each in sessions.verdicts())
        print_markdown(markdown(report))
        if report.picks and not judged:
            command = f"productresearch sessions judge {session_id} {report.picks[0].cite.tag} took"
            typer.echo(
                f"Did you take or refuse one of them? `{command}` says so; it is kept here alone, and a "
                "retraining learns from it.",
                err=True,
            )


@app.command()
def diff(before: SessionId, after: SessionId) -> None:
    """Print what the report of one session says differently from that of another."""
    from tui.told import told

    with told():
        from agent.report.diff import diff as compare
        from agent.report.diff_text import markdown
        from tui.research import print_markdown

        with _store() as sessions:
            difference = compare(sessions.report(before), sessions.report(after))
        print_markdown(markdown(difference))


@app.command()
def record(session_id: SessionId, out: Path) -> None:
    """Write a whole session to a file, for `productresearch --replay FILE` anywhere."""
    from tui.told import told

    with told():
        from tui.replaying import record as write

        with _store() as sessions:
            write(sessions, session_id, out)
        typer.echo(f"Recorded in {out}.", err=True)


@app.command()
def export(session_id: SessionId, out: Path) -> None:
    """Write a session's report to a file: .md, .html, .json, .csv or .pdf."""
    from tui.told import told

    with told():
        from tui.export import export as write
        from tui.research import check_out

        check_out(out)
        with _store() as sessions:
            write(sessions.report(session_id), out)
        typer.echo(f"Written to {out}", err=True)


@app.command()
def judge(
    session_id: SessionId,
    product: Annotated[str, typer.Argument(help="Its tag in the report, such as P3.")],
    verdict: Annotated[str, typer.Argument(metavar="took|refused|nothing")],
) -> None:
    """Say which product you took or refused; the next retraining learns from it."""
    from tui.told import told

    with told():
        from tui.verdicts import judge as keep

        with _store() as sessions:
            typer.echo(keep(sessions, session_id, product, verdict), err=True)


@app.command()
def remove(session_id: SessionId) -> None:
    """Forget a session with its evidence and report."""
    from tui.told import told

    with told():
        with _store() as sessions:
            sessions.remove(session_id)
        typer.echo(f"Session {session_id} is forgotten.", err=True)
