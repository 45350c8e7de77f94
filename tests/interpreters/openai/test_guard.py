from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.speech import Verdict
from dragoman.interpreters.openai.emulator.script import ANSWERS, COMMENTS, FOREIGN
from dragoman.interpreters.openai.engines import GuardParts
from dragoman.interpreters.openai.guard import Guard, is_one_sentence, is_question, ordinary_words, weight, word_count

pytestmark = pytest.mark.unit

PARTS = GuardParts.shipped()

GOOD = [
    ("es", "en", "Sí.", "Yes."),
    ("es", "en", "No.", "No."),
    ("es", "en", "Vale.", "OK."),
    ("es", "en", "¿Hola?", "Hello?"),
    ("es", "en", "¿De verdad?", "Really."),
    ("es", "en", "5551234", "5551234"),
    ("es", "en", "María González.", "María González."),
    ("es", "en", "Me llamo Ana Torres.", "My name is Ana Torres."),
    ("es", "en", "Un momento, por favor.", "One moment, please."),
    ("es", "en", "El jueves a las tres.", "Thursday at three."),
    ("es", "en", "¿Me puede decir su nombre, por favor?", "Could you tell me your name, please."),
    ("es", "en", "¿A qué hora cierran?", "What time do you close?"),
    ("es", "en", "¿Eres una máquina o una persona?", "Are you a machine or a person?"),
    ("es", "en", "¿Me puede traducir esta carta?", "Can you translate this letter for me?"),
    ("es", "en", "Lo siento, no le escucho.", "I'm sorry, I can't hear you."),
    ("es", "en", "Claro, aquí está su factura.", "Sure, here's your invoice."),
    ("es", "en", "Sí. ¿Y cuánto cuesta?", "Yes. And how much is it?"),
    (
        "es",
        "en",
        "Perdone, no le he oído. ¿Puede hablar más despacio?",
        "Sorry, I didn't hear you. Can you speak slower?",
    ),
    ("es", "pt", "Buenos días, quería saber el estado de mi pedido.", "Bom dia, queria saber o estado do meu pedido."),
    ("ja", "en", "はい、わかりました。", "Okay."),
    ("zh", "en", "张伟", "Zhang Wei"),
    ("fr", "en", "Je voudrais résilier mon abonnement.", "I would like to cancel my subscription."),
    ("en", "es", "How can I help you?", "¿En qué puedo ayudarle?"),
    ("en", "es", "I can help you with that.", "Puedo ayudarle con eso."),
    ("en", "es", "Sure, with pleasure.", "Claro, con mucho gusto."),
    ("en", "es", "Sure, here is your invoice.", "Claro, aquí está su factura."),
    ("en", "es", "Hotel Madrid", "Hotel Madrid"),
    (
        "en",
        "es",
        "I want a person, not an artificial intelligence.",
        "Quiero una persona, no una inteligencia artificial.",
    ),
    ("en", "fr", "Do you have your order number?", "Est-ce que vous avez votre numéro de commande ?"),
    ("en", "fr", "Sure, here is your invoice.", "Bien sûr, voici votre facture."),
    ("en", "de", "Yes, exactly.", "Ja, genau."),
    ("en", "de", "Sure, here is your invoice.", "Gerne, hier ist Ihre Rechnung."),
    ("en", "it", "I don't know.", "Non lo so."),
    ("en", "pt", "Good morning.", "Bom dia."),
    ("en", "zh", "Yes.", "是的。"),
    ("en", "zh", "What is your phone number?", "您的电话号码是多少?"),
    ("en", "zh", "iPhone 15 Pro", "iPhone 15 Pro"),
    ("en", "hi", "Yes.", "हाँ।"),
    ("en", "hi", "What is your order number?", "आपका ऑर्डर नंबर क्या है?"),
    ("en", "ja", "Yes.", "はい。"),
    ("en", "ja", "May I have your name?", "お名前を教えていただけますか?"),
    ("en", "ja", "Yes, please translate.", "はい、翻訳をお願いします。"),
    ("en", "ko", "Yes, understood.", "네, 알겠습니다."),
    ("en", "ru", "Yes, thank you.", "Да, спасибо."),
    ("en", "vi", "How can I help you?", "Tôi có thể giúp gì cho bạn?"),
    ("en", "id", "Thank you.", "Terima kasih."),
]

