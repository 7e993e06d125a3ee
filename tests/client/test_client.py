"""Every call of the client against the sandbox, in this process and over a real port."""

from __future__ import annotations

import asyncio
import io
import secrets
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from PIL import Image

from apimart_widgets import ImageRequest, catalog, client, errors
from apimart_widgets.client import AsyncClient
from apimart_widgets.request import encode_payload
from apimart_widgets.task import Task
from tests.sandbox_server import SandboxServer

from .conftest import REQUEST, Sandbox

Use = Callable[[AsyncClient], Awaitable[Any]]
CALLS: dict[str, Use] = {
    "submit": lambda client: client.submit(REQUEST),
    "retrieve": lambda client: client.retrieve("task_1"),
    "upload": lambda client: client.upload(b"x", filename="a.png", content_type="image/png"),
    "balance": lambda client: client.balance(),
    "user_balance": lambda client: client.user_balance(),
    "models": lambda client: client.models(),
    "model_schema": lambda client: client.model_schema("gpt-image-1-official"),
}


def png(size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 0).save(file, "PNG")
    return file.getvalue()


async def pictures(client: AsyncClient, request: ImageRequest) -> tuple[Task, list[bytes]]:
    submitted = await client.submit(request)
    task = await client.retrieve(submitted.id)
    return task, [await client.download(image.url) for image in task.images]


class TestFromPromptToPictures:
    def test_submit_retrieve_download(self, sandbox: Sandbox) -> None:
        request = ImageRequest("A red fox", size="3:2", quality="low", n=2, output_format="jpeg")
        task, contents = sandbox.talk(lambda client: pictures(client, request))
        assert (task.status, task.progress, task.finished, task.error) == ("completed", 100, True, None)
        assert task.cost == pytest.approx(0.032)
        assert task.created is not None
        assert all(image.expires_at and image.expires_at > task.created for image in task.images)
        found = [Image.open(io.BytesIO(content)) for content in contents]
        assert [(image.size, image.format) for image in found] == [((1536, 1024), "JPEG")] * 2
        assert sandbox.ledger()["keys_seen_by_files_host"] == 0

    def test_the_submit_answer_is_a_task_that_has_just_begun(self, sandbox: Sandbox) -> None:
        task = sandbox.talk(lambda client: client.submit(REQUEST))
        assert task.id.startswith("task_")
        assert (task.status, task.finished, task.replayed, task.images) == ("submitted", False, False, ())

    @pytest.mark.parametrize("prompt", ["'\"</script>\\ \x00 \U0001f98a", "一只狐狸在雪地里", "x" * 32_000])
    def test_the_prompt_may_hold_anything(self, sandbox: Sandbox, prompt: str) -> None:
        key = secrets.token_hex(8)
        sandbox.talk(lambda client: client.submit(ImageRequest(prompt), idempotency_key=key))
        (task,) = sandbox.tasks(key)
        assert task["payload"]["prompt"] == prompt

    def test_a_failed_task_carries_its_reason(self, sandbox: Sandbox) -> None:
        async def use(client: AsyncClient) -> Task:
            submitted = await client.submit(REQUEST.replace(prompt="A fox [fail]"))
            return await client.retrieve(submitted.id, language="zh")

        task = sandbox.talk(use)
        assert (task.status, task.finished, task.images) == ("failed", True, ())
        assert task.error is not None
        assert "沙盒" in task.error.message

    def test_every_attempt_is_told(self, sandbox: Sandbox) -> None:
        told: list[tuple[str, dict[str, Any]]] = []
        request = REQUEST.replace(prompt="A fox [429]")
        sandbox.talk(lambda client: client.submit(request, notify=lambda kind, more: told.append((kind, more))))
        assert [kind for kind, _ in told] == ["sending", "retry", "sending", "answered"]
        assert told[0][1] == {"attempt": 1}
        assert told[1][1]["wait"] == 1
        assert "Too many requests" in told[1][1]["because"]
        assert told[1][1]["status_code"] == 429
        assert told[2][1] == {"attempt": 2}
        assert told[3][1]["status_code"] == 200
        assert '"submitted"' in told[3][1]["answer"]
        assert told[1][1]["request_id"] != told[3][1]["request_id"]


