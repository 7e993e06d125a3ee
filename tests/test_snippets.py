"""A request as code does what it says: cURL in a real shell, Python in this one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from apimart_widgets import ImageRequest, RequestWarning, register_model
from apimart_widgets.catalog import model, unregister_model
from apimart_widgets.reference import local_url
from apimart_widgets.request import as_code
from tests.sandbox_server import SandboxServer

CANARY = "sk-canary-7f3a9"
ORIGIN = "https://api.apimart.ai"
AWKWARD = "It's \"a\" fox!echo !! `id` $HOME $(id) \\ \\n %d\n@two\t三只狐狸🦊 </script> 'end"
PROMPTS = [AWKWARD, "'", "@/etc/passwd", "\x00\x1b[31m", "🦊" * 32_000]
FULL = {
    "prompt": AWKWARD,
    "model": "gpt-image-2-official",
    "size": "16:9",
    "n": 3,
    "quality": "low",
    "output_format": "jpeg",
    "output_compression": 0,
    "image_urls": ["https://example.com/a.png?b='c'&d=$e", "https://例え.jp/猫.png"],
    "resolution": "2k",
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIMART_API_KEY", CANARY)
    monkeypatch.setenv("APIMART_LIBRARY", ":memory:")


def bash(script: str, folder: Path) -> list[Any]:
    """The JSON answers of the curl commands in ``script``, typed into a shell that expands ``!`` as a terminal does."""
    typed = f"set -o history; set -o histexpand\nshopt -s expand_aliases\nalias curl='curl --silent'\n{script}\n"
    environment = {"PATH": os.environ["PATH"], "APIMART_API_KEY": CANARY, "HOME": "/nowhere", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["bash", "--norc"],
        input=typed.encode(),
        capture_output=True,
        check=True,
        cwd=folder,
        env=environment,
        timeout=60,
    )
    assert ran.stderr.decode() == ""
    return list(_values(ran.stdout.decode()))


def _values(text: str) -> Iterator[Any]:
    place = 0
    while place < len(text):
        value, place = json.JSONDecoder().raw_decode(text, place)
        yield value


def payload_of(server: SandboxServer, task_id: str) -> Any:
    return next(task["payload"] for task in server.ledger()["tasks"] if task["id"] == task_id)


def with_extra(**fields: Any) -> ImageRequest:
    with pytest.warns(RequestWarning, match="unchecked"):
        return ImageRequest(**fields)


# ---- cURL


@pytest.mark.parametrize("prompt", PROMPTS, ids=range(len(PROMPTS)))
def test_curl_sends_the_prompt_as_it_is(prompt: str, instant_server: SandboxServer, tmp_path: Path) -> None:
    request = ImageRequest(prompt)
    (answer,) = bash(request.as_curl(instant_server.url), tmp_path)
    assert payload_of(instant_server, answer["data"][0]["task_id"]) == request.to_payload()


def test_curl_sends_every_field(instant_server: SandboxServer, tmp_path: Path) -> None:
    request = with_extra(**FULL, extra_body={"it's": [1, None, {"a": "`b`"}]})
    (answer,) = bash(request.as_curl(instant_server.url), tmp_path)
    assert payload_of(instant_server, answer["data"][0]["task_id"]) == request.to_payload()


@pytest.mark.parametrize(
    "name", ["fox.png", "a;b,c.png", 'my "red" fox\\1.png', "It's $HOME `id` !!.png", "-o x\nid.png"]
)
def test_curl_uploads_local_pictures_first(
    name: str, instant_server: SandboxServer, tmp_path: Path, png: bytes
) -> None:
    sha256 = hashlib.sha256(png).hexdigest()
    (tmp_path / name).write_bytes(png)
    request = ImageRequest("A fox", image_urls=[local_url(sha256, name)])
    script = request.as_curl(instant_server.url)
    assert sha256[:16] in script
    assert "picture.invalid" not in script

    uploaded, refused = bash(script, tmp_path)
    assert refused["error"]["param"] == "image_urls"
    kept = next(upload for upload in instant_server.ledger()["uploads"] if upload["url"] == uploaded["url"])
    assert kept["sha256"] == sha256

    (shown,) = json.loads(request.as_json())["image_urls"]
    *_, answer = bash(script.replace(as_typed(shown), uploaded["url"]), tmp_path)
    assert payload_of(instant_server, answer["data"][0]["task_id"])["image_urls"] == [uploaded["url"]]


def as_typed(text: str) -> str:
    """``text`` as it stands within the JSON within the single quotes of a shell."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "'\"'\"'")


@pytest.fixture
def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("origin", ["https://a.example/", "https://a.example/v1", "https://a.example/v1/"])
def test_an_origin_may_be_written_as_for_a_session(origin: str) -> None:
    request = ImageRequest("A fox", image_urls=[local_url("ab", "fox.png")])
    assert request.as_curl(origin) == request.as_curl("https://a.example")


def test_the_same_picture_is_uploaded_once() -> None:
    twice = ImageRequest("A fox", image_urls=[local_url("ab", "fox.png")] * 2, mask_url=local_url("cd", "mask.png"))
    assert twice.as_curl().count("/v1/uploads/images") == 2


# ---- Python


def run(code: str) -> Any:
    """The pictures that the code makes."""
    names: dict[str, Any] = {}
    exec(compile(code, "<as_python>", "exec"), names)
    names["session"].close()
    return names["images"]


def test_python_makes_the_pictures(instant_server: SandboxServer) -> None:
    request = with_extra(**FULL, extra_body={"it's": [1, None, {"a": "`b`"}]})
    with pytest.warns(RequestWarning, match="unchecked"):
        images = run(request.as_python(instant_server.url))
    assert len(images) == 3
    assert images[0].request == request
    assert payload_of(instant_server, images[0].task_id) == request.to_payload()


