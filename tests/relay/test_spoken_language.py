"""Which language words are in, by the ranking that the server uses."""

from __future__ import annotations

import pytest

from dragoman.language_rank import language_rank
from dragoman.ports import Rank
from dragoman.relay.spoken_language import SpokenLanguage, count, ordinary_words

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def rank() -> Rank:
    return language_rank()


LONG = {
    "en": "you can send it to my email address please",
    "es": "puede mandarlo a mi correo electrónico por favor",
    "fr": "vous pouvez l'envoyer à mon adresse s'il vous plaît",
    "de": "schicken Sie es bitte einfach an meine Adresse, das geht schneller",
    "ja": "明日の朝十時に予約を変更したいのですが",
    "zh": "请您把它发到我的电子邮箱里好吗",
    "hi": "कृपया इसे मेरे ईमेल पते पर भेज दीजिए",
}
SHORT = {
    "en": ("Okay, thank you.", "Thank you very much.", "Yes, please.", "Good morning.", "You're welcome."),
    "es": ("Muchas gracias.", "Buenos días, señora.", "Un momento, por favor."),
    "fr": ("Un moment, s'il vous plaît.",),
    "de": ("Vielen lieben dank.", "Einen Moment bitte."),
    "ja": ("ありがとうございます。", "はい、分かりました。"),
    "zh": ("请稍等一下。",),
    "hi": ("बहुत धन्यवाद", "एक मिनट रुकिए।"),
}
PAIRS = [(one, other) for one in LONG for other in LONG if one != other]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_sentence_is_told_in_every_pair(rank: Rank, source: str, target: str) -> None:
    judge = SpokenLanguage(source, target, rank)
    assert judge.is_target(LONG[target], over=False)
    assert not judge.is_target(LONG[source], over=False)
    assert not judge.is_target(LONG[source], over=True)
    assert judge.is_source_again(LONG[source])
    assert not judge.is_source_again(LONG[target])


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_third_language_has_to_be_interpreted(rank: Rank, source: str, target: str) -> None:
    judge = SpokenLanguage(source, target, rank)
    for language, text in LONG.items():
        if language not in (source, target):
            assert not judge.is_target(text, over=True), language


@pytest.mark.parametrize(("source", "target"), [(a, b) for a, b in PAIRS if "en" in (a, b)])
def test_a_few_words_decide_when_they_are_all(rank: Rank, source: str, target: str) -> None:
    judge = SpokenLanguage(source, target, rank)
    for text in SHORT[target]:
        if (source, text) in TOO_ALIKE:
            continue
        assert judge.is_target(text, over=True), text
    for text in SHORT[source]:
        assert not judge.is_target(text, over=True), text


TOO_ALIKE = {("fr", "Yes, please."), ("es", "Yes, please.")}
"""What the ranking is not sure enough about."""


@pytest.mark.parametrize("source", ["es", "fr", "de"])
def test_a_few_words_do_not_decide_while_more_may_come(rank: Rank, source: str) -> None:
    judge = SpokenLanguage(source, "en", rank)
    assert not judge.is_target("Okay, thank you", over=False)
    assert not judge.is_target("Hello, my name is", over=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "No.",
        "OK.",
        "No, no, no.",
        "Okay, okay.",
        "Uh-huh. Mhm.",
        "Hello?",
        "Sorry.",
        "555 0142 77",
        "John Smith",
        "Mister John Smith, 221 Baker Street, London",
        "California, New York, Washington",
        "john",
    ],
)
def test_short_words_names_and_numbers_decide_nothing(rank: Rank, text: str) -> None:
    for source in ("es", "fr", "de", "ja", "zh", "hi"):
        judge = SpokenLanguage(source, "en", rank)
        assert not judge.is_target(text, over=True)
        assert not judge.is_target(text, over=False)


PHRASES = {
    "es": "vale perfecto|mi madre|muy bien|hasta luego|claro que sí|un momento|está bien|por favor|no me acuerdo|"
    "en casa|a las tres|con mi hijo|soy ana|me duele|la cabeza|sin problema|tengo fiebre|mi doctor|es urgente|"
    "me da igual|total normal|red social|necesito el password del wifi|quiero hacer el check in online",
    "de": "ja genau|alles klar|bis morgen|in ordnung|ich bin krank|kein problem|warm und hell|in der hand|das ist gut|"
    "um acht uhr|ich komme|super danke|ist gut|im winter|mein arm|ich habe ein problem mit dem computer",
    "fr": "bonjour madame|oui merci|très bien|à demain|d'accord|je comprends|le weekend|bien sûr|c'est urgent|"
    "au revoir|important message|votre service client|question importante|le meeting est à midi|c'est pour le parking",
}


@pytest.mark.parametrize("source", PHRASES)
def test_a_speakers_own_phrases_are_not_english(rank: Rank, source: str) -> None:
    judge = SpokenLanguage(source, "en", rank)
    assert [text for text in PHRASES[source].split("|") if judge.is_target(text, over=True)] == []


@pytest.mark.parametrize(
    "text",
    [
        "sí claro mañana por la mañana you can send it",
        "muchas gracias por todo have a nice day and see you tomorrow morning at the office",
        "you can send it to my email address please and then i come by hasta mañana señora",
        "you can send it to my email address please porque no tengo impresora en casa y vivo lejos",
        "please wait a moment que ahora mismo voy a buscar el papel de la cita",
    ],
)
def test_a_mixed_sentence_is_for_the_engine(rank: Rank, text: str) -> None:
    judge = SpokenLanguage("es", "en", rank)
    assert not judge.is_target(text, over=False)
    assert not judge.is_target(text, over=True)


