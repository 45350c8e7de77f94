"""One device between two people, whole: Chromium, `dragoman serve`, the embedded engine.

Spanish goes into the microphone and English comes out of the loudspeaker; then the switch is set to find out by itself
who speaks, and English becomes Spanish.
Takes about half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from dragoman.audio import g711, wav
from dragoman.cli.demo.turns import shipped
from dragoman.domain.audio import AudioFormat
from tests.e2e.hear_wavs import heard as words_of
from tests.e2e.test_demo import plain
from tests.fakes.chromium import ALLOWED, PHONE, chromium, start, visit
from tests.fakes.page_sound import heard_mulaw, with_ear
from tests.fakes.photographs import look_over
from tests.fakes.weights import settings as models
from tests.rig.browser_house import BrowserHouse, browser_house, choose, sign_in

pytestmark = [pytest.mark.models, pytest.mark.timeout(120)]

LEAD_MS: Final = 3000
"""The file begins when the microphone is opened: so long the page has to be in the talk."""
BETWEEN_MS: Final = 5000
"""Between the Spanish sentence and the English one: the switch is pressed in it."""
PATIENCE_MS: Final = 40_000.0
QUIET_MS: Final = 3000.0
SPANISH, ENGLISH = shipped()[1], shipped()[6]
PHOTOS: Final = "browser-live"


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV of the two people, one after the other."""
    pause = AudioFormat.PCMU_8K.silence
    said = pause(LEAD_MS) + SPANISH.audio + pause(BETWEEN_MS) + ENGLISH.audio + pause(500)
    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    path.write_bytes(wav.write(g711.decode(said), 8000))
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserHouse]:
    engine = {
        "DRAGOMAN_ENGINE": "local",
        "DRAGOMAN_MODELS": str(models().models_folder),
        "DRAGOMAN_ANNOUNCE": "off",
    }
    with browser_house(tmp_path_factory.mktemp("house"), **engine) as served:
        yield served


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Browser]:
    with chromium(ALLOWED, f"--use-file-for-fake-audio-capture={microphone}%noloop") as started:
        yield started


def test_spanish_in_english_out_and_the_other_way_round(house: BrowserHouse, browser: Browser, tmp_path: Path) -> None:
    with visit(browser, house.url, PHONE, dark=True, prepare=with_ear) as page:
        sign_in(page, "One device")
        choose(page, "Your language", "Español")
        choose(page, "The other person's language", "English")
        page.get_by_role("button", name="Continue").click()
        start(page)
        spanish, english = page.get_by_role("region", name="Spanish"), page.get_by_role("region", name="English")
        expect(spanish.get_by_text(re.compile("factura"))).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name="Automatic").click()  # while the interpreter is still at work
        expect(page.get_by_role("button", name="Automatic")).to_have_attribute("aria-pressed", "true")
        expect(english.get_by_text(re.compile("Carlos"))).to_be_visible(timeout=PATIENCE_MS)
        look_over(page, PHOTOS, "device-first-phone-dark")
        expect(english.get_by_text(re.compile("refund"))).to_be_visible(timeout=PATIENCE_MS)
        expect(spanish.get_by_text(re.compile("tarjeta"))).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_role("button", name="English")).to_have_attribute("aria-current", "true")
        expect(page.locator(".status-text")).to_have_text("Listening", timeout=PATIENCE_MS)
        look_over(page, PHOTOS, "device-both-phone-dark")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")
        whole = heard_out(page)
        leave(page)
    said = recognised(whole, "en", tmp_path)
    assert re.search(r"name is carlos", said), said
    assert re.search(r"problem\b.*\b(bill|invoice)", said), said
    said = recognised(whole, "es", tmp_path)
    assert re.search(r"(cuarenta y dos|42)\W+dolares", said), said
    assert re.search(r"tarjeta", said), said
    spoken_s = SPANISH.duration_s + ENGLISH.duration_s
    assert loud_s(whole) < 1.6 * spoken_s, "nothing but the interpretation was played"


def heard_out(page: Page) -> bytes:
    """All that the page played, once no more comes: on a busy machine an utterance has pauses between its clauses."""
    whole, before_s = heard_mulaw(page), -1.0
    while (now_s := loud_s(whole)) > before_s:
        before_s = now_s
        page.wait_for_timeout(QUIET_MS)
        whole = heard_mulaw(page)
    return whole


def leave(page: Page) -> None:
    """The host of a shared device ends it, and sees what it came to."""
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("button", name="Leave").last.click()
    page.get_by_text("Download the transcript").wait_for()
    look_over(page, PHOTOS, "device-ended-phone-dark")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Text").click()
    transcript = Path(saved.value.path()).read_text(encoding="utf-8")
    for words in ("factura", "Carlos", "refund", "tarjeta"):
        assert words in transcript


def recognised(audio: bytes, language: str, folder: Path) -> str:
    """The words of one language in a recording of the loudspeaker, in plain letters; another language is noise."""
    path = folder / f"{language}.wav"
    path.write_bytes(wav.write_mulaw(audio))
    return plain(" ".join(words for _, words in words_of(path, language)))


def loud_s(audio: bytes) -> float:
    """For how long there is sound in it."""
    loud = np.abs(g711.decode(audio)) > 600
    frames = loud[: loud.size // 160 * 160].reshape(-1, 160).any(axis=1)
    return float(np.count_nonzero(frames)) * 0.02
