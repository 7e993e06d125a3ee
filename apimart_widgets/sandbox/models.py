"""What each model of the sandbox takes, makes and costs, as data.

The first two models follow APIMart's page of gpt-image-1-official and gpt-image-1.5-official: three ratios, their
pixels, two formats, fifteen references. Of the third, gpt-image-2-official, no pixel sizes are published. **The ones
here are the sandbox's own choice**: about a megapixel at ``1k`` with both sides multiples of 16, twice the side at
``2k``, two and a half times at ``4k`` (16:9 becomes 3840x2160).

Prices are in US dollars an image. Those of the first two models repeat OpenAI's public list, for scale; those of the
third are made up, and its resolution costs nothing extra, since the API's price answer has no column for it. APIMart
bills its own rates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

QUALITIES = ("auto", "low", "medium", "high")
BACKGROUNDS = ("auto", "opaque", "transparent")
MODERATIONS = ("auto", "low")
MOST_IMAGES = 4

_BILLED_AS = {"auto": 1, "low": 0, "medium": 1, "high": 2}
_THREE_RATIOS = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
_MANY_RATIOS = {
    "auto": (1024, 1024),
    **_THREE_RATIOS,
    "4:3": (1344, 1008),
    "3:4": (1008, 1344),
    "5:4": (1280, 1024),
    "4:5": (1024, 1280),
    "16:9": (1536, 864),
    "9:16": (864, 1536),
    "2:1": (1536, 768),
    "1:2": (768, 1536),
    "21:9": (1568, 672),
    "9:21": (672, 1568),
}


@dataclass(frozen=True)
class Model:
    """One model: its ratios in pixels at ``1k``, formats, limits, and prices for low, medium and high.

    >>> MODELS["gpt-image-1-official"].pixels("3:2")
    (1536, 1024)
    >>> MODELS["gpt-image-2-official"].pixels("16:9", "4k")
    (3840, 2160)
    """

    id: str
    ratios: Mapping[str, tuple[int, int]]
    formats: tuple[str, ...]
    most_references: int
    transparent: bool
    square_prices: tuple[float, float, float]
    oblong_prices: tuple[float, float, float]
    resolutions: Mapping[str, float] = field(default_factory=dict)

    def pixels(self, size: str, resolution: str | None = None) -> tuple[int, int]:
        """Width and height in pixels of a ratio, at a resolution where the model has any."""
        width, height = self.ratios[size]
        scale = self.resolutions[resolution] if resolution else 1.0
        return round(width * scale), round(height * scale)

    def price(self, size: str, quality: str) -> float:
        """US dollars for one image; quality ``auto`` is billed as ``medium``.

        >>> model = MODELS["gpt-image-1-official"]
        >>> model.price("1:1", "auto") == model.price("1:1", "medium") == 0.042
        True
        """
        width, height = self.ratios[size]
        prices = self.square_prices if width == height else self.oblong_prices
        return prices[_BILLED_AS[quality]]

    def price_answer(self) -> dict[str, Any]:
        """The ``data`` of ``GET /api/pricing/model``."""
        return {
            "model_name": self.id,
            "billing_type": "size_quality",
            "model_price": self.price("1:1", "medium"),
            "discount_rate": 1.0,
            "supported_sizes": list(self.ratios),
            "supported_qualities": list(QUALITIES),
            "size_quality_prices": {
                size: {quality: self.price(size, quality) for quality in QUALITIES} for size in self.ratios
            },
        }

    def input_schema(self) -> dict[str, Any]:
        """The JSON schema of a generation request, as ``GET /v1/model-schema`` gives it."""
        properties: dict[str, Any] = {
            "model": {"type": "string", "const": self.id},
            "prompt": {"type": "string", "minLength": 1},
            "size": {"type": "string", "enum": list(self.ratios), "default": "1:1"},
            "n": {"type": "integer", "minimum": 1, "maximum": MOST_IMAGES, "default": 1},
            "quality": {"type": "string", "enum": list(QUALITIES), "default": "auto"},
            "background": {
                "type": "string",
                "enum": [word for word in BACKGROUNDS if self.transparent or word != "transparent"],
                "default": "auto",
            },
            "moderation": {"type": "string", "enum": list(MODERATIONS), "default": "auto"},
            "output_format": {"type": "string", "enum": list(self.formats), "default": "png"},
            "output_compression": {"type": "integer", "minimum": 0, "maximum": 100},
            "image_urls": {
                "type": "array",
                "items": {"type": "string", "format": "uri"},
                "maxItems": self.most_references,
            },
            "mask_url": {"type": "string", "format": "uri"},
        }
        if self.resolutions:
            properties["resolution"] = {"type": "string", "enum": list(self.resolutions), "default": "1k"}
        return {"type": "object", "properties": properties, "required": ["model", "prompt"]}


MODELS: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model(
            id="gpt-image-1-official",
            ratios=_THREE_RATIOS,
            formats=("png", "jpeg"),
            most_references=15,
            transparent=True,
            square_prices=(0.011, 0.042, 0.167),
            oblong_prices=(0.016, 0.063, 0.25),
        ),
        Model(
            id="gpt-image-1.5-official",
            ratios=_THREE_RATIOS,
            formats=("png", "jpeg"),
            most_references=15,
            transparent=True,
            square_prices=(0.009, 0.034, 0.133),
            oblong_prices=(0.013, 0.05, 0.20),
        ),
        Model(
            id="gpt-image-2-official",
            ratios=_MANY_RATIOS,
            formats=("png", "jpeg", "webp"),
            most_references=16,
            transparent=False,
            square_prices=(0.01, 0.04, 0.16),
            oblong_prices=(0.015, 0.06, 0.24),
            resolutions={"1k": 1.0, "2k": 2.0, "4k": 2.5},
        ),
    )
}
"""The models by name, in the order of ``GET /v1/models``."""
