"""Numbers measured on pictures, under their standard names, each with its source and what it is not.

None of them is quality: whether a picture is good, people judge. They say how pictures differ. A transparent picture
is laid on white first, as on a page; "grey" is luma after ITU-R BT.601, as Pillow's "L" and OpenCV have it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from . import words
from .analysis import needs_extra
from .errors import ConfigurationError, ImageError
from .results import GeneratedImage, ImageSet

if TYPE_CHECKING:
    import numpy as np

_WORKERS = 2  # as for every other work on pictures: the kernel keeps the rest of the machine
_SLICE = 0.2  # seconds: a wait without an end cannot be interrupted on Windows


def sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of the grey levels (0 to 255), in grey levels squared, from 0.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000. Not quality: noise and
    dense texture raise it as focus does, a calm picture is low, and it depends on the size in pixels.

    >>> sharpness(Image.new("RGB", (8, 8), "red"))
    0.0
    """
    with needs_extra():
        from skimage.filters import laplace

    return float(laplace(_grey(image)).var())


def colourfulness(image: Image.Image) -> float:
    """Spread and mean of the opponent colours red-green and yellow-blue, from 0 (grey) to about 150.

    Source: Hasler and Suesstrunk, "Measuring colourfulness in natural images", SPIE 5007 (2003), their M3 on sRGB
    values from 0 to 255. Not quality: a loud picture is no better than a quiet one.

    >>> round(colourfulness(Image.new("RGB", (8, 8), "red")), 2), colourfulness(Image.new("RGB", (8, 8), "grey"))
    (85.53, 0.0)
    """
    with needs_extra():
        import numpy as np

    red, green, blue = np.moveaxis(np.asarray(_on_white(image), dtype=float), 2, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = math.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * math.hypot(red_green.mean(), yellow_blue.mean()))


def entropy(image: Image.Image) -> float:
    """Shannon entropy of the grey levels' histogram, in bits, from 0 to 8.

    Source: Shannon, "A mathematical theory of communication" (1948), as scikit-image computes it. Not quality, and not
    detail: it does not look at where the levels stand, so noise has most of it.

    >>> entropy(Image.new("L", (8, 8), "white")) == 0, entropy(Image.linear_gradient("L"))
    (True, 8.0)
    """
    with needs_extra():
        from skimage.measure import shannon_entropy

    return float(shannon_entropy(_grey(image).astype("uint8"), base=2))


def brightness(image: Image.Image) -> float:
    """Mean luma, from 0 (black) to 1 (white).

    Source: luma of ITU-R BT.601. Not quality, and not exposure: a picture of snow is bright and one of night is dark.

    >>> brightness(Image.new("RGB", (8, 8), "white")), brightness(Image.new("RGB", (8, 8), "black"))
    (1.0, 0.0)
    """
    return float(_grey(image).mean() / 255)


def contrast_rms(image: Image.Image) -> float:
    """RMS contrast: the standard deviation of luma on a scale from 0 to 1, so from 0 to 0.5. Its metric is "contrast".

    Source: Peli, "Contrast in complex images", JOSA A 7 (1990). Not quality: fog has little of it, a checkerboard most.

    >>> contrast_rms(Image.new("RGB", (8, 8), "red"))
    0.0
    """
    return float(_grey(image).std() / 255)


def transparent_share(image: Image.Image) -> float:
    """How much of the picture's area is transparent, from 0 to 1; half transparent pixels count half.

    Source: alpha as coverage, Porter and Duff, "Compositing digital images", SIGGRAPH 1984. Not quality of a cut-out:
    it says how much was cut, not how cleanly.

    >>> transparent_share(Image.new("RGBA", (8, 8), (0, 0, 0, 51))), transparent_share(Image.new("L", (8, 8)))
    (0.8, 0.0)
    """
    with needs_extra():
        import numpy as np

    if not image.has_transparency_data:
        return 0.0
    return float(1 - np.asarray(image.convert("RGBA").getchannel("A"), dtype=float).mean() / 255)


def hash_distance(first: Image.Image, second: Image.Image) -> int:
    """Bits in which the perceptual hashes of two pictures differ, from 0 (alike) to 64; unlike ones lie near 32.

    Source: the DCT hash of Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), as
    imagehash's ``phash`` computes it with 8 x 8 bits. Not quality, and not likeness of meaning: two foxes drawn by the
    same words may differ in half their bits.

    >>> hash_distance(Image.radial_gradient("L"), Image.radial_gradient("L").convert("RGBA"))
    0
    """
    with needs_extra():
        import imagehash

    return int(imagehash.phash(_on_white(first)) - imagehash.phash(_on_white(second)))


