"""Which assistant answers which number, and what a change of the files does."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dragoman.domain.persona import BuiltIn, Phrase
from dragoman.errors import SettingsError
from dragoman.personas import LOOK_EVERY_S, Personas, Stamps, stamps
from dragoman.tools.checks import tool_check
from tests.fakes.personas import LEAST, write

pytestmark = pytest.mark.unit

ONE, TWO = "+12025550101", "+12025550102"


def file(name: str, *numbers: str, more: str = "") -> str:
    return LEAST.format(name=name) + f"numbers = {list(numbers)}\n{more}"


@dataclass(slots=True)
class Watched:
    """A folder of personas whose clock and stamps the test moves."""

    folder: Path
    now_s: float = 0.0
    looks: int = 0
    version: int = 0
    personas: Personas = field(init=False)

    def __post_init__(self) -> None:
        self.personas = Personas.load(self.folder, clock=lambda: self.now_s, look=self.look)

    def look(self, folder: Path) -> Stamps:
        self.looks += 1
        return frozenset((name, self.version, size, inode) for name, _, size, inode in stamps(folder))

    def change(self, **files: str) -> bool:
        write(self.folder, {f"{name}.toml": text for name, text in files.items()})
        self.version += 1
        self.now_s += LOOK_EVERY_S
        return self.personas.fresh()

    def name_of(self, number: str) -> str:
        found = self.personas.of_number(number)
        return found.name if found is not None else ""


@pytest.fixture
def two(tmp_path: Path) -> Watched:
    return Watched(write(tmp_path / "p", {"a.toml": file("anna", ONE), "b.toml": file("bert", TWO)}))


def test_the_shipped_one_answers_every_number() -> None:
    personas = Personas.load(None, transfer="+12025550199", check=tool_check({}))
    reception = personas.of_number("anything")
    assert reception is not None
    assert (reception.name, reception.languages, reception.transfer) == ("reception", ("ja", "en"), "+12025550199")
    kinds = {plan.call for plan in reception.tools}
    assert kinds == {BuiltIn.FAQ, BuiltIn.HOURS, BuiltIn.TRANSFER, BuiltIn.MESSAGE, BuiltIn.HANG_UP}
    assert "AI" in reception.say(Phrase.GREETING, "ja")
    assert "AI" in reception.say(Phrase.GREETING, "en")
    assert (personas.notes, personas.problems, personas.fresh()) == ((), (), False)


def test_each_number_its_own(two: Watched) -> None:
    assert (two.name_of(ONE), two.name_of("+1 202-555-0102")) == ("anna", "bert")
    assert two.personas.of_number("+12025550103") is None
    assert two.personas.of_number("sip:x@example.com") is None
    assert two.personas.named("bert") is two.personas.of_number(TWO)
    assert two.personas.named("carl") is None


def test_who_has_no_number_answers_all_others(two: Watched) -> None:
    assert two.change(c=file("carla"))
    assert (two.name_of(ONE), two.name_of("+12025550103"), two.name_of("client:x")) == ("anna", "carla", "carla")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no persona"),
        ({"a.toml": file("x", ONE), "b.toml": file("y", ONE)}, f"b.toml: wants the number {ONE}, and so does a.toml"),
        ({"a.toml": file("x", ONE), "b.toml": file("x", TWO)}, "b.toml: wants the name x, and so does a.toml"),
        ({"a.toml": file("x"), "b.toml": file("y")}, "b.toml: wants all numbers that no other has"),
    ],
)
def test_what_two_cannot_have_is_refused_at_the_start(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Personas.load(write(tmp_path / "p", files))


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", {"a.toml": "x = 1\n", "b.toml": "name = 2\n", "c.toml": file("c")})
    with pytest.raises(SettingsError) as caught:
        Personas.load(folder)
    assert len(caught.value.problems) == 2
    assert f"{folder / 'a.toml'}, line 1: x: there is no setting" in str(caught.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        Personas.load(tmp_path / "none")


def test_a_change_is_read_once_and_not_before_its_time(two: Watched) -> None:
    before = two.personas.of_number(ONE)
    two.version += 1
    two.now_s = LOOK_EVERY_S / 2
    assert (two.personas.fresh(), two.looks) == (False, 1)
    assert two.change(a=file("agnes", ONE))
    assert two.name_of(ONE) == "agnes"
    assert before is not None
    assert before.name == "anna"
    two.now_s += LOOK_EVERY_S
    assert not two.personas.fresh()


def test_a_broken_file_keeps_the_persona_that_it_had(two: Watched) -> None:
    assert two.change(a="name = \n", b=file("berta", TWO))
    assert (two.name_of(ONE), two.name_of(TWO)) == ("anna", "berta")
    (problem,) = two.personas.problems
    assert problem.startswith(f"{two.folder / 'a.toml'}: is not TOML")
    assert two.change(a=file("anna", ONE, more="[idle]\nafter-s = 5\n"))
    assert two.personas.problems == ()


def test_two_that_want_one_number_change_nothing(two: Watched) -> None:
    assert two.change(b=file("bert", ONE), a=file("agnes", ONE))
    assert (two.name_of(ONE), two.name_of(TWO)) == ("anna", "bert")
    assert two.personas.problems == (f"b.toml: wants the number {ONE}, and so does a.toml: one of them only",)


def test_a_file_that_is_gone_takes_its_persona_along_but_not_the_last(two: Watched) -> None:
    (two.folder / "b.toml").unlink()
    assert two.change()
    assert two.personas.of_number(TWO) is None
    (two.folder / "a.toml").unlink()
    assert two.change()
    assert two.name_of(ONE) == "anna"
    assert "holds no persona" in two.personas.problems[0]


def test_a_folder_that_is_gone_changes_nothing(two: Watched) -> None:
    for path in two.folder.iterdir():
        path.unlink()
    two.folder.rmdir()
    two.now_s += LOOK_EVERY_S
    assert not two.personas.fresh()
    assert two.name_of(ONE) == "anna"
    assert "cannot be read" in two.personas.problems[0]


def test_notes_of_all_are_told(two: Watched) -> None:
    assert two.change(c='name = "c"\nlanguages = ["nl"]\ninstructions = "x"\n')
    assert [note.split(": in nl")[0] for note in two.personas.notes] == [str(two.folder / "c.toml")]


def test_what_an_editor_leaves_hidden_is_no_persona(two: Watched) -> None:
    (two.folder / ".#a.toml").symlink_to("somebody@somewhere.1234")
    (two.folder / ".b.toml").write_text("half a", encoding="utf-8")
    assert two.change(a=file("anton", ONE))
    assert (two.name_of(ONE), two.personas.problems) == ("anton", ())


def test_a_faq_whose_name_no_file_can_have_is_a_complaint(two: Watched) -> None:
    assert two.change(a=file("anton", ONE, more='faq = { en = "a\\u0000.faq.toml" }\n'))
    assert two.name_of(ONE) == "anna"
    (problem,) = two.personas.problems
    assert "is no name of a file" in problem


def test_stamps_tell_a_change_of_content_and_of_the_faq(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", {"a.toml": "x", "a.faq.toml": "y", "notes.txt": "z"})
    first = stamps(folder)
    assert {name for name, *_ in first} == {"a.toml", "a.faq.toml"}
    write(folder, {"notes.txt": "other"})
    assert stamps(folder) == first
    write(folder, {"a.faq.toml": "yy"})
    assert stamps(folder) != first
    second = stamps(folder)
    os.utime(folder / "a.toml", ns=(1, 1))
    assert stamps(folder) != second
