"""The command line's frame: what is offered, and how errors are told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cyclopts import App

from dragoman.cli import main as module
from dragoman.cli.main import COMMANDS, FAILED, INTERRUPTED, OK, commands, main
from dragoman.errors import ModelError, SettingsError

pytestmark = pytest.mark.unit


@pytest.fixture
def fails_with(monkeypatch: pytest.MonkeyPatch) -> App:
    """A command line whose `fail` raises what stands in `app.fault`."""
    app = App(name="dragoman", result_action="return_int_as_exit_code_else_zero")
    monkeypatch.setattr(module, "build", lambda: app)
    return app


def run_failing(app: App, fault: BaseException) -> int:
    @app.command
    def fail() -> None:
        raise fault

    return main(["fail"])


def test_every_command_that_is_there_can_be_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    for name in commands():
        assert main([name, "--help"]) == OK
        assert name in capsys.readouterr().out


def test_no_command_is_imported_to_be_listed() -> None:
    script = (
        "import sys; from dragoman.cli.main import main; main(['--help']); "
        "print([name for name in sys.modules if name.startswith('dragoman.cli.')])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert told.stdout.splitlines()[-1] == "['dragoman.cli.main']", "one that is broken breaks no other"


def test_the_help_says_what_each_command_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(commands()) == set(COMMANDS)
    assert main(["--help"]) == OK
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for name, line in COMMANDS.items():
        assert f"{name} {line}" in told


def test_unknown_words_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["interprete"]) == FAILED
    assert 'Unknown command "interprete"' in capsys.readouterr().err


def test_wrong_settings_are_told_line_by_line(fails_with: App, capsys: pytest.CaptureFixture[str]) -> None:
    long = "PUBLIC_URL: is missing. " + "x" * 200
    assert run_failing(fails_with, SettingsError([long, "API_PORT: [bold]no[/bold]"])) == FAILED
    told = capsys.readouterr().err.splitlines()
    assert told == ["Settings are missing or wrong:", f"  {long}", "  API_PORT: [bold]no[/bold]"]


def test_errors_out_of_task_groups_are_told_too(fails_with: App, capsys: pytest.CaptureFixture[str]) -> None:
    inner = ExceptionGroup("inner", [ModelError("weights are missing")])
    assert run_failing(fails_with, ExceptionGroup("outer", [inner, SettingsError(["A: is wrong"])])) == FAILED
    told = capsys.readouterr().err
    assert "weights are missing" in told
    assert "A: is wrong" in told
    assert "Traceback" not in told


def test_faults_of_ours_keep_their_traceback(fails_with: App) -> None:
    with pytest.raises(ZeroDivisionError):
        run_failing(fails_with, ZeroDivisionError())


def test_a_mixed_group_is_not_hidden(fails_with: App) -> None:
    with pytest.raises(ExceptionGroup):
        run_failing(fails_with, ExceptionGroup("both", [ModelError("x"), ZeroDivisionError()]))


def test_an_interrupt_is_an_exit_code(fails_with: App) -> None:
    fails_with.suppress_keyboard_interrupt = False
    assert run_failing(fails_with, KeyboardInterrupt()) == INTERRUPTED


def test_a_commands_number_is_the_exit_code(fails_with: App) -> None:
    @fails_with.command
    def three() -> int:
        return 3

    assert main(["three"]) == 3


def test_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "dragoman", "--version"], capture_output=True, text=True, timeout=15)
    assert done.returncode == OK
    assert done.stdout.strip()[0].isdigit()


def test_numpy_is_told_to_keep_to_one_thread_before_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    name, threads = module.ONE_THREAD
    monkeypatch.delenv(name, raising=False)
    assert main(["--version"]) == OK
    assert os.environ[name] == threads
    loaded = "import sys, dragoman.cli.main; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], timeout=15, check=False).returncode == 0


def test_what_the_user_says_of_threads_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    name, _ = module.ONE_THREAD
    monkeypatch.setenv(name, "4")
    assert main(["--version"]) == OK
    assert os.environ[name] == "4"
