"""POST /v1/uploads/images, and files as references and masks."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from .conftest import Api, assert_error

LIMIT = 20 * 1024 * 1024


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 0).save(file, kind)
    return file.getvalue()


def uploaded(api: Api, content: bytes) -> str:
    response = api.upload(content)
    assert response.status_code == 200, response.text
    return str(response.json()["url"])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_upload_is_told_by_its_content_and_served_back(api: Api, kind: str) -> None:
    content = picture(kind)
    answer = api.upload(content, name="photo.txt").json()
    assert set(answer) == {"url", "filename", "content_type", "bytes", "created_at"}
    assert (answer["filename"], answer["content_type"]) == ("photo.txt", f"image/{kind.lower()}")
    assert (answer["bytes"], type(answer["created_at"])) == (len(content), int)
    served = api.fetch(answer["url"])
    assert served.content == content
    assert served.headers["content-type"] == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "content", [b"", b"hello", picture("BMP"), picture("TIFF"), picture()[:-30], picture("JPEG")[:300]]
)
def test_what_is_no_whole_picture_of_four_formats_is_refused(api: Api, content: bytes) -> None:
    assert_error(api.upload(content), 400, "file")


def test_a_missing_field_is_refused(api: Api) -> None:
    assert_error(api.post("/v1/uploads/images", files={"image": ("a.png", picture())}), 400, "file")
    assert_error(api.post("/v1/uploads/images", data={"file": "text"}), 400, "file")
    assert_error(api.post("/v1/uploads/images", json={"file": "text"}), 400, "file")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert api.post("/v1/uploads/images", content=b"--y\r\n", headers=broken).status_code == 400


def test_more_than_20_megabytes_are_refused(api: Api) -> None:
    content = picture()
    assert api.upload(content + bytes(LIMIT - len(content))).status_code == 200
    assert_error(api.upload(content + bytes(LIMIT - len(content) + 1)), 413, "file")


def test_references_may_be_uploads_results_or_elsewhere(api: Api) -> None:
    upload = uploaded(api, picture())
    (entry,) = api.finished(api.task_id(image_urls=[upload]))["result"]["images"]
    references = [upload, entry["url"][0], "https://example.com/a.png"]
    task = api.finished(api.task_id(image_urls=references, prompt="Merge them"))
    assert task["status"] == "completed"
    assert api.fetch(task["result"]["images"][0]["url"][0]).status_code == 200


def test_an_own_address_that_names_nothing_is_refused(api: Api) -> None:
    upload = uploaded(api, picture())
    gone = upload[:-10] + "000000.png"
    assert assert_error(api.generate(image_urls=[gone]), 400, "image_urls")["code"] == "invalid_image_url"
    assert api.fetch(gone).status_code == 404


def test_a_mask_needs_alpha_and_the_first_reference_s_size(api: Api) -> None:
    first = uploaded(api, picture(size=(64, 48)))
    right = uploaded(api, picture(size=(64, 48), mode="RGBA"))
    flat = uploaded(api, picture(size=(64, 48)))
    large = uploaded(api, picture(size=(65, 48), mode="RGBA"))
    assert "alpha" in assert_error(api.generate(image_urls=[first], mask_url=flat), 400, "mask_url")["message"]
    message = assert_error(api.generate(image_urls=[first], mask_url=large), 400, "mask_url")["message"]
    assert "65x48" in message
    assert "64x48" in message
    assert api.generate(image_urls=[first, large], mask_url=right).status_code == 200
    assert_error(api.generate(image_urls=[first], mask_url="https://example.com/m.png"), 400, "mask_url")