BAD = [
    (Verdict.ANSWERED, "es", "en", "¿Cuál es la capital de Francia?", "The capital of France is Paris."),
    (Verdict.ANSWERED, "es", "en", "¿Cuánto es dos más dos?", "Four."),
    (Verdict.ANSWERED, "es", "en", "Hola, buenos días.", "Hello! How can I help you today?"),
    (Verdict.ANSWERED, "es", "en", "¿Puede llamarme mañana?", "I'm an AI and cannot do that."),
    (Verdict.ANSWERED, "en", "es", "Can you open my account?", "Soy una inteligencia artificial, no puedo ayudarle."),
    (
        Verdict.ANSWERED,
        "es",
        "en",
        "Mi internet no funciona.",
        "Well, there are many ways to fix this problem. First you should restart the router and then call somebody.",
    ),
    (Verdict.COMMENTED, "es", "en", "Buenos días.", "Sure, here is the translation: good morning."),
    (Verdict.COMMENTED, "es", "en", "Buenos días.", "Good morning. (Note: the speaker sounds upset.)"),
    (Verdict.COMMENTED, "es", "en", "Quisiera una cita.", "The caller is asking for an appointment."),
    (Verdict.COMMENTED, "en", "fr", "Good morning.", "Voici la traduction : bonjour."),
    (Verdict.REPEATED_SOURCE, "es", "en", "Buenos días.", "Buenos días."),
    (Verdict.REPEATED_SOURCE, "es", "en", "Quiero hablar con un agente.", "Quiero hablar con un agente."),
    (Verdict.REPEATED_SOURCE, "en", "zh", "I would like to talk.", "I would like to talk."),
    (Verdict.REPEATED_SOURCE, "en", "hi", "Can you hear me now?", "Can you hear me now?"),
    (Verdict.WRONG_LANGUAGE, "es", "en", "Hola.", "Bonjour, je voudrais parler à un agent."),
    (Verdict.WRONG_LANGUAGE, "en", "es", "What is it?", "Hello, can you hear me well?"),
    (Verdict.WRONG_LANGUAGE, "ja", "zh", "こんにちは。", "こんにちは、お元気ですか。"),
]

RIGHT = {
    "en": "Where is my order number four?",
    "es": "¿Dónde está mi pedido número cuatro?",
    "fr": "Où est ma commande numéro quatre ?",
    "de": "Wo ist meine Bestellung Nummer vier?",
    "zh": "我的四号订单在哪里?",
    "hi": "मेरा ऑर्डर नंबर चार कहाँ है?",
    "ja": "私の注文4番はどこですか。",
}


def guard(source: str, target: str, *, serves: bool | None = None) -> Guard:
    return Guard(source, target, PARTS.phrases, PARTS.rank, serves=source == "en" if serves is None else serves)


@pytest.mark.parametrize(("source", "target", "heard", "said"), GOOD)
def test_a_good_translation_passes_at_every_length(source: str, target: str, heard: str, said: str) -> None:
    judge = guard(source, target)
    for known in (heard, None):
        for length in range(1, len(said) + 1):
            assert judge.judge(said[:length], known, done=length == len(said)) is None, said[:length]


@pytest.mark.parametrize(("verdict", "source", "target", "heard", "said"), BAD)
def test_a_lapse_is_caught(verdict: Verdict, source: str, target: str, heard: str, said: str) -> None:
    assert guard(source, target).judge(said, heard, done=True) is verdict


@pytest.mark.parametrize("target", RIGHT)
@pytest.mark.parametrize("serves", [True, False])
def test_the_emulators_misdeeds_in_every_shipped_language(target: str, serves: bool) -> None:
    source = "es" if target == "en" else "en"
    heard, right = RIGHT[source], RIGHT[target]
    judge = guard(source, target, serves=serves)
    assert judge.judge(right, heard, done=True) is None
    assert judge.judge(ANSWERS[target], heard, done=True) is Verdict.ANSWERED
    assert judge.judge(f"{COMMENTS[target]} {right}", heard, done=True) is Verdict.COMMENTED
    assert judge.judge(f"{COMMENTS[target]} {right}", None, done=True) is Verdict.COMMENTED
    assert judge.judge(heard, heard, done=True) is Verdict.REPEATED_SOURCE
    assert judge.judge(FOREIGN["it" if target == "de" else "de"], heard, done=True) is Verdict.WRONG_LANGUAGE


