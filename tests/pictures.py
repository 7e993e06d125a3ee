"""Small pictures with the request they might have come from, made without any session."""

from __future__ import annotations

import datetime
import hashlib
import io
from typing import Any, Literal

from PIL import Image

import apimart_widgets as am


def made(
    prompt: str = "A fox",
    *,
    take: int = 0,
    mode: Literal["live", "sandbox"] = "live",
    kind: str = "png",
    **settings: Any,
) -> am.GeneratedImage:
    """A picture of 12x8 pixels; another ``take`` of the same request has other pixels."""
    request = am.ImageRequest(prompt, **settings)
    colour = hashlib.sha256(repr((request, take, mode)).encode()).digest()[:3]
    file = io.BytesIO()
    Image.new("RGB", (12, 8), tuple(colour)).save(file, kind)
    data = file.getvalue()
    return am.GeneratedImage(
        request=request,
        task_id=f"task-{colour.hex()}",
        index=0,
        data=data,
        path=None,
        sha256=hashlib.sha256(data).hexdigest(),
        size=(12, 8),
        format=kind,
        mode=mode,
        created=datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.timezone.utc),
    )