def test_python_of_several_makes_them_all(
    instant_server: SandboxServer, tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fox.png").write_bytes(png)
    fox = [local_url(hashlib.sha256(png).hexdigest(), "fox.png")]
    requests = [
        ImageRequest("It's a fox\n", image_urls=fox, n=2),
        ImageRequest('"An owl"', image_urls=fox, quality="low"),
    ]
    code = as_code(requests, "python", instant_server.url)
    assert code.count("# fox.png") == 1
    images = run(code)
    assert [(image.request.prompt, image.index) for image in images] == [
        ("It's a fox\n", 0),
        ("It's a fox\n", 1),
        ('"An owl"', 0),
    ]
    assert as_code(requests[:1], "curl") == requests[0].as_curl()
    assert as_code([], "json") == ""


@pytest.mark.parametrize("prompt", PROMPTS, ids=range(len(PROMPTS)))
def test_python_sends_the_prompt_as_it_is(prompt: str, instant_server: SandboxServer) -> None:
    images = run(ImageRequest(prompt, quality="low").as_python(instant_server.url))
    assert payload_of(instant_server, images[0].task_id)["prompt"] == prompt


def test_python_takes_local_pictures_by_their_names(
    instant_server: SandboxServer, tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("it's a fox.png", "mask.png"):
        (tmp_path / name).write_bytes(png)
    sha256 = hashlib.sha256(png).hexdigest()
    urls = [local_url(sha256, "it's a fox.png"), "https://example.com/a.png"]
    code = ImageRequest("A fox", image_urls=urls, quality="low").as_python(instant_server.url)
    assert f"# it's a fox.png, sha256 {sha256[:16]}\n" in code
    (image,) = run(code)
    first, second = payload_of(instant_server, image.task_id)["image_urls"]
    assert second == "https://example.com/a.png"
    assert next(kept["sha256"] for kept in instant_server.ledger()["uploads"] if kept["url"] == first) == sha256


def test_python_names_a_local_mask() -> None:
    code = ImageRequest("A fox", image_urls=["https://a/b"], mask_url=local_url("ab", "mask.png")).as_python()
    assert "    image_urls=['https://a/b'],\n    mask='mask.png',\n" in code


def test_python_leaves_out_what_is_the_default() -> None:
    call = ImageRequest("A fox", n=2).as_python().partition("generate(")[2]
    assert call == "\n    'A fox',\n    model='gpt-image-1-official',\n    n=2,\n)"


@pytest.mark.parametrize(
    "changes",
    [{}, {"sizes": {"1:1": (1024, 1024), "16:9": None}, "max_references": 2, "title": "It's new", "takes_mask": False}],
    ids=["alike", "changed"],
)
@pytest.mark.parametrize("name", ["gpt-image-9-official", "gpt-image-1-official"])
def test_python_makes_a_registered_model_known(name: str, changes: dict[str, Any]) -> None:
    try:
        registered = register_model(name, **changes)
        code, _, call = ImageRequest("A fox", model=name).as_python().partition("session = ")
        unregister_model(name)
        exec(compile(code, "<as_python>", "exec"), {})
        assert model(name) == registered
        assert f"model='{name}'" in call
    finally:
        unregister_model(name)


def test_python_registers_nothing_that_is_listed() -> None:
    assert "register_model" not in ImageRequest("A fox", model="gpt-image-2-official").as_python()


# ---- all forms


def test_no_form_holds_the_key() -> None:
    request = ImageRequest(**FULL)
    for form in (request.as_curl(), request.as_python(), request.as_json(), repr(request), str(request)):
        assert CANARY not in form
    assert '"Authorization: Bearer $APIMART_API_KEY"' in request.as_curl()
    assert 'os.environ["APIMART_API_KEY"]' in request.as_python()


def test_code_names_the_real_origin() -> None:
    request = ImageRequest("A fox", image_urls=[local_url("ab", "fox.png")])
    assert re.findall(r"--url (\S+)", request.as_curl()) == [
        f"{ORIGIN}/v1/uploads/images",
        f"{ORIGIN}/v1/images/generations",
    ]
    assert f"base_url='{ORIGIN}'" in request.as_python()


@pytest.mark.parametrize("name", ["a\nrm -rf x\n.png", "a\rb\x1b[2J.png", "a\u2028b.png"])
def test_a_file_name_cannot_leave_its_comment(name: str) -> None:
    request = ImageRequest("A fox", image_urls=[local_url("ab", name)])
    comments = [line for line in request.as_curl().split("\n") if line.startswith("#")]
    assert comments == [f"# Upload {shown(name)}, sha256 ab first; the answer's url goes where its name stands below."]
    assert f"\n# {shown(name)}, sha256 ab\n" in request.as_python()


def shown(name: str) -> str:
    return re.sub(r"[\n\r\x1b\u2028]", "?", name)


def test_json_says_what_a_local_picture_is() -> None:
    request = with_extra(**FULL, extra_body={"seed": 7})
    assert json.loads(request.as_json()) == request.to_payload()
    local = request.replace(
        image_urls=[local_url("ab" * 32, "fox.png")], mask_url=local_url("cd" * 32, "m.png"), extra_body=None
    )
    parsed = json.loads(local.as_json())
    assert parsed["image_urls"] == [f"<url of fox.png, sha256 {'ab' * 8}>"]
    assert parsed["mask_url"] == f"<url of m.png, sha256 {'cd' * 8}>"