class TestIdempotency:
    def test_the_same_key_gives_the_same_task(self, sandbox: Sandbox) -> None:
        key = secrets.token_hex(8)

        async def use(client: AsyncClient) -> tuple[Task, Task, Task]:
            first = await client.submit(REQUEST, idempotency_key=key)
            again = await client.submit(encode_payload(REQUEST.to_payload()), idempotency_key=key)
            return first, again, await client.submit(REQUEST)

        first, again, other = sandbox.talk(use)
        assert (first.replayed, again.replayed, other.replayed) == (False, True, False)
        assert again.id == first.id != other.id
        assert [task["id"] for task in sandbox.tasks(key)] == [first.id]

    def test_another_body_under_the_same_key_is_refused(self, sandbox: Sandbox) -> None:
        key = secrets.token_hex(8)

        async def use(client: AsyncClient) -> None:
            await client.submit(REQUEST, idempotency_key=key)
            await client.submit(REQUEST.replace(n=2), idempotency_key=key)

        with pytest.raises(errors.UnprocessableEntityError, match="Nothing was billed") as caught:
            sandbox.talk(use)
        assert caught.value.code == "idempotency_key_reused"
        assert caught.value.idempotency_key == key
        assert not caught.value.outcome_unknown

    @pytest.mark.parametrize("key", ["", "two words", "k" * 192, "schlüssel", "tab\there", "line\n", 17])
    def test_a_key_that_cannot_be_sent_is_refused_here(self, sandbox: Sandbox, key: Any) -> None:
        with pytest.raises(errors.ConfigurationError, match="191 visible ASCII characters"):
            sandbox.talk(lambda client: client.submit(REQUEST, idempotency_key=key))
        assert sandbox.tasks(key) == []

    def test_too_many_requests_then_accepted(self, sandbox: Sandbox) -> None:
        key = secrets.token_hex(8)
        request = REQUEST.replace(prompt="A fox [429]")
        task = sandbox.talk(lambda client: client.submit(request, idempotency_key=key))
        assert [known["id"] for known in sandbox.tasks(key)] == [task.id]
        assert sandbox.clock.sleeps == [1.0]


class TestPicturesIn:
    def test_an_upload_can_be_referred_to(self, sandbox: Sandbox) -> None:
        content, mask = png(), png(mode="RGBA")

        async def use(client: AsyncClient) -> tuple[Any, bytes, Task]:
            upload = await client.upload(content, filename='狐狸 "1".png', content_type="image/png")
            alpha = await client.upload(mask, filename="mask.png", content_type="image/png")
            request = REQUEST.replace(image_urls=[upload.url], mask_url=alpha.url)
            return upload, await client.download(upload.url), (await pictures(client, request))[0]

        upload, served, task = sandbox.talk(use)
        assert (upload.filename.replace("%22", '"'), upload.content_type) == ('狐狸 "1".png', "image/png")
        assert (upload.bytes, served) == (len(content), content)
        assert task.status == "completed"

    def test_what_is_no_picture_is_refused(self, sandbox: Sandbox) -> None:
        with pytest.raises(errors.BadRequestError, match=r"no JPEG, PNG, WebP or GIF picture\. Nothing was billed"):
            sandbox.talk(lambda client: client.upload(b"text", filename="a.png", content_type="image/png"))


