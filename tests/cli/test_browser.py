"""`dragoman browser`: comes up with nothing set, lets its user in by a link, ends at Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from dragoman.cli.browser import PORT, settings, usual_port
from dragoman.sections import strange_variables
from dragoman.web.tls import own_addresses
from tests.fakes.chromium import chromium, visit
from tests.fakes.surroundings import start

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

END_S = 20.0
OF_A_TELEPHONE = {
    "TWILIO_ACCOUNT_SID": "AC",
    "CALLER_NUMBER": "+15555550100",
    "PUBLIC_URL": "https://calls.example.com",
    "API_PORT": "5050",
    "LISTEN_FDS": "1",
}
LINK = re.compile(r"^  (https?://\S+)(/#invite=(\S+))$", re.MULTILINE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and what it said once it was up."""
    env = {"DRAGOMAN_ENGINE": "echo", "XDG_STATE_HOME": str(folder), "OPENAI_API_KEY": "", **OF_A_TELEPHONE}
    process = start(folder, "browser", *words, env=env)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = ""
        while "Ctrl-C stops it." not in said:
            line = process.stdout.readline()
            assert line, said + process.stderr.read()
            said += line
        yield process, said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def link(said: str) -> tuple[str, str, str]:
    """Origin, the rest, and the invitation in it."""
    found = LINK.search(said)
    assert found is not None, said
    return found[1], found[2], found[3]


def test_its_link_opens_the_page_for_its_user_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "--port", str(port)) as (process, said):
        origin, rest, _ = link(said)
        assert origin == f"http://localhost:{port}"
        assert "Engine: echo" in said
        assert "Languages: English, Spanish" in said
        assert "--tls self-signed" in said
        with chromium() as browser, visit(browser, origin + rest) as page:
            page.get_by_role("button", name="One device").click()
            page.get_by_role("button", name="Continue").wait_for()
            assert page.get_by_role("textbox").count() == 0, "nobody asks who it is"
            assert "invite" not in page.url
        process.send_signal(signal.SIGINT)
        assert process.wait(END_S) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "Stopping: rooms are closed.\n"
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_others_in_the_network_come_in_over_https(tmp_path: Path) -> None:
    if not own_addresses():  # then it says so, and that is all there is to see
        with (
            pytest.raises(AssertionError, match="this machine has no address in a network"),
            running(tmp_path, "--tls", "self-signed"),
        ):
            pass
        return
    port = free_port()
    with running(tmp_path, "--tls", "self-signed", "--port", str(port)) as (_, said):
        origin, _, invitation = link(said)
        assert origin == f"https://{own_addresses()[0]}:{port}"
        trusting = ssl.create_default_context(cafile=str(tmp_path / "dragoman" / "tls-cert.pem"))
        with httpx2.Client(base_url=origin, verify=trusting, trust_env=False) as http:
            answer = http.post("/api/login", json={"token": invitation}, headers={"Origin": origin})
            assert answer.json() == {"login": "guest"}
            made = http.post("/api/rooms", json={}, headers={"Origin": origin}).json()
            assert made["link"].startswith(f"{origin}/r/")
        assert re.search(r"SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}", said)


def test_the_users_telephone_and_server_are_left_alone() -> None:
    made = settings({**OF_A_TELEPHONE, "DRAGOMAN_ENGINE": "echo", "DRAGOMAN_BROWSER_TOKEN": "mine"}, 81, ())
    assert not made.keys() & (OF_A_TELEPHONE.keys() - {"API_PORT"})
    assert made["API_PORT"] == "81"
    assert made["DRAGOMAN_HOST"] == "127.0.0.1"
    assert (made["DRAGOMAN_ENGINE"], made["DRAGOMAN_BROWSER_TOKEN"]) == ("echo", "mine")
    assert strange_variables(made) == []
    assert settings({}, 81, ())["DRAGOMAN_BROWSER_TOKEN"] != settings({}, 81, ())["DRAGOMAN_BROWSER_TOKEN"]


def test_others_are_let_in_where_the_network_is() -> None:
    made = settings({}, 81, ("192.0.2.7", "2001:db8::7"))
    assert (made["DRAGOMAN_HOST"], made["PUBLIC_URL"]) == ("0.0.0.0", "https://192.0.2.7:81")
    made = settings({}, 81, ("2001:db8::7",))
    assert (made["DRAGOMAN_HOST"], made["PUBLIC_URL"]) == ("::", "https://[2001:db8::7]:81")
    assert settings({"DRAGOMAN_HOST": "10.0.0.1"}, 81, ("192.0.2.7",))["DRAGOMAN_HOST"] == "10.0.0.1"


def test_a_port_that_is_taken_is_not_insisted_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        assert usual_port("127.0.0.1", port) not in (port, 0)
    assert usual_port("127.0.0.1", port) == port
    assert usual_port("not a host") == PORT


def test_a_port_that_was_asked_for_is(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start(
            tmp_path, "browser", "--port", port, env={"DRAGOMAN_ENGINE": "echo", "XDG_STATE_HOME": str(tmp_path)}
        )
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"API_PORT: cannot listen on 127.0.0.1 port {port}" in errors
    assert "Traceback" not in errors
