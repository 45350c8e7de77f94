"""The living captions of one call: kept from its start, handed to whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side

HISTORY = 4000
WATCHER_QUEUE = 512


class CaptionFeed:
    """Publishes without ever waiting: a watcher that lags behind loses growing captions, not final ones."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, Side], Caption] = {}
        self._watchers: list[asyncio.Queue[Caption | None]] = []
        self._over = False

    def publish(self, caption: Caption) -> None:
        key = (caption.utterance, caption.side)
        if key not in self._latest and len(self._latest) >= HISTORY:
            self._latest.pop(next(iter(self._latest)))
        self._latest[key] = caption
        for queue in self._watchers:
            if caption.final or queue.qsize() < WATCHER_QUEUE // 2:
                _offer(queue, caption)

    def close(self) -> None:
        """The call is over: every watcher ends after what it has."""
        self._over = True
        for queue in self._watchers:
            _offer(queue, None)

    async def watch(self) -> AsyncIterator[Caption]:
        """What was said so far (the last state of each side), then every caption as it comes."""
        queue: asyncio.Queue[Caption | None] = asyncio.Queue(WATCHER_QUEUE)
        history = list(self._latest.values())
        self._watchers.append(queue)
        try:
            for caption in history:
                yield caption
            while not (self._over and queue.empty()):
                caption_or_end = await queue.get()
                if caption_or_end is None:
                    return
                yield caption_or_end
        finally:
            self._watchers.remove(queue)


def _offer(queue: asyncio.Queue[Caption | None], item: Caption | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)
