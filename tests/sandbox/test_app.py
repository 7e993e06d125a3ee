"""What the contract suite cannot see from outside: time, expiry, the books and drawing."""

from __future__ import annotations

import io
import itertools
import json
import math
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from apimart_widgets.sandbox.app import create_app
from apimart_widgets.sandbox.rules import Order, read_order
from apimart_widgets.sandbox.task import spread, task_state, typical_seconds
from tests.examples import examples
from tests.in_process import InProcess

ORIGIN = "https://sandbox.apimart.invalid"
HOUR = 3600.0


class Clock:
    """Time that only a test moves on."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """One account of a sandbox with a clock of its own."""

    def __init__(self, *, origin: str = ORIGIN, key: str = "sk-a", **settings: Any) -> None:
        self.clock = Clock()
        self.key = key
        self.app = create_app(**{"clock": self.clock, "flat": True, **settings})
        self.http = httpx.Client(transport=InProcess(self.app), base_url=origin)

    def call(self, method: str, path: str, **more: Any) -> Any:
        return self.http.request(method, path, headers={"Authorization": f"Bearer {self.key}"}, **more)

    def generate(self, key: str | None = None, **fields: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Idempotency-Key": key} if key else {})
        body = {"model": "gpt-image-1-official", "prompt": "A red fox", "quality": "low", **fields}
        return self.http.post("/v1/images/generations", json=body, headers=headers)

    def submit(self, **fields: Any) -> str:
        response = self.generate(**fields)
        assert response.status_code == 200, response.text
        return str(response.json()["data"][0]["task_id"])

    def task(self, task_id: str) -> dict[str, Any]:
        data: dict[str, Any] = self.call("GET", f"/v1/tasks/{task_id}").json()["data"]
        return data

    def urls(self, task_id: str) -> list[str]:
        return [url for entry in self.task(task_id)["result"]["images"] for url in entry["url"]]

    def pictures(self, **fields: Any) -> list[bytes]:
        """The files of a new request; tasks must take no time."""
        return [self.http.get(url).content for url in self.urls(self.submit(**fields))]

    def upload(self, image: Image.Image, kind: str = "PNG") -> str:
        file = io.BytesIO()
        image.save(file, kind)
        return self.upload_file(file.getvalue())

    def upload_file(self, content: bytes) -> str:
        response = self.call("POST", "/v1/uploads/images", files={"file": ("a.png", content)})
        assert response.status_code == 200, response.text
        return str(response.json()["url"])

    def ledger(self) -> dict[str, Any]:
        data: dict[str, Any] = self.http.get("/sandbox/ledger").json()
        return data


FUZZED = Client(seconds=0, balance=math.inf)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


class TestTime:
    @pytest.mark.parametrize("fails", [False, True])
    @pytest.mark.parametrize("seconds", [0.0, 0.3, 3.0, 60.0])
    def test_progress_never_goes_back_and_stands_still_at_times(self, seconds: float, fails: bool) -> None:
        moments = [task_state(100.0, seconds, 100.0 + seconds * k / 200, fails=fails) for k in range(-5, 230)]
        progress = [state.progress for state in moments]
        assert progress == sorted(progress)
        words = list(dict.fromkeys(state.status for state in moments))
        end = "failed" if fails else "completed"
        assert words == (["pending", "processing", end] if seconds else [words[0], end][-len(words) :])
        assert all((state.ended is None) == (state.status in ("pending", "processing")) for state in moments)

    def test_progress_is_uneven(self) -> None:
        progress = [task_state(0.0, 100.0, float(k)).progress for k in range(100)]
        steps = {later - earlier for earlier, later in itertools.pairwise(progress)}
        assert min(steps) == 0
        assert max(steps) >= 3

    def test_quality_and_slow_take_longer(self) -> None:
        def typical(**fields: str) -> float:
            return typical_seconds(10.0, read_order({"model": "gpt-image-1-official", "prompt": "x", **fields}))

        assert typical(quality="low") == 10.0
        assert typical(quality="medium") == typical(quality="auto") == 16.0
        assert typical(quality="high") == 25.0
        assert typical(quality="low", prompt="x [slow]") == 40.0

    def test_durations_spread_around_the_typical_one(self) -> None:
        factors = sorted(spread(f"task_{number}") for number in range(400))
        assert 0.95 < factors[200] < 1.05
        assert factors[40] < 0.8 < 1.25 < factors[360]
        assert factors[0] >= 0.6
        assert factors[-1] <= 1.7

    def test_a_task_goes_its_way_as_time_passes(self) -> None:
        client = Client(seconds=10.0)
        task_id = client.submit()
        seen = []
        for _ in range(20):
            seen.append(client.task(task_id)["status"])
            client.clock.now += 1.0
        assert list(dict.fromkeys(seen)) == ["pending", "processing", "completed"]
        task = client.task(task_id)
        assert 6 <= task["actual_time"] <= 17
        assert task["estimated_time"] == 10

    def test_no_time_is_completed_at_once(self) -> None:
        client = Client(seconds=0)
        assert client.task(client.submit(quality="high", prompt="[slow]"))["status"] == "completed"


class TestExpiry:
    def test_results_after_a_day(self) -> None:
        client = Client(seconds=0)
        (url,) = client.urls(client.submit())
        client.clock.now += 24 * HOUR - 1
        assert client.http.get(url).status_code == 200
        assert client.generate(image_urls=[url]).status_code == 200
        client.clock.now += 1
        gone = client.http.get(url)
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "url_expired")
        assert client.generate(image_urls=[url]).json()["error"]["code"] == "invalid_image_url"

    def test_uploads_after_three_days(self) -> None:
        client = Client(seconds=0, flat=False)
        url = client.upload(Image.new("RGB", (64, 64), "navy"))
        task_id = client.submit(image_urls=[url])
        client.clock.now += 72 * HOUR - 1
        assert client.http.get(url).status_code == 200
        client.clock.now += 1
        assert client.http.get(url).status_code == 410
        refused = client.generate(image_urls=[url]).json()["error"]
        assert (refused["code"], refused["param"]) == ("invalid_image_url", "image_urls")
        assert client.task(task_id)["status"] == "completed"

    def test_a_picture_is_not_there_before_its_task_is_completed(self) -> None:
        client = Client(seconds=10.0)
        url = f"https://files.sandbox.apimart.invalid/f/image/{client.submit()}-0.png"
        assert client.http.get(url).status_code == 404
        assert client.generate(image_urls=[url]).json()["error"]["code"] == "invalid_image_url"
        client.clock.now += 60.0
        assert client.http.get(url).status_code == 200


class TestMoney:
    def test_running_tasks_are_spoken_for_and_completed_ones_billed(self) -> None:
        client = Client(seconds=10.0, balance=0.03)
        first = client.submit()
        assert client.call("GET", "/v1/balance").json()["remain_balance"] == 0.03
        client.submit()
        refused = client.generate()
        assert (refused.status_code, refused.json()["error"]["code"]) == (402, "insufficient_balance")
        client.clock.now += 60.0
        balance = client.call("GET", "/v1/balance").json()
        assert (balance["remain_balance"], balance["used_balance"]) == (0.008, 0.022)
        assert (balance["remain_credits"], balance["used_credits"]) == (0.8, 2.2)
        assert client.task(first)["cost"] == 0.011
        assert client.generate().status_code == 402

    def test_a_failed_task_gives_back_what_it_was_to_cost(self) -> None:
        client = Client(seconds=10.0, balance=0.02)
        client.submit(prompt="A fox [fail]")
        assert client.generate().status_code == 402
        client.clock.now += 60.0
        assert client.generate().status_code == 200

    def test_no_balance_and_no_limit(self) -> None:
        assert Client(balance=0.0).generate().status_code == 402
        balance = Client(balance=math.inf).call("GET", "/v1/user/balance").json()
        assert (balance["remain_balance"], balance["unlimited_quota"]) == (-1, True)

    def test_each_key_is_an_account(self) -> None:
        client = Client(seconds=0)
        client.submit()
        client.key = "sk-b"
        assert client.call("GET", "/v1/balance").json()["used_balance"] == 0


def test_the_ledger_counts_every_post_once_and_shows_no_key() -> None:
    client = Client(seconds=0, key="sk-secret")
    client.submit(key="one", n=3, style="unknown")
    client.submit(key="one", n=3, style="unknown")
    client.generate(key="two", prompt="[429]")
    client.submit(key="two", prompt="[429]")
    client.generate(prompt="[refuse]")
    client.generate(n="4")
    client.http.post("/v1/images/generations", json={})
    failed = client.submit(prompt="[fail]")
    url = client.upload(Image.new("RGB", (8, 8)))
    client.http.get(url)
    client.http.get(url, headers={"Authorization": "Bearer sk-secret"})
    client.task(failed)
    ledger = client.ledger()
    assert {name: value for name, value in ledger.items() if name not in ("tasks", "uploads")} == {
        "billed_images": 4,
        "billed_amount": 0.044,
        "requests": 8,
        "accepted": 3,
        "replays": 1,
        "refused": 4,
        "polls": 1,
        "downloads": 1,
        "keys_seen_by_files_host": 1,
    }
    assert [(task["idempotency_key"], task["status"], task["n"], task["cost"]) for task in ledger["tasks"]] == [
        ("one", "completed", 3, 0.033),
        ("two", "completed", 1, 0.011),
        (None, "failed", 1, 0.0),
    ]
    assert ledger["tasks"][0]["payload"]["style"] == "unknown"
    assert [(upload["url"], len(upload["sha256"])) for upload in ledger["uploads"]] == [(url, 64)]
    assert "sk-secret" not in client.http.get("/sandbox/ledger").text


def test_a_request_refused_once_may_be_mended_under_the_same_key() -> None:
    client = Client(seconds=0)
    assert client.generate(key="one", n="4").status_code == 400
    assert client.generate(key="one", n=4).status_code == 200


def test_posts_at_the_same_time_with_one_key_make_one_task() -> None:
    client = Client(seconds=0)
    together = threading.Barrier(8)
    answers: list[str] = []

    def post() -> None:
        together.wait()
        answers.append(client.submit(key="one"))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert client.ledger()["replays"] == 7


FIELDS = [*Order.__dataclass_fields__, "extra"]
WORDS = ["gpt-image-1-official", "gpt-image-2-official", "A fox", "1:1", "low", "transparent", "png", "http://a.b/c"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=examples(300))
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES), st.text())
def test_no_body_and_no_key_makes_a_server_error(fields: dict[str, Any], key: str) -> None:
    body = json.dumps({"model": "gpt-image-1-official", "prompt": "A fox"} | fields).encode()
    headers = {"Authorization": b"Bearer sk-a", "Idempotency-Key": key.encode("utf-8", "surrogatepass")}
    answer = FUZZED.http.post(
        "/v1/images/generations", content=body, headers=[(name.encode(), value) for name, value in headers.items()]
    )
    assert answer.status_code in (200, 400, 422)
    assert answer.status_code == 200 or answer.json()["error"]["message"].endswith(".")
    assert FUZZED.ledger()["requests"] > 0


@pytest.mark.parametrize(
    ("charset", "name", "kept"),
    [
        ("raw_unicode_escape", b"\\ud800.png", "?.png"),
        ("utf-7", b"+2AA-.png", "?.png"),
        ("no-charset", b"\xff.png", "\xff.png"),
        ("undefined", b"a.png", None),
    ],
)
@pytest.mark.parametrize("damaged", [False, True])
def test_no_name_of_an_upload_breaks_the_ledger(charset: str, name: bytes, kept: str | None, damaged: bool) -> None:
    client, file = Client(), io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
    form = head + file.getvalue()[: 20 if damaged else None] + b"\r\n--B--\r\n"
    headers = {"Content-Type": f"multipart/form-data; boundary=B; charset={charset}", "Authorization": "Bearer sk-a"}
    answer = client.http.post("/v1/uploads/images", content=form, headers=headers)
    if kept is None or damaged:
        assert answer.status_code == 400
        assert (kept or "Leave it out, or write utf-8.") in answer.json()["error"]["message"]
    else:
        assert answer.json()["filename"] == kept
    assert len(client.ledger()["uploads"]) == (kept is not None and not damaged)


class TestHosts:
    def test_one_key_alone(self) -> None:
        client = Client(api_key="sk-wrong-but-right", key="sk-wrong-but-right")
        assert client.call("GET", "/v1/models").status_code == 200
        client.key = "sk-other"
        assert client.call("GET", "/v1/models").status_code == 401
        client.key = "sk-ключ"
        assert client.http.get("/v1/models", headers=[(b"Authorization", "Bearer é".encode())]).status_code == 401

    @pytest.mark.parametrize(
        ("origin", "files"),
        [
            (ORIGIN, "https://files.sandbox.apimart.invalid"),
            ("http://127.0.0.1:8000", "http://localhost:8000"),
            ("http://localhost:8000", "http://127.0.0.1:8000"),
            ("http://[::1]:8000", "http://localhost:8000"),
            ("http://sandbox.example:8000", "http://sandbox.example:8000"),
        ],
    )
    def test_files_come_from_another_name(self, origin: str, files: str) -> None:
        client = Client(origin=origin, seconds=0)
        (url,) = client.urls(client.submit())
        assert url.startswith(f"{files}/f/image/task_")
        assert client.http.get(url).status_code == 200

    def test_files_from_a_place_that_was_set(self) -> None:
        client = Client(seconds=0, files_origin="https://pictures.example/")
        (url,) = client.urls(client.submit())
        assert url.startswith("https://pictures.example/f/image/")
        assert client.http.get(url).status_code == 200
        assert client.http.get(url.replace("pictures.example", "other.example")).status_code == 404

    @pytest.mark.parametrize("settings", [{}, {"files_origin": "https://files.sandbox.apimart.invalid"}])
    def test_the_files_host_answers_no_call(self, settings: dict[str, str]) -> None:
        client = Client(origin="https://files.sandbox.apimart.invalid", **settings)
        assert client.call("GET", "/v1/models").status_code == 404
        assert client.generate().status_code == 404
        assert client.http.get("/sandbox/ledger").status_code == 404

    @pytest.mark.parametrize("host", ["[", "a:b", "host:99999"])
    def test_a_host_that_makes_no_sense_is_refused(self, host: str) -> None:
        response = Client().http.get("/v1/models", headers={"Host": host, "Authorization": "Bearer x"})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_host")

    @pytest.mark.parametrize(
        "settings",
        [
            {"seconds": -1.0},
            {"seconds": math.nan},
            {"seconds": math.inf},
            {"balance": -1.0},
            {"balance": math.nan},
            {"api_key": " "},
            {"files_origin": "files.example"},
            {"files_origin": "https://files.example/path"},
        ],
    )
    def test_settings_that_make_no_sense_are_told(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="Write"):
            create_app(**settings)


class TestDrawing:
    def test_the_same_request_is_drawn_the_same_elsewhere_and_differently_when_repeated(self) -> None:
        here, there = Client(seconds=0, flat=False), Client(seconds=0, flat=False, key="sk-b")
        first = here.pictures(n=2)
        again = here.pictures(n=2)
        assert first[0] != first[1]
        assert set(first).isdisjoint(again)
        assert there.pictures(n=2) == first
        assert there.pictures(n=2) == again

    def test_references_count_by_content(self) -> None:
        here, there = Client(seconds=0, flat=False), Client(seconds=0, flat=False)
        red, blue = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
        first = here.pictures(image_urls=[here.upload(red)])
        there.upload(blue)
        assert there.pictures(image_urls=[there.upload(red)]) == first
        assert there.pictures(image_urls=[there.upload(blue)]) != first

    def test_a_mask_keeps_what_it_closes(self) -> None:
        client = Client(seconds=0, flat=False)
        picture = Image.radial_gradient("L").resize((1024, 1024)).convert("RGB")
        mask = Image.new("RGBA", (1024, 1024), (0, 0, 0, 255))
        mask.paste((0, 0, 0, 0), (600, 100, 900, 500))
        fields = {"image_urls": [client.upload(picture)], "mask_url": client.upload(mask)}
        (content,) = client.pictures(prompt="A lighthouse", **fields)
        changed = ImageChops.difference(opened(content).convert("RGB"), picture).getbbox()
        assert changed is not None
        assert 600 <= changed[0] < changed[2] <= 900
        assert 100 <= changed[1] < changed[3] <= 500

    def test_results_and_strange_addresses_serve_as_references(self) -> None:
        client = Client(seconds=0, flat=False)
        urls = client.urls(client.submit())
        (content,) = client.pictures(prompt="Merge them", image_urls=[*urls, "https://example.com/狐狸.png"])
        assert opened(content).size == (1024, 1024)

    @pytest.mark.parametrize(
        ("mode", "kind", "size"),
        [
            ("1", "PNG", (1, 1)),
            ("P", "GIF", (64, 3)),
            ("LA", "PNG", (70, 5000)),
            ("I;16", "PNG", (90, 90)),
            ("CMYK", "JPEG", (90, 90)),
            ("RGBA", "WEBP", (90, 90)),
        ],
    )
    def test_any_picture_serves_as_reference(self, mode: str, kind: str, size: tuple[int, int]) -> None:
        client = Client(seconds=0, flat=False)
        url = client.upload(Image.new(mode, size), kind)
        (content,) = client.pictures(prompt="A lighthouse", image_urls=[url, url])
        assert opened(content).size == (1024, 1024)

    @pytest.mark.parametrize("size", [(8, 9), (64, 4200)])
    def test_a_mask_may_belong_to_a_picture_elsewhere(self, size: tuple[int, int]) -> None:
        client = Client(seconds=0, flat=False)
        mask = client.upload(Image.new("RGBA", size))
        (content,) = client.pictures(image_urls=["https://example.com/a.png"], mask_url=mask)
        assert opened(content).size == (1024, 1024)

    @pytest.mark.parametrize("mode", ["LA", "P", "RGBA"])
    def test_a_mask_may_have_its_alpha_in_any_form(self, mode: str) -> None:
        client = Client(seconds=0, flat=False)
        mask = Image.new("RGBA", (64, 64)).convert(mode)
        file = io.BytesIO()
        mask.save(file, "PNG", **({"transparency": 0} if mode == "P" else {}))
        url = client.upload(Image.new("RGB", (64, 64), "navy"))
        (content,) = client.pictures(image_urls=[url], mask_url=client.upload_file(file.getvalue()))
        assert len(opened(content).getcolors(1 << 24) or []) > 100

    def test_transparent_and_webp_are_real(self) -> None:
        client = Client(seconds=0, flat=False)
        (icon,) = client.pictures(prompt="A flat icon of a bottle", background="transparent")
        assert opened(icon).getchannel("A").getextrema() == (0, 255)
        (webp,) = client.pictures(model="gpt-image-2-official", output_format="webp", size="1:2")
        assert (opened(webp).format, opened(webp).size) == ("WEBP", (768, 1536))

    def test_a_picture_asked_for_at_the_same_time_is_drawn_once_and_kept(self) -> None:
        client = Client(seconds=0, flat=False)
        (url,) = client.urls(client.submit())
        contents: list[bytes] = []
        threads = [threading.Thread(target=lambda: contents.append(client.http.get(url).content)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(contents) == 4
        assert len(set(contents)) == 1
        assert client.app.state.sandbox.studio.kept_bytes == len(contents[0])

    def test_memory_is_bounded(self) -> None:
        client = Client(seconds=0, flat=False)
        studio = client.app.state.sandbox.studio
        studio.kept_limit = 1
        first, second = client.urls(client.submit(n=2))
        before = client.http.get(first).content
        latest = client.http.get(second).content
        assert studio.kept_bytes == len(latest)
        assert client.http.get(first).content == before


def test_importing_the_application_loads_no_drawing_and_no_server() -> None:
    code = "import sys, apimart_widgets.sandbox.app; print([m for m in ('PIL', 'uvicorn') if m in sys.modules])"
    code += "; print([m for m in sys.modules if m.endswith('painter')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n[]\n"
