"""The commands: one word for each thing a person does, wired to the floors below.

Nothing heavy is imported here: `--help` costs what typer costs. Each command imports what it needs when it
runs.
"""

from pathlib import Path
from typing import Annotated, Optional

import typer

from tui import cli_distill, cli_finetune, cli_history, cli_index, cli_models, cli_retrain, cli_sessions

app = typer.Typer(
    name="productresearch",
    help="Shopping research on your own machine: every fact traces to a record, nothing leaves it.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cli_index.app, name="index")
app.add_typer(cli_sessions.app, name="sessions")
app.add_typer(cli_models.app, name="models")
app.add_typer(cli_history.app, name="history")
app.add_typer(cli_distill.app, name="distill")
app.add_typer(cli_finetune.app, name="finetune")
app.command("retrain")(cli_retrain.retrain)
app.command("reset")(cli_history.reset)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"productresearch {version('productresearch')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which this is.")
    ] = False,
    replay: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="Play a session that `sessions record` wrote, with no model."),
    ] = None,
    chroma: cli_index.Chroma = "",
) -> None:
    """Open the app where no command is given."""
    if context.invoked_subcommand is None:
        from tui.told import told

        with told():
            from tui.launch import run_app  # Textual is not paid for by the commands

            run_app(replay, chroma)


@app.command()
def research(
    question: Annotated[str, typer.Argument(help="What you want to buy, in your own words.")] = "",
    out: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="Write the report to a file: .md, .html, .json, .csv or .pdf."),
    ] = None,
    engine: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Who researches: rules, bundled, a GGUF file, or a server (http://localhost:8080); "
            "the model in use without it."
        ),
    ] = None,
    resume: Annotated[str, typer.Option(help="Go on with a session, or ask a follow-up in it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take the plan as it is.")] = False,
    max_steps: Annotated[Optional[int], typer.Option(min=3, max=200)] = None,  # noqa: UP045
    seed: Annotated[Optional[int], typer.Option()] = None,  # noqa: UP045
    chroma: cli_index.Chroma = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Research a question over the local catalogue and print a verified report."""
    from tui.told import told

    with told():
        from tui.research import Request, research_in_terminal

        request = Request(
            question=question,
            resume=resume,
            out=out,
            yes=yes,
            as_json=as_json,
            overrides={
                "engine": engine,
                "max_steps": max_steps,
                "seed": seed,
                "chroma": chroma or None,
            },
        )
        raise typer.Exit(research_in_terminal(request))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Where to listen; this machine alone without it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    token: Annotated[str, typer.Option(help="What a browser has to bring; a new one without it.")] = "",
) -> None:
    """Open the app in a browser: prints the address, with the token that opens it."""
    from tui.told import told

    with told():
        from tui import serving  # the web server is not paid for by the other commands

        serving.serve(host, port, token)
