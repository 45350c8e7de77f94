"""Every parser that faces outside, with good inputs and the errors that it may raise: nothing else may come of it.

`covers` names the public functions that an entry tries, so that `test_every_parser_is_here.py` finds a forgotten one.
"""

from __future__ import annotations

import asyncio
import enum
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from dragoman import dialling
from dragoman.app_settings import AppSettings, origin
from dragoman.audio import g711, wav
from dragoman.browser import wire as browser_wire
from dragoman.browser_settings import BrowserSettings
from dragoman.domain.call import Role
from dragoman.domain.language import LanguageTag
from dragoman.domain.manner import AS_USUAL
from dragoman.errors import DialError, ModelError, Refused, RemoteWireError, SettingsError, UpstreamError
from dragoman.glossary import load_glossary
from dragoman.interpreters.local import stream
from dragoman.interpreters.local.apertium import read_mode
from dragoman.interpreters.local.manifest import parse_manifest
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.openai import client_secret, faults
from dragoman.interpreters.openai.endpoint import checked_base_url
from dragoman.interpreters.openai.settings import OpenAISettings
from dragoman.interpreters.openai.socket import retry_after_s
from dragoman.interpreters.realtime.wire import conversation, older, translation
from dragoman.keys import USUAL, parse_keys
from dragoman.languages import languages
from dragoman.notices import Notices
from dragoman.persona_file import read_persona
from dragoman.personas import Personas, unchecked
from dragoman.ports import LanguageBook, MediaRequest
from dragoman.relay import assistant_memory, memories, memory
from dragoman.relay.call_machine import begin
from dragoman.relay.consent import Answered
from dragoman.relay.memory import VERSION, Memory, written
from dragoman.relay.transcript import Utterance
from dragoman.settings import environment, load, variables
from dragoman.telephony.twilio import account, build, taskrouter, wire
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.menu import Menu
from dragoman.telephony.twilio.pairing import Pairings
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.signature import Signatures, sign
from dragoman.tokens import Tokens
from dragoman.toml_file import TomlFile
from dragoman.tools.schema import signature_of
from dragoman.web.askers import Origins, address_of
from dragoman.web.control import ChangeBody, read_change
from tests.fakes.remembered import ANSWERED
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH, setup_of
from tests.fakes.twilio_desk import ACCOUNT, BOOK, PUBLIC_URL, TOKEN, Desk, twilio_settings
from tests.fuzz.wire_values import examples


class Form(enum.Enum):
    """How an input is made up."""

    JSON = enum.auto()
    TEXT = enum.auto()
    BYTES = enum.auto()


@dataclass(frozen=True)
class Parser:
    """`read` takes bytes (TEXT: as UTF-8 with lone surrogates let through); `good` are inputs that it takes."""

    name: str
    form: Form
    read: Callable[[bytes], object]
    good: tuple[bytes, ...]
    raises: tuple[type[Exception], ...] = ()
    covers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def text(raw: bytes) -> str:
    """What hypothesis made of text, with its lone surrogates."""
    return raw.decode("utf-8", "surrogatepass")


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda raw: read(text(raw))


def of_clean_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """For a reader that gets text out of a message that was read already: always text, never a lone surrogate."""
    return lambda raw: read(raw.decode("utf-8", "replace"))


def of_file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """For a reader of files: the bytes as a file."""

    def through_a_file(raw: bytes) -> object:
        with tempfile.NamedTemporaryFile(suffix=".toml") as file:
            file.write(raw)
            file.flush()
            return read(Path(file.name))

    return through_a_file


# ---- Messages --------------------------------------------------------------------------------------------------------

FROM_TWILIO: Final = wire.Connected | wire.Started | wire.Media | wire.Dtmf | wire.Marked | wire.Stopped
FROM_APP: Final = wire.AppMedia | wire.AppMark | wire.AppClear
RULED: Final = {
    "role": "user",
    "conversation": "none",
    "output_modalities": ["audio"],
    "max_output_tokens": 20,
    "language": "es",
    "effort": "low",
    "tool_choice": "auto",
    "truncation": "auto",
    "tracing": "auto",
    "include": [],
    "voice": "marin",
    "delay": "low",
    "rate": 24000,
    "idle_timeout_ms": 6000,
    "eagerness": "auto",
}
"""Values that keep the rules of the realtime protocols."""
RULED_TYPES: Final = {"session": "realtime", "content": "input_text", "noise_reduction": "near_field"}

