"""Draws pictures when they are fetched, two at a time on threads of their own, and keeps the latest in memory.

A picture is the same whenever it is drawn: it follows from its order, the content of its references and its seed. So
what is dropped from memory is simply drawn again.
"""

from __future__ import annotations

import asyncio
import io
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from .task import Elsewhere, Picture
from .upload import Upload

_PAINTED_SIDES = (64, 4096)
_FLAT_COLOUR = (201, 111, 74)

T = TypeVar("T")


class _Painters:
    """The two threads that do all work on pictures, of every sandbox in the process.

    No pool of Python's own: that ends with the main thread, while a script may still wait in another; nor a thread for
    each picture, which Python 3.12 refuses to start by then. The session's pool does the same; a sandbox stands alone.
    """

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for number in range(2):
            threading.Thread(target=self._serve, name=f"sandbox-studio_{number}", daemon=True).start()

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Have some work done as soon as one of them is free."""
        future: Future[T] = Future()

        def do() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

        self._work.put(do)
        return future

    def _serve(self) -> None:
        while True:
            self._work.get()()


_painters: _Painters | None = None
_hiring = threading.Lock()


def _hired() -> _Painters:
    global _painters
    with _hiring:
        if _painters is None:
            _painters = _Painters()
        return _painters


def _forget_after_fork() -> None:
    # Threads do not follow into a forked process.
    global _painters, _hiring
    _painters, _hiring = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


class Studio:
    """The drawing side of one sandbox; with `flat`, every picture is one colour, so that drawing does not count.

    `kept_limit` is how many bytes of pictures it keeps in memory; the latest one is kept in any case.

    >>> Studio(flat=True).kept_bytes
    0
    """

    def __init__(self, *, flat: bool) -> None:
        self.kept_limit = 64 * 1024 * 1024
        self._flat = flat
        _hired()  # now: a script may be too far gone by the first picture
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._drawing: dict[str, Future[bytes]] = {}

    @property
    def kept_bytes(self) -> int:
        """How much of its memory is in use."""
        with self._lock:
            return sum(map(len, self._kept.values()))

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work on pictures away from the event loop, such as checking an upload."""
        return await asyncio.wrap_future(_hired().start(work))

    async def content(self, picture: Picture) -> bytes:
        """The file of a picture, drawn now or earlier; asked for twice at the same time, it is drawn once."""
        name = self._name(picture)
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
            drawing = self._drawing.get(name)
            if drawing is None:
                drawing = self._drawing[name] = _hired().start(lambda: self._draw_and_keep(name, picture))
        # Shielded, because another request may be waiting for the same drawing.
        return await asyncio.shield(asyncio.wrap_future(drawing))

    def _draw_and_keep(self, name: str, picture: Picture) -> bytes:
        try:
            content = self._draw(picture)
            with self._lock:
                self._kept[name] = content
                kept = sum(map(len, self._kept.values()))
                while kept > self.kept_limit and len(self._kept) > 1:
                    kept -= len(self._kept.popitem(last=False)[1])
            return content
        finally:
            with self._lock:
                self._drawing.pop(name, None)

    def _name(self, picture: Picture) -> str:
        order = picture.task.order
        if self._flat:
            return f"{order.pixels} {order.output_format} {order.background == 'transparent'}"
        return picture.seed

    def _draw(self, picture: Picture) -> bytes:
        if self._flat:
            return _flat(picture)
        from . import painter  # loads Pillow's drawing modules: with the first picture, not with the application

        task, order = picture.task, picture.task.order
        image = painter.paint(
            order.prompt,
            order.pixels,
            quality=order.quality,
            background=order.background,
            seed=picture.take,
            references=[self._source(source) for source in task.references],
            mask=None if task.mask is None else self._source(task.mask),
        )
        metadata = {
            "prompt": order.prompt,
            "quality": order.quality,
            "source": f"drawn offline in place of {order.model.id}, no model's picture",
        }
        return painter.encode(image, order.output_format, compression=order.output_compression, metadata=metadata)

    def _source(self, source: Upload | Picture | Elsewhere) -> bytes:
        if isinstance(source, Upload):
            return source.content
        if isinstance(source, Picture):
            with self._lock:
                kept = self._kept.get(self._name(source))
            # Drawn on this thread: handed to others it could leave those that have a place waiting for a third.
            return kept if kept is not None else self._draw(source)
        return _stand_in(source)


def _stand_in(source: Elsewhere) -> bytes:
    from . import painter

    # A mask settles the size of the picture it belongs to, and a mask may be smaller or larger than what is painted.
    width, height = (min(max(side, _PAINTED_SIDES[0]), _PAINTED_SIDES[1]) for side in source.size)
    image = painter.paint(source.url, (width, height), quality="medium", background="opaque", seed=source.url)
    if image.size != source.size:
        image = image.resize(source.size)
    return painter.encode(image, "png", compression=None, metadata={"source": source.url})


def _flat(picture: Picture) -> bytes:
    from PIL import Image

    order = picture.task.order
    transparent = order.background == "transparent"
    image = (
        Image.new("RGBA", order.pixels, (0, 0, 0, 0)) if transparent else Image.new("RGB", order.pixels, _FLAT_COLOUR)
    )
    file = io.BytesIO()
    image.save(file, order.output_format)
    return file.getvalue()