def test_a_caller_does_not_offer_help_even_when_the_words_are_not_known_yet() -> None:
    assert guard("es", "en", serves=False).judge(ANSWERS["en"], None, done=False) is Verdict.ANSWERED


def test_an_agent_may_offer_help_in_words_that_we_do_not_know() -> None:
    judge = guard("es", "en", serves=True)
    offer, idiom = "How can I help you?", "¿Qué se le ofrece?"
    assert judge.judge(offer, None, done=True) is None
    assert judge.judge(offer, idiom, done=True) is Verdict.ANSWERED
    assert judge.judge(offer, idiom, done=True, again=True) is None


def test_what_people_say_about_translations_is_translated() -> None:
    assert guard("es", "en").judge("The translation is ready.", "La traducción es para hoy.", done=True) is None


def test_the_same_language_twice_is_no_wrong_language() -> None:
    assert guard("en", "en").judge("Hello, can you hear me?", "Hello, can you hear me?", done=True) is None


def test_an_unknown_language_is_not_judged_by_its_words() -> None:
    assert guard("xx", "en").judge("Hello, can you hear me well?", None, done=True) is None


def test_sound_waits_for_four_words_or_the_end() -> None:
    judge, heard = guard("es", "en"), "Quisiera cambiar mi dirección."
    assert not judge.may_speak("I would like", heard, done=False)
    assert judge.may_speak("I would like to", heard, done=False)
    assert judge.may_speak("Yes.", heard, done=True)
    assert guard("en", "zh").may_speak("您的电话号码是", "Your phone number is", done=False)


def test_sound_waits_longer_while_it_is_not_known_what_was_said() -> None:
    judge = guard("es", "en")
    assert not judge.may_speak("I would like to change my", None, done=False)
    assert judge.may_speak("I would like to change my address", None, done=False)
    assert judge.may_speak("Yes.", None, done=True)


def test_sound_waits_while_another_language_is_likelier() -> None:
    said = "Guten Tag, ich möchte gerne wissen, wann meine Bestellung endlich geliefert wird."
    words = said.split()
    for source, target in (("es", "en"), ("en", "es")):
        judge = guard(source, target)
        for count in range(1, len(words) + 1):
            text = " ".join(words[:count])
            caught = judge.judge(text, None, done=False)
            assert caught or not judge.may_speak(text, None, done=False), f"{text!r} would be heard"


def test_the_answer_to_a_lone_question_waits_until_it_shows_that_it_asks() -> None:
    judge, heard = guard("es", "en"), "¿Cuál es la capital de Francia?"
    assert not judge.may_speak("The capital of France is", heard, done=False)
    assert judge.may_speak("What is the capital of", heard, done=False)
    assert judge.may_speak("The capital of France", "Hola. ¿Cuál es la capital de Francia?", done=False)


def test_measures() -> None:
    assert word_count("Hello, Mr. Smith!") == 3
    assert word_count("您好吗") == 2
    assert ordinary_words("Ana Torres lives in Madrid, iPhone 15.") == ["ana", "lives", "in"]
    assert ordinary_words("Ana Torres") == []
    assert weight("12") > weight("ab")
    assert is_question("¿Qué? ")
    assert is_question("您好吗\uff1f")
    assert not is_question("Sí.")
    assert is_one_sentence("¿Qué?")
    assert not is_one_sentence("Sí. ¿Qué?")


@given(st.text(max_size=80), st.none() | st.text(max_size=80), st.booleans())
def test_no_text_breaks_it(said: str, heard: str | None, done: bool) -> None:
    judge = guard("es", "en")
    assert judge.judge(said, heard, done=done) in {None, *Verdict}
    assert judge.may_speak(said, heard, done=done) in (True, False)