_CARRIER: Final = wire.CarrierEnd("MZ1", "CA1", ACCOUNT)


def _tool(name: str, number: int, kinds: list[Role] | None = None, *, apart: bool = False) -> None:
    """A tool's function, with what a model may have to write for one."""


def client_examples(union: Any) -> tuple[bytes, ...]:
    return examples(union, RULED, RULED_TYPES)


def older_examples() -> tuple[bytes, ...]:
    """Today's events of the assistant's speech under the names that they had."""
    todays = {name: was for was, name in older.NAMES.items()}
    events = (msgspec.json.decode(event, type=dict[str, object]) for event in examples(conversation.AnyServerEvent))
    return tuple(
        msgspec.json.encode({**event, "type": todays[kind]})
        for event in events
        if (kind := str(event["type"])) in todays
    )


MESSAGES: Final = (
    Parser(
        "twilio to us",
        Form.JSON,
        wire.decode,
        examples(FROM_TWILIO),
        (RemoteWireError,),
        ("telephony.twilio.wire:decode",),
    ),
    Parser(
        "us to twilio",
        Form.JSON,
        _CARRIER.read,
        examples(FROM_APP),
        (),
        ("telephony.twilio.wire:CarrierEnd.read", "telephony.twilio.wire:CarrierEnd.read_binary"),
    ),
    Parser(
        "conversation server",
        Form.JSON,
        conversation.decode_server,
        examples(conversation.AnyServerEvent),
        (RemoteWireError,),
        ("interpreters.realtime.wire.conversation:decode_server", "interpreters.realtime.wire.envelope:read_server"),
    ),
    Parser(
        "conversation server, older names",
        Form.JSON,
        older.decode_any,
        older_examples(),
        (RemoteWireError,),
        ("interpreters.realtime.wire.older:decode_any",),
    ),
    Parser(
        "conversation client",
        Form.JSON,
        conversation.decode_client,
        client_examples(conversation.AnyClientEvent),
        (),
        ("interpreters.realtime.wire.conversation:decode_client", "interpreters.realtime.wire.envelope:read_client"),
    ),
    Parser(
        "translation server",
        Form.JSON,
        translation.decode_server,
        examples(translation.AnyServerEvent),
        (RemoteWireError,),
        ("interpreters.realtime.wire.translation:decode_server",),
    ),
    Parser(
        "translation client",
        Form.JSON,
        translation.decode_client,
        client_examples(translation.AnyClientEvent),
        (),
        ("interpreters.realtime.wire.translation:decode_client",),
    ),
    Parser(
        "page to us",
        Form.JSON,
        browser_wire.decode_page,
        examples(browser_wire.FromPage, {"rate": 24000, "channels": 1, "db": -18.0}),
        (),
        ("browser.wire:decode_page",),
    ),
    Parser(
        "us to a page",
        Form.JSON,
        browser_wire.decode_server,
        examples(browser_wire.FromServer),
        (RemoteWireError,),
        ("browser.wire:decode_server",),
    ),
    Parser(
        "key of a session",
        Form.JSON,
        client_secret.read_answer,
        (b'{"value":"ek_1","expires_at":1800000000,"session":{}}',),
        (UpstreamError,),
        ("interpreters.openai.client_secret:read_answer",),
    ),
    Parser(
        "change of a call",
        Form.JSON,
        lambda body: read_change(body, BOOK),
        (
            *examples(ChangeBody, {"caller_language": "es", "agent_language": "en", "engine": "auto"}),
            b'{"original":{"to_caller":"duck","to_agent":"off"},"say_again":"caller"}',
        ),
        (Refused,),
        ("web.control:read_change",),
    ),
    Parser(
        "tool arguments",
        Form.JSON,
        of_clean_text(signature_of(_tool).arguments),
        (b'{"name":"a","number":1,"kinds":["caller"],"apart":true}',),
        (ValueError,),
    ),
    Parser(
        "task attributes",
        Form.JSON,
        lambda raw: (
            taskrouter.read({"EventType": "reservation.accepted", "TaskAttributes": text(raw), "ResourceSid": "x"})
            if _is_text(raw)
            else None
        ),
        (b'{"dragoman_call":"c1","caller_language":"es","more":{"a":[1]}}',),
        (),
        ("telephony.twilio.taskrouter:read",),
    ),
)


