"""The living captions of one call: kept from its start, handed to whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side

HISTORY = 4000
"""So many sides of utterances are kept: some hours of talk."""

Key = tuple[str, Side]


class _Watcher:
    """What a watcher has not seen yet: the last state of each side, in the order in which they first changed."""

    def __init__(self, history: dict[Key, Caption]) -> None:
        self.unseen = dict(history)
        self.news = asyncio.Event()


class CaptionFeed:
    """Publishes without ever waiting: one who watches slowly skips growing captions, and misses no last word."""

    def __init__(self) -> None:
        self._latest: dict[Key, Caption] = {}
        self._watchers: list[_Watcher] = []
        self._over = False

    @property
    def watchers(self) -> int:
        return len(self._watchers)

    def publish(self, caption: Caption) -> None:
        key = (caption.utterance, caption.side)
        _put(self._latest, key, caption)
        for watcher in self._watchers:
            _put(watcher.unseen, key, caption)
            watcher.news.set()

    def close(self) -> None:
        """The call is over: every watcher ends after what it has."""
        self._over = True
        for watcher in self._watchers:
            watcher.news.set()

    async def watch(self) -> AsyncIterator[Caption]:
        """What was said so far (the last state of each side), then every caption as it comes."""
        watcher = _Watcher(self._latest)
        self._watchers.append(watcher)
        try:
            while True:
                while watcher.unseen:
                    yield watcher.unseen.pop(next(iter(watcher.unseen)))
                if self._over:
                    return
                watcher.news.clear()
                await watcher.news.wait()
        finally:
            self._watchers.remove(watcher)


def _put(captions: dict[Key, Caption], key: Key, caption: Caption) -> None:
    if key not in captions and len(captions) >= HISTORY:
        del captions[next(iter(captions))]
    captions[key] = caption
