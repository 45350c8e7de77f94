"""Which engines interpret: the built-in ones, and those that other packages bring.

Another package's engine is an entry point of the group `dragoman.engines`: a function that takes the environment
(`Mapping[str, str] | None`, None = the process's own) and returns a `ports.Engine`. Its name is what
`DRAGOMAN_ENGINE` or a language's `engine` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from dragoman.app_settings import AUTO
from dragoman.assistant_ports import AssistantEngine
from dragoman.domain.language import Glossary, Language
from dragoman.errors import SettingsError
from dragoman.interpreters.echo import EchoEngine
from dragoman.interpreters.local.capabilities import ASSISTANT_MODEL, SPOKEN, capabilities
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai import (
    ConversationEngine,
    OpenAISettings,
    RealtimeAssistantEngine,
    SpeechAnnouncer,
    assistant_engine,
    conversation_engine,
    translation_engine,
)
from dragoman.interpreters.openai.announce import ConversationAnnouncer
from dragoman.interpreters.openai.assistant_setup import AssistantPlan
from dragoman.interpreters.openai.conversation import ConversationPlan
from dragoman.interpreters.openai.endpoint import FALLBACK, AuthStyle, Endpoint
from dragoman.ladder_settings import OFF
from dragoman.ports import Announcer, Clock, Engine
from dragoman.relay.announcers import AnnouncerChain
from dragoman.settings import load

GROUP = "dragoman.engines"
LOCAL = "local"
TRANSLATION = "translation"
CONVERSATION = "conversation"
ECHO = "echo"
BUILT_IN = (TRANSLATION, CONVERSATION, LOCAL, ECHO)

LOCAL_MODEL = "dragoman-local"
LOCAL_PREFIX_MS = 600
"""The embedded engine's detector may notice speech half a second late; what lies before belongs to the utterance."""
LOCAL_VOICE = "marin"
"""The embedded engine takes the vendor's names of voices too, and has one like each in every language that it speaks.
"""

LOCAL_SPEECH_S = 50.0
"""A full announcement takes two busy cores as long to speak as it lasts."""

LOCAL_RENDER_S = 50.0
"""The embedded voices take about as long as they speak, and longer while they interpret."""

Environment = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The engines' names in the order in which they are tried for a direction, and why it is these. `spare`: those that
    are tried when these fail.
    """

    names: tuple[str, ...]
    why: str
    spare: tuple[str, ...] = ()


def installed() -> dict[str, EntryPoint]:
    """Engines of other packages, by name. A built-in name cannot be taken."""
    return {found.name: found for found in entry_points(group=GROUP) if found.name not in BUILT_IN}


def choose_names(wish: str, languages: Sequence[Language], glossary: Glossary, *, openai: bool) -> Choice:
    """What `DRAGOMAN_ENGINE` means here; engines that single languages wish for are added behind."""
    if wish != AUTO:
        chosen = Choice((wish,), f"DRAGOMAN_ENGINE={wish}")
    elif not openai:
        chosen = Choice((LOCAL,), "no OPENAI_API_KEY is set, so the embedded engine interprets")
    elif glossary:
        chosen = Choice((CONVERSATION, TRANSLATION), "a glossary or register is set, which only conversation takes")
    else:
        chosen = Choice((TRANSLATION, CONVERSATION), "translation where it speaks the language, conversation elsewhere")
    wishes = [language.engine for language in languages if language.engine]
    return Choice(tuple(dict.fromkeys([*chosen.names, *wishes])), chosen.why)


def fallback_names(wish: str, chosen: Sequence[str], *, second_server: bool) -> tuple[str, ...]:
    """What `DRAGOMAN_FALLBACK_ENGINES` means where `chosen` engines interpret."""
    if wish == OFF:
        return ()
    if wish != AUTO:
        return tuple(name for name in dict.fromkeys(wish.split(",")) if name not in chosen)
    by_openai = [name for name in chosen if name in (TRANSLATION, CONVERSATION)]
    if not by_openai:
        return ()
    others = [name for name in (TRANSLATION, CONVERSATION) if name not in chosen]
    again = [name + FALLBACK for name in (*by_openai, *others)] if second_server else []
    return (*again[: len(by_openai)], *others, *again[len(by_openai) :])


def build(name: str, env: Environment, clock: Clock, running: Running | None = None) -> Engine:
    """Build one engine; `running` is the embedded engine's process. Raise SettingsError for a name that nobody has."""
    match name:
        case "local" if running is not None:
            return local_engine(running, clock)
        case "translation":
            return translation_engine(_openai(env), clock)
        case "conversation":
            return conversation_engine(_openai(env), clock)
        case "translation-fallback":
            return translation_engine(_openai(env), clock, _second(env))
        case "conversation-fallback":
            return conversation_engine(_openai(env), clock, _second(env))
        case "echo":
            return EchoEngine(clock=clock)
        case _:
            return _installed(name)(env)