def _is_text(raw: bytes) -> bool:
    try:
        text(raw)
    except UnicodeDecodeError:
        return False
    return True


# ---- Answers of Twilio's REST API ------------------------------------------------------------------------------------


def _answered(status: int, ask: Callable[[httpx2.AsyncClient], Any]) -> Callable[[bytes], object]:
    """For a client of Twilio's: `raw` is the body of the answer."""

    def read(raw: bytes) -> object:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=raw))

        async def asked() -> object:
            async with httpx2.AsyncClient(transport=transport) as http:
                return await ask(http)

        return asyncio.run(asked())

    return read


def _dialled(http: httpx2.AsyncClient) -> Any:
    return build(twilio_settings(), PUBLIC_URL, http).telephony.dial(setup_of("c1"), Role.CALLER)


_SETTINGS: Final = twilio_settings()
ANSWERS: Final = (
    Parser("dialled leg", Form.JSON, _answered(201, _dialled), (b'{"sid":"CA1","more":[{}]}',), (DialError,)),
    Parser("refused leg", Form.JSON, _answered(400, _dialled), (b'{"code":21211,"message":"no"}',), (DialError,)),
    Parser(
        "account",
        Form.JSON,
        _answered(200, lambda http: account.account_state(_SETTINGS, http)),
        (b'{"status":"active","type":"Full"}',),
        (UpstreamError,),
    ),
    Parser(
        "refused account",
        Form.JSON,
        _answered(401, lambda http: account.account_state(_SETTINGS, http)),
        (b'{"code":20003}',),
        (UpstreamError,),
    ),
    Parser(
        "numbers",
        Form.JSON,
        _answered(200, lambda http: account.owned_numbers(_SETTINGS, http)),
        (b'{"incoming_phone_numbers":[{"phone_number":"+1","voice_url":null,"trunk_sid":"TK1"}]}',),
        (UpstreamError,),
    ),
)


# ---- What stands at the doors ----------------------------------------------------------------------------------------

_SIGNATURES: Final = Signatures({ACCOUNT: [TOKEN]})
_TOKENS: Final = Tokens("a secret of some length", lambda: 1_800_000_000.0)
_MENU: Final = Menu(BOOK, Notices.load(), Addresses(PUBLIC_URL))
_DOOR: Final = Desk().door
_PAIRINGS: Final = Pairings(60)
_WORD: Final = _PAIRINGS.digits("c1", 0.0)
_BOOK: Final = LanguageBook((ENGLISH, SPANISH), ENGLISH, {LanguageTag("hi"): "no engine"})


def _signed_form(word: str) -> object:
    one, _, rest = word.partition("\n")
    url, _, signature = rest.partition("\n")
    return (
        _SIGNATURES.of_form(url, [("AccountSid", ACCOUNT), (one, word)], signature),
        _SIGNATURES.of_form(url, [("AccountSid", one)], signature),
        _SIGNATURES.of_body(url, one.encode("utf-8", "replace"), signature),
        _SIGNATURES.of_handshake(url, signature),
    )


def _at_the_media_door(word: str) -> object:
    signature, _, query = word.partition("\n")
    return _DOOR(MediaRequest("/intercept", query, {"x-twilio-signature": signature}, "127.0.0.1"))


def _menu_answer(word: str) -> object:
    digits, _, speech = word.partition("\n")
    return _MENU.answer(digits, speech), _MENU.answer("", speech), _BOOK.find(word)


def _token(word: str) -> object:
    token, _, call_id = word.partition("\n")
    return _TOKENS.open_stream(token, call_id, Role.CALLER)


def _assistant_token(word: str) -> object:
    token, _, call_id = word.partition("\n")
    return _TOKENS.open_assistant_stream(token, call_id)


def _panel(word: str) -> object:
    token, _, call_id = word.partition("\n")
    _TOKENS.open_panel(token, call_id)
    return None