def test_words_that_turn_back_are_noticed_by_the_last_ones(rank: Rank) -> None:
    judge = SpokenLanguage("es", "en", rank)
    english = "you can send it to my email address please"
    assert not judge.is_source_again(english + " porque no")
    assert judge.is_source_again(english + " porque no tengo impresora en casa")


def test_han_alone_is_neither_chinese_nor_japanese(rank: Rank) -> None:
    for source, target in (("ja", "zh"), ("zh", "ja")):
        assert not SpokenLanguage(source, target, rank).is_target("予約番号確認", over=True)


def test_a_language_that_the_ranking_knows_not_decides_nothing() -> None:
    def of_english(text: str) -> list[tuple[str, float]]:
        return [("en", -1.0)]

    judge = SpokenLanguage("xx", "en", of_english)
    assert not judge.is_target(LONG["en"], over=True)
    assert not judge.is_source_again(LONG["en"])


def test_one_language_needs_no_judge(rank: Rank) -> None:
    with pytest.raises(ValueError, match="straight across"):
        SpokenLanguage("es", "es", rank)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Thank you, Maria.", ["thank", "you"]),
        ("Okay, thank you", ["thank", "you"]),
        ("Good morning. I am John Smith", ["good", "morning", "i", "am"]),
        ("Maria. Garcia 555", []),
        ("¿Cómo está? Bien", ["cómo", "está"]),
        ("no, I don't know", ["don't", "know"]),
        ("कृपया रुकिए।", ["कृपया", "रुकिए"]),
        ("cafe\u0301 con leche", ["café", "con", "leche"]),
        ("はい、分かりました", ["はい", "分かりました"]),
        ("", []),
    ],
)
def test_ordinary_words(text: str, words: list[str]) -> None:
    assert ordinary_words(text) == words


def test_counting_in_scripts_without_blanks() -> None:
    assert count(["please", "wait"]) == 2
    assert count(["请稍等一下"]) == 3
    assert count(["は"]) == 1
    assert count([]) == 0


def test_fewer_than_four_words_do_not_turn_back(rank: Rank) -> None:
    judge = SpokenLanguage("es", "en", rank)
    assert not judge.is_source_again("puede mandarlo mañana")
    assert not judge.is_source_again("")
    assert judge.is_source_again("puede mandarlo mañana temprano por favor")


# ---- Margins, by a ranking that is told ------------------------------------------------------------------------------

WORDS = "one two three four five six seven eight"


def told(**likely: float) -> SpokenLanguage:
    """Spanish to English; every text is ranked so."""
    return SpokenLanguage("es", "en", lambda _: list(likely.items()))


@pytest.mark.parametrize(("over", "words", "margin"), [(False, 4, 25.0), (True, 2, 10.0)])
def test_so_many_words_and_so_much_likelier_are_enough_and_no_less(over: bool, words: int, margin: float) -> None:
    text = " ".join(WORDS.split()[:words])
    fewer = " ".join(WORDS.split()[: words - 1])
    assert told(es=0.0, en=margin).is_target(text, over=over)
    assert not told(es=0.0, en=margin - 0.1).is_target(text, over=over)
    assert not told(es=0.0, en=margin).is_target(fewer, over=over)


@pytest.mark.parametrize("third", [6.0, 6.1])
def test_a_third_language_may_be_likelier_by_little(third: float) -> None:
    assert told(es=0.0, en=50.0, fr=50.0 + third).is_target(WORDS, over=True) is (third <= 6.0)


def test_what_the_ranking_does_not_know_is_no_language_of_this_lane() -> None:
    assert not told(en=50.0).is_target(WORDS, over=True)
    assert not told(es=0.0).is_target(WORDS, over=True)
    assert not told(es=50.0).is_source_again(WORDS)
    assert told(es=50.0, en=0.0).is_source_again(WORDS)


def test_four_of_the_last_words_and_ten_are_enough_to_be_back() -> None:
    assert told(es=10.0, en=0.0).is_source_again("one two three four")
    assert not told(es=9.9, en=0.0).is_source_again("one two three four")
    assert not told(es=10.0, en=0.0).is_source_again("one two three")


@pytest.mark.parametrize(("first", "second", "is_target"), [(0.5, 0.5, True), (0.0, 9.0, False), (9.0, 0.0, False)])
def test_from_six_words_on_each_half_has_to_lead(first: float, second: float, is_target: bool) -> None:
    leads = {"one two three": first, "four five six": second}
    judge = SpokenLanguage("es", "en", lambda text: [("es", 0.0), ("en", leads.get(text, 30.0))])
    assert judge.is_target("one two three four five six", over=False) is is_target
    assert judge.is_target("one two three four five", over=False)


def test_a_half_in_a_third_language_does_not_lead() -> None:
    halves = {"one two three": [("es", -1.0), ("en", 0.0), ("fr", 7.0)]}
    judge = SpokenLanguage("es", "en", lambda text: halves.get(text, [("es", 0.0), ("en", 30.0)]))
    assert not judge.is_target("one two three four five six", over=True)