def _on_white(image: Image.Image) -> Image.Image:
    """``image`` as RGB, its transparent parts white: what lies hidden under them is nobody's picture."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    upper = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", upper.size, "white"), upper).convert("RGB")


def _grey(image: Image.Image) -> np.ndarray[Any, Any]:
    """Luma from 0 to 255 as floats, shape (height, width)."""
    with needs_extra():
        import numpy as np

    return np.asarray(_on_white(image).convert("L"), dtype=float)


# ---- by name


@dataclass(frozen=True, eq=False)
class Metric:
    """One metric: its name, the function ``PIL.Image.Image -> float``, and its unit ("" for a plain number)."""

    name: str
    function: Callable[[Image.Image], float]
    unit: str = ""


_STANDARD = {
    metric.name: metric
    for metric in (
        Metric("sharpness", sharpness, "grey levels²"),
        Metric("colourfulness", colourfulness),
        Metric("entropy", entropy, "bits"),
        Metric("brightness", brightness),
        Metric("contrast", contrast_rms),
        Metric("transparent_share", transparent_share),
    )
}
_metrics = dict(_STANDARD)
_measured: dict[tuple[str, Metric], float] = {}
_lock = threading.Lock()


def metrics() -> tuple[Metric, ...]:
    """Every metric known by name: the standard ones, then those added.

    >>> [metric.name for metric in metrics()]
    ['sharpness', 'colourfulness', 'entropy', 'brightness', 'contrast', 'transparent_share']
    """
    with _lock:
        return tuple(_metrics.values())


def unit_of(name: str) -> str:
    """The unit of a metric, or of a column of ``ImageSet.to_records``; "" where it has none.

    >>> unit_of("entropy"), unit_of("cost"), unit_of("brightness")
    ('bits', '$', '')
    """
    with _lock:
        metric = _metrics.get(name)
    columns = {"cost": "$", "bytes": "bytes", "width": "px", "height": "px", "rating": "★"}
    return metric.unit if metric else columns.get(name, "")


def register_metric(name: str, function: Callable[[Image.Image], float], *, unit: str = "") -> Metric:
    """Add a metric of your own; it is tried at once on a small picture.

    Args:
        name: a word such as "redness", which becomes its column.
        function: takes a PIL image and returns a finite number. It runs on another thread, never changes the image, and
            gives the same number for the same picture: each is measured once.
        unit: shown behind its numbers.

    Raises:
        ConfigurationError: the name is no word or is taken, or the function raises or returns no finite number.

    >>> register_metric("width_in_px", lambda image: image.width, unit="px").unit
    'px'
    >>> unregister_metric("width_in_px")
    """
    from .tables import COLUMNS

    if not isinstance(name, str) or not name.isidentifier():
        raise ConfigurationError(words.say("metrics.no_name", name=repr(name)))
    trial = Image.linear_gradient("L").resize((32, 32)).convert("RGB")
    try:
        _finite(function(trial))
    except Exception as error:  # the function is the user's, and may raise anything
        raise ConfigurationError(words.say("metrics.fails", name=name, reason=_reason(error))) from error
    metric = Metric(name, function, str(unit))
    with _lock:
        if name in _metrics or name in [column.name for column in COLUMNS]:
            raise ConfigurationError(words.say("metrics.taken", name=name))
        _metrics[name] = metric
    return metric


def unregister_metric(name: str) -> None:
    """Forget a metric that was added; one that is not known is no error, and a standard one stays."""
    with _lock:
        if name not in _STANDARD and (gone := _metrics.pop(name, None)):
            for key in [key for key in _measured if key[1] is gone]:
                del _measured[key]


def measure(images: Iterable[GeneratedImage], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The rows of ``ImageSet.to_records`` with a column for each metric, in the order of ``images``.

    The pictures are decoded and measured on two threads of their own; an interrupt ends the wait at once. A picture is
    measured once for each metric, whatever set it is in. Where a picture's file is gone its metrics are None, which a
    contrast counts as missing.

    Args:
        images: an ``ImageSet`` or any finished pictures.
        names: of metrics; every one that is known where it is left out.

    Raises:
        ConfigurationError: an unknown name, or a metric of your own that raises or returns no finite number.
        ImportError: the extra is not installed.

    >>> measure([], ["sharpness"])
    []
    """
    chosen = _chosen(names)
    pictures = ImageSet(images)
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="apimart-measure")
    try:
        futures = [pool.submit(_measure_one, image, chosen) for image in pictures]
        measured = []
        for future in futures:
            while not future.done():
                wait([future], _SLICE)
            measured.append(future.result())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [{**row, **found} for row, found in zip(pictures.to_records(), measured, strict=True)]


def listed(names: Sequence[str]) -> list[str]:
    """The names of metrics as a list; one name stands for itself."""
    found = [names] if isinstance(names, str) else list(names) if isinstance(names, Iterable) else [names]
    if not all(isinstance(name, str) for name in found):
        raise ConfigurationError(words.say("metrics.no_list", value=repr(names)[:80]))
    return found


def _chosen(names: Sequence[str] | None) -> list[Metric]:
    with _lock:
        known = dict(_metrics)
    if names is None:
        return list(known.values())
    asked = listed(names)
    for name in asked:
        if name not in known:
            raise ConfigurationError(words.say("metrics.unknown", name=repr(name), known=", ".join(known)))
    return [known[name] for name in asked]


def _measure_one(image: GeneratedImage, chosen: list[Metric]) -> dict[str, float | None]:
    with _lock:
        found = {metric.name: _measured.get((image.sha256, metric)) for metric in chosen}
    missing = [metric for metric in chosen if found[metric.name] is None]
    if not missing:
        return found
    try:
        picture = image.to_pil()
    except ImageError:  # a table is worth having although one file is gone
        return found
    for metric in missing:
        found[metric.name] = _value(metric, picture, image)
    with _lock:
        _measured.update(
            {(image.sha256, metric): value for metric in missing if (value := found[metric.name]) is not None}
        )
    return found


def _value(metric: Metric, picture: Image.Image, image: GeneratedImage) -> float:
    if metric.name in _STANDARD:
        return metric.function(picture)
    try:
        return _finite(metric.function(picture.copy()))  # a user's function may draw on it
    except Exception as error:  # and may raise anything
        raise ConfigurationError(
            words.say("metrics.fails_on", name=metric.name, picture=image.file_name, reason=_reason(error))
        ) from error


def _finite(value: object) -> float:
    """``value`` as a float; ValueError with a sentence when it is no finite number."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, str) or not math.isfinite(number):
        raise ValueError(words.say("metrics.no_number", value=repr(value)[:60]))
    return number


def _reason(error: Exception) -> str | words.Sentence:
    sentence = error.args[0] if error.args else None
    return sentence if isinstance(sentence, words.Sentence) else f"{type(error).__name__}: {error}".rstrip(".: ") + "."
