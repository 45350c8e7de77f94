"""When browsers are served alone, and what then follows by itself."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dragoman.browser_alone import SECRET_FILE, alone, completed, kept_secret, telephone_set
from dragoman.errors import SettingsError

pytestmark = pytest.mark.unit

ON = {"DRAGOMAN_BROWSER": "true"}


def told(values: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        completed(values, secret=lambda _folder: "s" * 43)
    return raised.value.problems


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, False),
        (ON, True),
        (ON | {"DRAGOMAN_BROWSER": " Yes "}, True),
        (ON | {"DRAGOMAN_BROWSER": "off"}, False),
        (ON | {"DRAGOMAN_BROWSER": "perhaps"}, False),
        (ON | {"PUBLIC_URL": "https://interpret.example.com"}, True),
        (ON | {"TWILIO_ACCOUNT_SID": "AC1"}, False),
        (ON | {"TWILIO_SOMETHING_ELSE": "x"}, False),
        (ON | {"FLEX_NUMBER": "+15555550100"}, False),
    ],
)
def test_browsers_are_alone_where_nothing_is_said_of_a_telephone(values: dict[str, str], *, expected: bool) -> None:
    assert alone(values) is expected
    assert telephone_set(values) is any(name.startswith(("TWILIO", "FLEX")) for name in values)


def test_the_address_follows_from_port_and_tls() -> None:
    def url(tls: bool = False, **more: str) -> str:
        return completed(ON | more, tls=tls, secret=lambda _folder: "s" * 43)["PUBLIC_URL"]

    assert url() == "http://localhost:5050"
    assert url(tls=True) == "https://localhost:5050"
    assert url(API_PORT="8080") == "http://localhost:8080"
    assert url(PORT="81") == "http://localhost:81"
    assert url(PUBLIC_URL="https://a.example") == "https://a.example"
    assert url(API_PORT="many") == "http://localhost:5050", "what is wrong with it is told with all else"
    named = completed(ON | {"DOMAIN": "a.example", "DRAGOMAN_SECRET": "x" * 16})
    assert named == ON | {"DOMAIN": "a.example", "DRAGOMAN_SECRET": "x" * 16}


def test_a_port_that_no_setting_names_leads_to_no_address() -> None:
    for more in ({"API_PORT": "0"}, {"LISTEN_FDS": "1"}):
        (line,) = told(ON | more)
        assert line.startswith("PUBLIC_URL: is missing, and no setting says at which port")


def test_with_a_telephone_nothing_follows(tmp_path: Path) -> None:
    values = ON | {"TWILIO_REGION": "ie1", "XDG_STATE_HOME": str(tmp_path)}
    assert completed(values) == values
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    made = completed(ON | {"XDG_STATE_HOME": str(tmp_path)})["DRAGOMAN_SECRET"]
    file = tmp_path / "dragoman" / SECRET_FILE
    assert len(made) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert completed(ON | {"XDG_STATE_HOME": str(tmp_path)})["DRAGOMAN_SECRET"] == made
    assert [one.name for one in file.parent.iterdir()] == [SECRET_FILE], "nothing half made is left"
    given = completed(ON | {"XDG_STATE_HOME": str(tmp_path), "DRAGOMAN_SECRET": "g" * 20})
    assert given["DRAGOMAN_SECRET"] == "g" * 20


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: kept_secret(tmp_path / "new"), range(32)))) == 1


def test_a_secret_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"none can be kept in .*/file: "):
        kept_secret(tmp_path / "file")
    (tmp_path / SECRET_FILE).write_bytes(b"\xff\n")
    with pytest.raises(SettingsError, match=r"holds no secret\. Remove it"):
        kept_secret(tmp_path)
