"""Image files as the sandbox hands them out: PNG, JPEG and WebP with the request written into them.

PNG carries each entry as a text chunk (iTXt where it is not Latin-1). JPEG and WebP carry all entries as one JSON
object in the EXIF UserComment, which is ASCII whatever the prompt holds, plus ImageDescription and Software that say
where the picture is from.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

from PIL import Image, PngImagePlugin

SOFTWARE = "APIMart sandbox"
_DESCRIPTION = "Drawn offline by the APIMart sandbox; no image model was involved."
_EXIF_ROOM = 60_000  # an EXIF segment of a JPEG file ends at 65,533 bytes
_TAG_DESCRIPTION, _TAG_SOFTWARE, _IFD_EXIF, _TAG_COMMENT = 0x010E, 0x0131, 0x8769, 0x9286


def encode(image: Image.Image, output_format: str, *, compression: int | None, metadata: Mapping[str, str]) -> bytes:
    """The file of `image`.

    Parameters
    ----------
    image
        RGB or RGBA. JPEG has no alpha channel: transparent parts become white there.
    output_format
        ``"png"``, ``"jpeg"`` or ``"webp"``.
    compression
        JPEG and WebP quality, 0 to 100, None for 90. PNG takes no notice: always zlib level 1, which is fast.
    metadata
        Text by name, for example the prompt. A lone surrogate becomes ``?``. In JPEG and WebP the longest entries are
        cut where all of them together pass 60,000 bytes. ``sandbox`` and ``Software`` are added.

    Raises
    ------
    ValueError
        For any other format.

    >>> data = encode(Image.new("RGB", (8, 8)), "png", compression=None, metadata={"prompt": "一只狐狸"})
    >>> opened = Image.open(io.BytesIO(data))
    >>> opened.size, opened.info["prompt"], opened.info["sandbox"]
    ((8, 8), '一只狐狸', 'true')
    """
    entries = {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in metadata.items()}
    entries = {**entries, "sandbox": "true", "Software": SOFTWARE}
    buffer = io.BytesIO()
    if output_format == "png":
        image.save(buffer, "PNG", compress_level=1, pnginfo=_chunks(entries))
    elif output_format == "jpeg":
        _on_white(image).save(buffer, "JPEG", quality=_quality(compression), exif=_exif(entries))
    elif output_format == "webp":
        image.save(buffer, "WEBP", quality=_quality(compression), method=2, exif=_exif(entries))
    else:
        raise ValueError(
            f"The sandbox writes png, jpeg and webp, not {output_format!r}. Set output_format to one of these."
        )
    return buffer.getvalue()


def _quality(compression: int | None) -> int:
    return 90 if compression is None else max(1, compression)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _chunks(entries: Mapping[str, str]) -> PngImagePlugin.PngInfo:
    chunks = PngImagePlugin.PngInfo()
    for name, text in entries.items():
        add = chunks.add_text if all(ord(letter) < 256 for letter in text) else chunks.add_itxt
        add(name[:79], text)
    return chunks


def _exif(entries: Mapping[str, str]) -> Image.Exif:
    entries = dict(entries)
    while len(comment := json.dumps(entries).encode("ascii")) > _EXIF_ROOM:
        longest = max(entries, key=lambda name: len(json.dumps(entries[name])))
        entries[longest] = entries[longest][: int(len(entries[longest]) * 0.8)]
    exif = Image.Exif()
    exif[_TAG_DESCRIPTION] = _DESCRIPTION
    exif[_TAG_SOFTWARE] = SOFTWARE
    exif.get_ifd(_IFD_EXIF)[_TAG_COMMENT] = b"ASCII\0\0\0" + comment
    return exif