class TestReads:
    def test_the_balance_goes_down_by_what_was_made(self, sandbox: Sandbox) -> None:
        async def use(client: AsyncClient) -> list[Any]:
            before = await client.balance()
            await pictures(client, REQUEST.replace(n=3))
            return [before, await client.balance(), await client.user_balance()]

        before, after, account = sandbox.talk(use)
        assert (before.remaining, before.used, before.unlimited) == (100, 0, False)
        assert after == account
        assert (after.remaining, after.used) == (pytest.approx(99.967), pytest.approx(0.033))

    def test_models_prices_and_schema(self, sandbox: Sandbox) -> None:
        async def use(client: AsyncClient) -> tuple[Any, Any, Any]:
            name = "gpt-image-1.5-official"
            return await client.models(), await client.price(name), await client.model_schema(name)

        models, prices, schema = sandbox.talk(use)
        assert models == ("gpt-image-1-official", "gpt-image-1.5-official", "gpt-image-2-official")
        assert prices.per_image("1:1", None, "high") == (0.133, 0.133)
        assert prices.source == f"{sandbox.origin}/api/pricing/model"
        assert prices.date == "2027-01-15"
        assert schema["properties"]["prompt"]["type"] == "string"

    def test_a_price_that_is_not_listed(self, sandbox: Sandbox) -> None:
        with pytest.raises(errors.NotFoundError, match="There is no price for this model"):
            sandbox.talk(lambda client: client.price("dall-e-3"))


class TestRefusals:
    @pytest.mark.parametrize("call", CALLS)
    def test_a_wrong_key(self, sandbox: Sandbox, call: str) -> None:
        with pytest.raises(errors.AuthenticationError) as caught:
            sandbox.talk(CALLS[call], key="sk-wrong-1")
        assert caught.value.status_code == 401
        assert str(caught.value).startswith("APIMart did not accept this key (401). Check APIMART_API_KEY.")
        assert "This key is not valid." in str(caught.value)
        assert str(caught.value).endswith("Nothing was billed.") == (call in ("submit", "upload"))
        assert caught.value.request_id is None or caught.value.request_id.startswith("req_")
        assert sandbox.clock.sleeps == []

    def test_the_balance_is_used_up(self, poor_sandbox: Sandbox) -> None:
        with pytest.raises(errors.InsufficientBalanceError) as caught:
            poor_sandbox.talk(lambda client: client.submit(REQUEST))
        assert (caught.value.status_code, caught.value.code) == (402, "insufficient_balance")
        assert str(caught.value).startswith("The balance at APIMart is used up (402). Top it up")
        assert str(caught.value).endswith("Nothing was billed.")
        assert not caught.value.outcome_unknown

    @pytest.mark.parametrize("task_id", ["task_01", "no such/task?x=1#y", "一", "../models"])
    def test_an_unknown_task(self, sandbox: Sandbox, task_id: str) -> None:
        with pytest.raises(errors.NotFoundError, match="APIMart does not know what was asked for") as caught:
            sandbox.talk(lambda client: client.retrieve(task_id))
        assert caught.value.status_code == 404
        assert caught.value.request_id is not None

    def test_the_content_policy(self, sandbox: Sandbox) -> None:
        with pytest.raises(errors.ContentPolicyError) as caught:
            sandbox.talk(lambda client: client.submit(REQUEST.replace(prompt="A fox [refuse]")))
        assert (caught.value.status_code, caught.value.code) == (400, "content_policy_violation")
        assert str(caught.value).startswith("Refused by the safety filter. Change the prompt or the references.")
        assert str(caught.value).endswith("Nothing was billed.")

    def test_a_model_the_server_does_not_know(self, sandbox: Sandbox) -> None:
        catalog.register_model("gpt-image-9-official")
        try:
            request = ImageRequest("A red fox", model="gpt-image-9-official")
            with pytest.raises(errors.BadRequestError) as caught:
                sandbox.talk(lambda client: client.submit(request))
        finally:
            catalog.unregister_model("gpt-image-9-official")
        assert "Nothing was billed. This key may use: gpt-image-1-official, gpt-image-1.5-official" in str(caught.value)
        assert not caught.value.outcome_unknown

    def test_an_address_that_names_no_file(self, sandbox: Sandbox) -> None:
        with pytest.raises(errors.NotFoundError, match=r"did not hand over the picture \(404\)") as caught:
            sandbox.talk(lambda client: client.download(f"{sandbox.origin}/f/image/none.png"))
        assert "APIMART_API_KEY" not in str(caught.value)
        # A file store may need a moment to show a new file, so it was asked again.
        assert len(sandbox.clock.sleeps) == 4


