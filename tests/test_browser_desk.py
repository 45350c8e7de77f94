"""What is put together for browsers, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from dragoman.browser_desk import BrowserDoors, Spoken, agent_desk, browser_doors
from dragoman.browser_settings import BrowserSettings
from dragoman.domain.language import Language, LanguageTag
from dragoman.errors import SettingsError
from dragoman.sections import Settings, read_settings
from dragoman.tokens import Tokens
from dragoman.web.page_socket import Entrance
from tests.fakes import surroundings
from tests.fakes.engine import TURNS, FakeEngine
from tests.fakes.paper_rooms import LANGUAGES, PaperRooms
from tests.fakes.room_desk import API_TOKEN, SECRET, SPOKEN, PaperKeys, app_settings

pytestmark = pytest.mark.unit


def desk(settings: BrowserSettings, keys: PaperKeys | None = None, **app: object) -> BrowserDoors:
    tokens = Tokens(SECRET, lambda: 0.0)
    return browser_doors(settings, app_settings(**app), PaperRooms(), tokens, SPOKEN, keys=keys)


def test_it_is_off_as_a_rule() -> None:
    made = desk(BrowserSettings())
    assert (made.routes, dict(made.entrances), made.operations, made.notes) == ((), {}, (), ())


def test_it_needs_something_to_log_in_with() -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_BROWSER_TOKEN"):
        desk(BrowserSettings(on=True), api_token=None)
    for settings, token in ((BrowserSettings(on=True), API_TOKEN), (BrowserSettings(on=True, token="t" * 16), None)):  # type: ignore[arg-type]
        assert desk(settings, api_token=SecretStr(token) if token else None).routes


def test_all_that_is_served_is_described() -> None:
    for settings, keys, more in (
        (BrowserSettings(on=True), PaperKeys(), 0),
        (BrowserSettings(on=True, client_secrets_per_hour=1), PaperKeys(), 1),
        (BrowserSettings(on=True, client_secrets_per_hour=1), None, 0),
    ):
        made = desk(settings, keys)
        assert len(made.operations) == 9 + more
        assert {getattr(route, "path", "") for route in made.routes} == {
            *(one.path for one in made.operations),
            *("/", "/r/{room}", "/assets/{path:path}"),
        }


def test_the_socket_has_its_entrance() -> None:
    (entrance,) = desk(BrowserSettings(on=True)).entrances.values()
    assert isinstance(entrance, Entrance)
    assert entrance.subprotocol == "dragoman.1"


def test_who_serves_without_https_is_told() -> None:
    plain, _ = desk(BrowserSettings(on=True), public_url="http://localhost:5050").notes
    assert "docs/howto/https.md" in plain
    safe, languages = desk(BrowserSettings(on=True)).notes
    assert "https.md" not in safe
    assert languages.startswith("Languages in browsers: ")


def test_languages_are_those_that_are_interpreted_to_some_other_and_back() -> None:
    pairs = frozenset({("en", "es"), ("es", "en"), ("fr", "en")})
    engine = FakeEngine(capabilities=replace(TURNS, pairs=pairs))
    mexican = Language(LanguageTag("es-MX"), "Español (México)", "Mexican Spanish", "es-MX")
    configured = (LANGUAGES["en"], LANGUAGES["es"], mexican, LANGUAGES["fr"])
    spoken = Spoken.by(configured, (engine,))
    assert {tag: spoken.partners[tag] for tag in spoken.languages} == {
        "en": ("es", "es-MX"),
        "es": ("en",),
        "es-MX": ("en",),
    }
    assert [one.pairs for one in spoken.paired()] == [["es", "es-MX"], ["en"], ["en"]]
    assert spoken.told() == "English, Spanish, Mexican Spanish, each with each other", "but for two of one language"


def test_which_languages_go_together_is_told() -> None:
    one_way_out = frozenset({("en", "es"), ("es", "en"), ("fr", "en"), ("en", "fr")})
    configured = (LANGUAGES["en"], LANGUAGES["es"], LANGUAGES["fr"])
    engine = FakeEngine(capabilities=replace(TURNS, pairs=one_way_out))
    assert Spoken.by(configured, (engine,)).told() == "English with Spanish, English with French"
    assert Spoken.by(configured[:1], (engine,)).told() == "none"


def every(**env: str) -> Settings:
    return read_settings(surroundings.settings(DRAGOMAN_BROWSER_TOKEN="t" * 16, **env))


def test_agents_answer_in_pages_only_where_that_is_asked_for_and_there_are_pages() -> None:
    assert agent_desk(every()) is None
    assert agent_desk(every(DRAGOMAN_AGENT="browser", DRAGOMAN_BROWSER="true")) is not None
    with pytest.raises(SettingsError, match="DRAGOMAN_AGENT: is browser, but there are no pages"):
        agent_desk(every(DRAGOMAN_AGENT="browser"))
