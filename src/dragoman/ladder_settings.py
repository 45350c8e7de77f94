"""The settings that say what is done when an engine fails: which one comes next, and what comes after the last."""

from __future__ import annotations

from pydantic import field_validator

from dragoman.settings import Section, named

AUTO = "auto"
OFF = "off"
LONGEST_ROTATION_MIN = 59


class LadderSettings(Section):
    """The ladder: the engine, other engines, the parties' own voices, a person; and up again when the fault ends."""

    fallback_engines: str = named(
        "DRAGOMAN_FALLBACK_ENGINES",
        default=AUTO,
        help="engines that are tried when the chosen ones fail, in order, with commas; auto: the other one of "
        "translation and conversation, and before it the same one at OPENAI_FALLBACK_BASE_URL; off: none",
    )
    fallback_original: bool = named(
        "DRAGOMAN_FALLBACK_ORIGINAL",
        default=True,
        help="whether the parties hear each other's own voices, and are told so, while no engine works",
    )
    person_after_s: float = named(
        "DRAGOMAN_PERSON_AFTER_S",
        default=30.0,
        help="after so many seconds without any engine the caller is connected with DRAGOMAN_PERSON, to 3600; 0: never",
    )
    rotate_minutes: float = named(
        "DRAGOMAN_ROTATE_MINUTES",
        default=55.0,
        help="how old an engine's session may grow before a fresh one takes over in a pause, 1 to 59 minutes",
    )

    @field_validator("fallback_engines")
    @classmethod
    def _names(cls, value: str) -> str:
        names = [name.strip().lower() for name in value.split(",")]
        if not all(names):
            raise ValueError("must be auto, off, or names of engines with commas between them")
        if len(names) > 1 and {AUTO, OFF} & set(names):
            raise ValueError("auto and off stand alone")
        return ",".join(names)

    @field_validator("person_after_s")
    @classmethod
    def _patience(cls, value: float) -> float:
        if not 0 <= value <= 3600:
            raise ValueError("must be between 0 and 3600 seconds")
        return value

    @field_validator("rotate_minutes")
    @classmethod
    def _age(cls, value: float) -> float:
        if not 1 <= value <= LONGEST_ROTATION_MIN:
            raise ValueError("must be between 1 and 59 minutes: the vendor ends a session after sixty")
        return value
