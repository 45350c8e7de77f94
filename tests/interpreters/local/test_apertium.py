"""Apertium as long-lived processes, with the real tools."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.errors import ModelError
from dragoman.interpreters.local.apertium import Apertium, ApertiumDied, Chain, installed, read_mode

pytestmark = pytest.mark.pair


@pytest.fixture(scope="module")
def spanish() -> Iterator[Apertium]:
    with Apertium("eng", "spa") as pair:
        yield pair


def test_a_sentence_goes_through_all_steps(spanish: Apertium) -> None:
    assert spanish.translate("The red house is closed.") == "La casa roja está cerrada."


def test_the_steps_show_words_their_translations_and_order(spanish: Apertium) -> None:
    analysed = spanish.analyse("red house")
    assert analysed == "^red<adj>$ ^house<n><sg>$"
    assert "/casa<n><f><sg>" in spanish.look_up(analysed)
    assert spanish.transfer(spanish.look_up(analysed)).lower().index("casa") < 5


@pytest.mark.parametrize(
    "text", ["cost $3.50", "a <b> c", "x^y", "a lone [ bracket", "a lone ] one", "{}", "back\\slash", "50%", "~", "/", "@home",
             "#1", "a\nb", "a\x00b", "...", "¿?", "😀 hello", "'", "x" * 5000]
)  # fmt: skip
def test_odd_text_neither_hangs_nor_kills_it(spanish: Apertium, text: str) -> None:
    assert spanish.translate("a house").lower() == "una casa"  # all its processes run from here on
    before = spanish.pids
    spanish.translate(text)
    assert spanish.translate("a house").lower() == "una casa"
    assert spanish.pids == before


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_is_answered(spanish: Apertium, text: str) -> None:
    spanish.translate(text)


def test_nothing_is_nothing(spanish: Apertium) -> None:
    assert spanish.translate("") == spanish.translate("  \n ") == ""


def test_a_killed_stage_is_started_again(spanish: Apertium) -> None:
    spanish.translate("a house")
    for pid in spanish.pids[::3]:
        os.kill(pid, signal.SIGKILL)
    assert spanish.translate("the house").lower() == "la casa"


def test_closing_ends_its_processes() -> None:
    pair = Apertium("spa", "eng")
    pair.translate("la casa")
    pids = pair.pids
    assert len(pids) >= 8
    pair.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert pair.translate("la casa").lower() == "the house"
    pair.close()


def test_one_that_never_answers_is_given_up() -> None:
    chain = Chain([("sleep", "60")], deadline_s=0.05)
    with pytest.raises(ApertiumDied, match="sleep"):
        chain.ask("hello")
    assert chain.pids == ()


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelError, match="apt-get install"):
        Chain([("no-such-program-here",)]).ask("hello")


def test_what_is_installed(tmp_path: Path) -> None:
    assert installed("eng", "spa")
    assert not installed("eng", "xyz")
    with pytest.raises(ModelError, match="eng-xyz is not installed"):
        Apertium("eng", "xyz")


def test_a_mode_is_cut_where_our_rules_come_in(tmp_path: Path) -> None:
    mode = tmp_path / "a-b.mode"
    mode.write_text("lt-proc 'a.bin' | apertium-tagger -g $2 p | apertium-pretransfer | lt-proc -b d | apertium-transfer -b x "
                    "| lt-proc $1 g | lt-proc -p q")  # fmt: skip
    stages = read_mode(mode)
    assert stages.analyse == (
        ("lt-proc", "-z", "a.bin"),
        ("apertium-tagger", "-z", "-g", "p"),
        ("apertium-pretransfer", "-z"),
    )
    assert stages.look_up == (("lt-proc", "-z", "-b", "d"),)
    assert stages.transfer == (("apertium-transfer", "-z", "-b", "x"),)
    assert stages.generate == (("lt-proc", "-z", "-g", "g"), ("lt-proc", "-z", "-p", "q"))
    mode.write_text("cat | cat")
    with pytest.raises(ModelError, match="unknown order"):
        read_mode(mode)