def local_engine(running: Running, clock: Clock) -> Engine:
    """The embedded engine, by the conversation protocol: it takes turns and names its utterances."""
    plan = ConversationPlan(LOCAL_MODEL, transcription=LOCAL_MODEL, voice=LOCAL_VOICE, prefix_ms=LOCAL_PREFIX_MS)
    abilities = capabilities(running.pairs) if running.pairs else capabilities()
    return ConversationEngine(_endpoint(running), plan, name=LOCAL, capabilities=abilities, clock=clock)


def local_assistant(running: Running, clock: Clock) -> AssistantEngine:
    """The embedded engine, with a mind: that of DRAGOMAN_MIND_URL, or the small one (`running.mind` says which)."""
    plan = AssistantPlan(ASSISTANT_MODEL, LOCAL_MODEL, LOCAL_VOICE, prefix_ms=LOCAL_PREFIX_MS, embedded=True)
    return RealtimeAssistantEngine(_endpoint(running), plan, name=LOCAL, clock=clock)


def openai_assistant(env: Environment, clock: Clock, *, fallback: bool = False) -> AssistantEngine:
    """OpenAI's speech model as an assistant; `fallback`: at the second server. Raises SettingsError."""
    return assistant_engine(_openai(env), clock, _second(env) if fallback else None)


def announcer(env: Environment, running: Running | None) -> AnnouncerChain | None:
    """What speaks notices: the embedded engine's voices where they speak the language, else OpenAI's speech, else a
    conversation session that reads; None where there is nothing.
    """
    members: list[Announcer] = []
    if running is not None:
        members.append(
            SpeechAnnouncer(
                _endpoint(running),
                LOCAL_MODEL,
                LOCAL_VOICE,
                any_voice=True,
                languages=SPOKEN,
                server=LOCAL,
                deadline_s=LOCAL_RENDER_S,
            )
        )
    settings = load(OpenAISettings, env)
    if settings.configured:
        members.append(SpeechAnnouncer(settings.endpoint(), settings.speech_model, settings.voice))
        members.append(ConversationAnnouncer(settings.endpoint(), settings.conversation_model, settings.voice))
    return AnnouncerChain(members) if members else None


def openai_is_set(env: Environment) -> bool:
    """Whether there is a key, or a server of the operator's own."""
    return load(OpenAISettings, env).configured


def second_server(env: Environment) -> bool:
    """Whether a second server, or a second key, is set."""
    return load(OpenAISettings, env).fallback_endpoint() is not None


def _second(env: Environment) -> Endpoint:
    endpoint = load(OpenAISettings, env).fallback_endpoint()
    if endpoint is None:
        raise SettingsError(["OPENAI_FALLBACK_BASE_URL: is not set, and the engine that you chose needs it."])
    return endpoint


def _endpoint(running: Running) -> Endpoint:
    return Endpoint(running.base_url, running.token, AuthStyle.BEARER)


def _openai(env: Environment) -> OpenAISettings:
    settings = load(OpenAISettings, env)
    if not settings.configured:
        raise SettingsError(
            ["OPENAI_API_KEY: is not set, and the engine that you chose needs it. Set it, or DRAGOMAN_ENGINE=local."]
        )
    return settings


def _installed(name: str) -> Callable[[Environment], Engine]:
    found = installed()
    if name not in found:
        known = ", ".join((*BUILT_IN, *found))
        raise SettingsError([f"DRAGOMAN_ENGINE: there is no engine {name!r}. Take auto, or one of {known}."])
    builder: Callable[[Environment], Engine] = found[name].load()
    return builder