_LEG: Final = f"{PUBLIC_URL}/leg?call=c1&bodySHA256=ab"
DOORS: Final = (
    Parser(
        "signature",
        Form.TEXT,
        of_text(_signed_form),
        tuple(
            f"From\n{url}\n{sign(TOKEN, url)}".encode()
            for url in (_LEG, "wss://calls.example.com:443/intercept", "http://[::1]:80/x?")
        ),
    ),
    Parser(
        "media door",
        Form.TEXT,
        of_text(_at_the_media_door),
        (f"{sign(TOKEN, 'wss://calls.example.com/intercept')}\n".encode(),),
        (Refused,),
    ),
    Parser("menu answer", Form.TEXT, of_text(_menu_answer), ("2\nEspañol, por favor".encode(), "\n中文 吧".encode())),
    Parser(
        "stream token",
        Form.TEXT,
        of_text(_token),
        (f"{_TOKENS.stream('c1', Role.CALLER)}\nc1".encode(),),
        (Refused,),
        ("tokens:Tokens.open_stream",),
    ),
    Parser(
        "assistant's stream token",
        Form.TEXT,
        of_text(_assistant_token),
        (f"{_TOKENS.assistant_stream('c1')}\nc1".encode(),),
        (Refused,),
        ("tokens:Tokens.open_assistant_stream",),
    ),
    Parser(
        "panel token",
        Form.TEXT,
        of_text(_panel),
        (f"{_TOKENS.panel('c1')}\nc1".encode(),),
        (Refused,),
        ("tokens:Tokens.open_panel",),
    ),
    Parser(
        "seat token",
        Form.TEXT,
        of_text(_TOKENS.open_seat),
        (_TOKENS.seat("room1", "seat1", 60.0).encode(),),
        (Refused,),
        ("tokens:Tokens.open_seat",),
    ),
    Parser(
        "call seat token",
        Form.TEXT,
        of_text(_TOKENS.open_call_seat),
        (_TOKENS.call_seat("call1", "page-1~p1", 60.0).encode(),),
        (Refused,),
        ("tokens:Tokens.open_call_seat",),
    ),
    Parser(
        "host token",
        Form.TEXT,
        of_text(lambda raw: _TOKENS.open_host(raw, "room1")),
        (_TOKENS.host("room1", 60.0).encode(),),
        (Refused,),
        ("tokens:Tokens.open_host",),
    ),
    Parser(
        "invite",
        Form.TEXT,
        of_text(_TOKENS.open_invite),
        (_TOKENS.invite(3, 60.0).encode(),),
        (Refused,),
        ("tokens:Tokens.open_invite",),
    ),
    Parser(
        "login",
        Form.TEXT,
        of_text(_TOKENS.open_login),
        (_TOKENS.login("operator", "mark").encode(),),
        (Refused,),
        ("tokens:Tokens.open_login",),
    ),
    Parser(
        "room key",
        Form.TEXT,
        of_text(lambda raw: _TOKENS.check_room_key("room1", raw)),
        (_TOKENS.room_key("room1").encode(),),
        (Refused,),
    ),
    Parser(
        "origin of a page",
        Form.TEXT,
        of_text(lambda raw: Origins(["https://a.example"]).ours({"origin": raw, "host": raw})),
        (b"https://a.example",),
    ),
    Parser(
        "forwarded address",
        Form.TEXT,
        of_text(lambda raw: address_of("127.0.0.1", raw, BrowserSettings().proxies())),
        (b"198.51.100.7, 10.0.0.1", b"2001:db8::1%eth0"),
    ),
    Parser("pairing word", Form.TEXT, of_text(lambda word: _PAIRINGS.take(word, "CA1", 1.0)), (_WORD.encode(),)),
)


# ---- What operators write --------------------------------------------------------------------------------------------


def _shipped(name: str) -> bytes:
    return resources.files("dragoman").joinpath(name).read_bytes()