class TestNothingIsSent:
    @pytest.mark.parametrize(
        ("request_", "match"),
        [
            (ImageRequest.from_payload({"prompt": "", "size": "7:1"}), "prompt is empty(.|\n)*has no size '7:1'"),
            (ImageRequest.from_payload({"prompt": "\ud800"}), "prompt"),
            ("A red fox", r"ImageRequest, not a str\. Write submit\(ImageRequest"),
            ({"prompt": "A red fox"}, "ImageRequest, not a dict"),
            (None, "ImageRequest, not a NoneType"),
        ],
    )
    def test_what_is_no_request_or_breaks_a_rule(self, sandbox: Sandbox, request_: Any, match: str) -> None:
        key = secrets.token_hex(8)
        with pytest.raises(errors.InvalidRequest, match=match):
            sandbox.talk(lambda client: client.submit(request_, idempotency_key=key))
        assert sandbox.tasks(key) == []

    @pytest.mark.parametrize("wrong", [None, 5, b"task"])
    def test_what_is_no_task_and_no_address(self, sandbox: Sandbox, wrong: Any) -> None:
        with pytest.raises(errors.ConfigurationError, match="by its id as text"):
            sandbox.talk(lambda client: client.retrieve(wrong))
        with pytest.raises(errors.ConfigurationError, match="no address that can be opened"):
            sandbox.talk(lambda client: client.download(wrong))

    def test_no_key_no_client(self) -> None:
        with pytest.raises(errors.ConfigurationError, match="Set APIMART_API_KEY"):
            AsyncClient()

    @pytest.mark.parametrize("origin", ["api.apimart.ai", "ftp://a.example", "https://", "https://u:p@a.example", ""])
    def test_an_origin_that_cannot_work(self, origin: str) -> None:
        with pytest.raises(errors.ConfigurationError):
            AsyncClient("sk-1", origin)


class TestManyCalls:
    def test_fifty_at_once(self, sandbox: Sandbox) -> None:
        async def use(client: AsyncClient) -> list[Task]:
            return await asyncio.gather(*(client.submit(REQUEST) for _ in range(50)))

        tasks = sandbox.talk(use)
        assert len({task.id for task in tasks}) == 50
        assert not any(task.replayed for task in tasks)
        used = sandbox.talk(lambda client: client.balance()).used
        assert used == pytest.approx(50 * 0.011)

    def test_two_clients_at_once_do_not_mix_their_keys(self, sandbox: Sandbox) -> None:
        async def both() -> tuple[Any, Any]:
            async with sandbox.client() as one, sandbox.client(f"{sandbox.key}-other") as other:
                await asyncio.gather(pictures(one, REQUEST), *(pictures(other, REQUEST) for _ in range(3)))
                return await asyncio.gather(one.balance(), other.balance())

        one, other = asyncio.run(both())
        assert (one.used, other.used) == (pytest.approx(0.011), pytest.approx(0.033))

    def test_a_closed_client_opens_again(self, sandbox: Sandbox) -> None:
        async def use(client: AsyncClient) -> list[Any]:
            first = await client.models()
            await client.aclose()
            await client.aclose()
            return [first, await client.models()]

        first, second = sandbox.talk(use)
        assert first == second


def test_the_loop_goes_on_while_a_first_connection_is_prepared(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def noted() -> ssl.SSLContext:
        threads.append(threading.current_thread())
        return ssl.create_default_context()

    monkeypatch.setattr(client, "connecting", noted)

    async def ask() -> tuple[str, ...]:
        async with AsyncClient("sk-test", instant_server.url) as asked:
            return await asked.models()

    assert asyncio.run(ask())
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()
