"""The language in which a session's next words are expected, or the two of which they are in one."""

from __future__ import annotations

from dragoman.interpreters.realtime.wire.session import Transcription


class Expected:
    """One session's. `given`: for a client who cannot say it in its configuration. An interpreter's session that is
    told two languages goes both ways; without `both_ways` the first one counts.
    """

    def __init__(self, given: str | None, *, both_ways: bool) -> None:
        self._given, self._both_ways = given, both_ways
        self._languages: tuple[str, ...] = ()
        self._last: str | None = None

    def configure(self, wanted: Transcription | None) -> None:
        """What the session's configuration says now."""
        tags = [] if wanted is None else [wanted.language, *(wanted.languages or ())]
        self._languages = tuple(dict.fromkeys(found for tag in tags if (found := primary(tag)) is not None))

    @property
    def source(self) -> str | None:
        """The language; of two, the one that was spoken last."""
        if self.other is not None:
            return self._last if self._last in self._languages else self._languages[0]
        return self._languages[0] if self._languages else self._given

    @property
    def other(self) -> str | None:
        """Of two, the one that was not spoken last; None where there is but one."""
        if not self._both_ways or len(self._languages) != 2:
            return None
        first, second = self._languages
        return first if self._last == second else second

    def heard(self, language: str) -> bool:
        """An utterance is in `language`; whether it is to be interpreted from that one, whichever was expected."""
        if self.other is None:
            return False
        self._last = language
        return True


def primary(tag: str | None) -> str | None:
    """The primary subtag: "pt" of "pt_BR"."""
    return tag.replace("_", "-").split("-")[0].lower() if tag else None