_GLOSSARY: Final = """register = "formal"
background = "A bank's card department."

[[term]]
term = "overdraft"
translations = { es = "descubierto", fr = "découvert" }
notes = '''Not
"sobregiro".'''

[[term]]
term = "Acme"
""".encode()
_OWN_LANGUAGES: Final = b"""hi = false
nl = { key = "6" }
"pt-BR" = { name = "Portugues", locale = "pt-BR", engine = "local" }
zh-Hant-TW = { english = "Taiwanese Mandarin", voice = "cedar" }
"""
_OWN_NOTICES: Final = _shipped("notices.toml")[:6000].rpartition(b"\n")[0] + b'\n[pt-BR]\nwhisper = "de {language}"\n'
_ENV: Final = {
    "PUBLIC_URL": "https://calls.example.com:8443",
    "DRAGOMAN_SECRET": "0123456789abcdef",
    "DRAGOMAN_ORIGINAL": "to_caller=duck to_agent=off",
    "DRAGOMAN_ANNOUNCE": "caller=full agent=short",
    "DRAGOMAN_CONSENT": "key-both",
    "DRAGOMAN_KEYS": USUAL,
    "DRAGOMAN_PERSON": "+12025550199",
    "DRAGOMAN_LEAD_MS": "120",
    "DRAGOMAN_LAG_TARGET_S": "1.5",
    "DRAGOMAN_MAX_USD_PER_CALL": "2",
    "API_PORT": "0",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "t",
    "TWILIO_SUBACCOUNTS": f"AC{'5' * 32}:x",
    "TWILIO_CALLER_NUMBER": "+12025550123",
    "TWILIO_FLEX_NUMBER": "+12025550124",
    "TWILIO_FLEX_WORKFLOW_SID": "WW" + "b" * 32,
    "TWILIO_BASE_URL": "http://127.0.0.1:1/",
    "OPENAI_BASE_URL": "https://x.openai.azure.com/v1?api-version=1",
    "OPENAI_TRANSLATION_USD_PER_MINUTE": "0.03",
    "DRAGOMAN_LOCAL_THREADS": "2",
}
_SECTIONS: Final = (AppSettings, TwilioSettings, OpenAISettings, LocalSettings)
_VARIABLES: Final = sorted(
    {one for part in _SECTIONS for names in variables(part).values() for one in names} | set(_ENV)
)


def _lines(raw: str) -> dict[str, str]:
    """`NAME=value` lines as an environment; a line without a known name is the value of a variable of its length."""
    found: dict[str, str] = {}
    for line in raw.split("\n"):
        name, equals, value = line.partition("=")
        if not equals or name not in _VARIABLES:
            name, value = _VARIABLES[len(line) % len(_VARIABLES)], line
        found[name] = value
    return found


def _all_settings(raw: str) -> object:
    env = _lines(raw)
    problems: list[str] = []
    for section in _SECTIONS:
        try:
            load(section, env)
        except SettingsError as wrong:
            problems += wrong.problems
    if problems:
        raise SettingsError(problems)
    return None


_SAMPLE_ENV: Final = "\n".join(f"{name}={value}" for name, value in _ENV.items()).encode()
FILES: Final = (
    Parser(
        "toml",
        Form.TEXT,
        of_text(lambda raw: TomlFile("f", raw)),
        (_GLOSSARY, _OWN_LANGUAGES, b'a.b."c d" = 1979-05-27T07:32:00Z\n[x.y]\n[[z]]\nq=[1,{a=0x1F}]\n'),
        (SettingsError,),
    ),
    Parser(
        "glossary",
        Form.TEXT,
        of_file(load_glossary),
        (_GLOSSARY,),
        (SettingsError,),
        ("glossary:load_glossary", "toml_file:TomlFile.read"),
    ),
    Parser("languages", Form.TEXT, of_file(languages), (_OWN_LANGUAGES, _shipped("languages.toml")), (SettingsError,)),
    Parser(
        "notices",
        Form.TEXT,
        of_file(Notices.load),
        (_OWN_NOTICES,),
        (SettingsError,),
        ("notices:Notices.load",),
    ),
    Parser(
        "env file",
        Form.TEXT,
        of_file(lambda path: environment(None, str(path))),
        (_SAMPLE_ENV, b"export A='b c' # d\nB=\"x\\ny\"\nC=${A}\nD\n"),
        (SettingsError,),
    ),
    Parser(
        "settings",
        Form.TEXT,
        of_text(_all_settings),
        (_SAMPLE_ENV,),
        (SettingsError,),
        ("settings:load",),
    ),
    Parser(
        "keys",
        Form.TEXT,
        of_text(parse_keys),
        (USUAL.encode(), b"caller: 0=person; agent: off"),
        (ValueError,),
        ("keys:parse_keys",),
    ),
    Parser(
        "address",
        Form.TEXT,
        of_text(dialling.address),
        (b"+34 911 23 45 67", b"sip:a@b.c", b"client:ann"),
        (ValueError,),
    ),
    Parser("origin", Form.TEXT, of_text(origin), (b"https://calls.example.com", b"http://[::1]:80/"), (ValueError,)),
    Parser(
        "base url",
        Form.TEXT,
        of_text(checked_base_url),
        (b"https://api.openai.com/v1", b"ws://127.0.0.1:9/v1/?a=b"),
        (ValueError,),
    ),
    Parser(
        "manifest",
        Form.TEXT,
        of_text(parse_manifest),
        (resources.files("dragoman.interpreters.local").joinpath("models.toml").read_bytes(),),
        (ModelError,),
        ("interpreters.local.manifest:parse_manifest",),
    ),
    Parser(
        "apertium mode",
        Form.TEXT,
        of_file(read_mode),
        (
            b"lt-proc 'a.bin' | apertium-tagger -g $2 b | apertium-pretransfer | lt-proc -b c.bin | lrx-proc d"
            b" | apertium-transfer -b e f | apertium-postchunk g h | lt-proc $1 i.bin\n",
        ),
        (ModelError,),
        ("interpreters.local.apertium:read_mode",),
    ),
)


_PERSONA: Final = _shipped("shipped_personas/reception.toml")
_FAQ: Final = _shipped("shipped_personas/reception.en.faq.toml")


def _persona(raw: str, faq: str) -> object:
    return read_persona(TomlFile("p.toml", raw), lambda name: TomlFile(name, faq), unchecked, "+12025550199")


def _folder(path: Path) -> object:
    """The file as the only persona of its folder."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "p.toml").write_bytes(path.read_bytes())
        return Personas.load(Path(folder))


PERSONAS: Final = (
    Parser(
        "persona",
        Form.TEXT,
        of_text(lambda raw: _persona(raw, _FAQ.decode())),
        (_PERSONA,),
        (SettingsError,),
        ("persona_file:read_persona",),
    ),
    Parser("faq", Form.TEXT, of_text(lambda raw: _persona(_PERSONA.decode(), raw)), (_FAQ,), (SettingsError,)),
    Parser(
        "personas",
        Form.TEXT,
        of_file(_folder),
        (b"name = 'a'\nlanguages = ['en']\ninstructions = 'b'\n[hours]\nzone = 'UTC'\nmonday = ['09:00-12:00']\n",),
        (SettingsError,),
        ("personas:Personas.load",),
    ),
)


# ---- What a store gives back -----------------------------------------------------------------------------------------

_CALL: Final = Memory(
    begin(setup_of("c1"))[0],
    AS_USUAL,
    1_800_000_000.0,
    troubles=["none"],
    answers=[Answered(Role.CALLER, True, 2.0)],
    utterances={Role.CALLER: [Utterance(1, "u1", Role.CALLER, "es", "en", "echo", source_text="hola")]},
    nonces=["n"],
)
_TASK: Final = f"{ACCOUNT}/WS{'a' * 32}/WT{'b' * 32}".encode()
STORED: Final = (
    Parser(
        "stored call", Form.JSON, lambda raw: memory.read(raw, VERSION), (written(_CALL),), (), ("relay.memory:read",)
    ),
    Parser(
        "stored assistant's call",
        Form.JSON,
        lambda raw: memories.read(raw, assistant_memory.VERSION),
        (assistant_memory.written(ANSWERED),),
        (),
        ("relay.assistant_memory:read", "relay.memories:read"),
    ),
    Parser(
        "stored task",
        Form.TEXT,
        of_text(taskrouter.Task.read),
        (_TASK,),
        (),
        ("telephony.twilio.taskrouter:Task.read",),
    ),
)


# ---- Other words and sounds ------------------------------------------------------------------------------------------

OTHERS: Final = (
    Parser(
        "apertium stream",
        Form.TEXT,
        of_text(lambda raw: stream.render(stream.parse(raw))),
        (rb"^tener# que<vblex><inf>/have<vbhaver>$ ^me\/r<n>+lo<prn>$[<b>] ^*zorg$",),
        (),
        ("interpreters.local.stream:parse",),
    ),
    Parser(
        "waiting hint",
        Form.TEXT,
        of_text(lambda raw: (faults.wait_s(raw), retry_after_s(raw))),
        (b"Rate limit reached. Please try again in 1.25s.", b"12", b"try again in 900ms"),
    ),
    Parser(
        "wav",
        Form.BYTES,
        wav.read,
        (wav.write_mulaw(bytes(200)), wav.write(g711.decode(bytes(range(200))), 24_000)),
        (wav.WavError,),
        ("audio.wav:read",),
    ),
    Parser("mu-law", Form.BYTES, g711.decode, (bytes(range(256)),), (), ("audio.g711:decode",)),
)

PARSERS: Final = (*MESSAGES, *ANSWERS, *DOORS, *FILES, *PERSONAS, *STORED, *OTHERS)
