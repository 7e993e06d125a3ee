"""Answers no well-behaved server gives, to the byte: what the client makes of them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from apimart_widgets import errors
from apimart_widgets.client import AsyncClient
from apimart_widgets.task import ErrorDetail
from tests.raw_server import Action, Drop, DropBeforeReading, RawServer, Send, Trickle, answer, chunked, html

from .conftest import KEY, REQUEST, RecordingClock, talk

ACCEPTED = b'{"code":200,"data":[{"status":"submitted","task_id":"task_1"}]}'


def told(value: Any, status: int = 200, **more: Any) -> bytes:
    return answer(status, json.dumps(value).encode(), **more)


def talk_to(action: Action, use: Callable[[AsyncClient], Awaitable[Any]], **more: Any) -> Any:
    with RawServer([action]) as server:
        return talk(server.url, use, **more)


def submit(client: AsyncClient) -> Awaitable[Any]:
    return client.submit(REQUEST)


def retrieve(client: AsyncClient) -> Awaitable[Any]:
    return client.retrieve("task_1")


def balance(client: AsyncClient) -> Awaitable[Any]:
    return client.balance()


class TestShapes:
    @pytest.mark.parametrize(
        "body",
        [
            {"code": 200, "data": [{"status": "submitted", "task_id": "task_1"}]},
            {"request_id": "r", "data": {"id": "task_1", "object": "generation.task", "status": "pending"}},
            {"code": 200, "data": {"id": "task_1", "progress": 0, "task_info": {"can_cancel": True}}},
            {"code": "200", "success": True, "data": [{"task_id": "task_1"}], "error": None, "message": "ok"},
            {"id": "task_1", "status": "queued", "extra": [1, {"a": None}]},
            {"data": {"task_id": "task_1", "status": 7, "progress": "none", "result": "soon", "cost": "free"}},
        ],
    )
    def test_every_shape_of_a_submit_answer(self, body: Any) -> None:
        task = talk_to(told(body), submit)
        assert (task.id, task.finished, task.images) == ("task_1", False, ())

    @pytest.mark.parametrize(
        ("images", "urls"),
        [
            ([{"url": ["a"], "expires_at": 5}, {"url": ["b"], "expires_at": 5}], [("a", 5), ("b", 5)]),
            ([{"url": ["a", "b"], "expires_at": 5}], [("a", 5), ("b", 5)]),
            ([{"url": "a"}, {"url": "b", "expires_at": "soon"}], [("a", None), ("b", None)]),
            (["a", "b"], [("a", None), ("b", None)]),
            ([{"url": None}, {}, 7, {"url": ["", 3, "b"]}], [("b", None)]),
            ({"url": "a"}, []),
            (None, []),
        ],
    )
    def test_urls_as_lists_or_strings(self, images: Any, urls: Any) -> None:
        body = {"code": 200, "data": {"id": "t", "status": "COMPLETED", "result": {"images": images}, "new": 1}}
        task = talk_to(told(body), retrieve)
        assert task.finished
        assert [(image.url, image.expires_at) for image in task.images] == urls

    @pytest.mark.parametrize(
        ("word", "finished"), [("in_queue", False), ("", False), ("Canceled", True), (None, False), ("failed", True)]
    )
    def test_status_words(self, word: Any, finished: bool) -> None:
        assert talk_to(told({"data": {"id": "t", "status": word}}), retrieve).finished is finished

    @pytest.mark.parametrize(
        ("error", "detail"),
        [
            ("boom", ErrorDetail(message="boom")),
            ({"code": 500, "message": "boom", "type": "t"}, ErrorDetail("500", "boom", "t")),
            ({"code": "x", "message": None}, ErrorDetail("x")),
        ],
    )
    @pytest.mark.parametrize("wrapped", [True, False])
    def test_a_failed_task_is_no_failed_call(self, error: Any, detail: ErrorDetail, wrapped: bool) -> None:
        data = {"id": "t", "status": "failed", "error": error}
        task = talk_to(told({"code": 200, "data": data} if wrapped else data), retrieve)
        assert (task.status, task.error) == ("failed", detail)

    def test_a_task_that_names_no_id_has_the_one_asked_for(self) -> None:
        assert talk_to(told({"data": {"status": "processing"}}), retrieve).id == "task_1"

    @pytest.mark.parametrize(
        ("body", "remaining", "unlimited"),
        [
            ({"success": True, "remain_balance": "2.5"}, 2.5, False),
            ({"remain_balance": -1}, None, True),
            ({"unlimited_quota": True, "remain_balance": 0}, None, True),
            ({"data": {"remain_balance": 3}, "success": True}, 3, False),
            ({}, None, False),
        ],
    )
    def test_balances(self, body: Any, remaining: Any, unlimited: bool) -> None:
        found = talk_to(told(body), balance)
        assert (found.remaining, found.unlimited) == (remaining, unlimited)

    @pytest.mark.parametrize(
        ("body", "names"), [({"data": [{"id": "a"}, "b", {}, 3]}, ("a", "b")), ({"data": None}, ()), ({}, ())]
    )
    def test_models(self, body: Any, names: Any) -> None:
        assert talk_to(told(body), lambda client: client.models()) == names

    def test_a_schema_and_prices_that_are_none(self) -> None:
        for body in ({}, {"input_schema": "x", "data": []}, {"data": {"size_quality_prices": [1]}}):
            assert talk_to(told(body), lambda client: client.model_schema("m")) == {}
            assert talk_to(told(body), lambda client: client.price("m")) is None

    def test_an_upload_without_an_address(self) -> None:
        with pytest.raises(errors.APIResponseError, match="gave no URL for it"):
            talk_to(told({"filename": "a"}), lambda c: c.upload(b"x", filename="a", content_type="image/png"))

    def test_compressed_answers_are_read(self) -> None:
        body = gzip.compress(b'{"remain_balance": 4}')
        assert talk_to(answer(200, body, headers={"Content-Encoding": "gzip"}), balance).remaining == 4
        assert talk_to(chunked([b'\xef\xbb\xbf{"remain', b'_balance": 4}']), balance).remaining == 4


BROKEN: dict[str, tuple[Action, type[errors.APIError], str]] = {
    "dropped before it was read": (DropBeforeReading(), errors.APIConnectionError, "broke|could not be reached"),
    "dropped after it was read": (Drop(), errors.APIConnectionError, "broke: Server disconnected"),
    "reset after it was read": (Drop(reset=True), errors.APIConnectionError, "broke"),
    "cut off": (answer(200, b"{", content_length=100), errors.APIConnectionError, "broke: peer closed"),
    "cut off and reset": (Send(answer(200, b"{", content_length=9), True), errors.APIConnectionError, "broke"),
    "cut short by its length": (answer(200, ACCEPTED, content_length=20), errors.APIResponseError, "is not JSON"),
    "garbage": (b"not http at all\r\n\r\n", errors.APIConnectionError, "broke: illegal status line"),
    "an unfinished header": (b"HTTP/1.1 200 OK\r\nContent-", errors.APIConnectionError, "broke"),
    "a negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", errors.APIConnectionError, "broke"),
    "an odd length": (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n{}", errors.APIConnectionError, "broke"),
    "chunks without end": (chunked([b"{}"], end=b""), errors.APIConnectionError, "broke"),
    "junk chunks": (chunked([b"{}"], end=b"junk\r\n"), errors.APIConnectionError, "broke"),
    "an empty body": (answer(200, b""), errors.APIResponseError, "is not JSON"),
    "no content": (answer(204, b""), errors.APIResponseError, "is not JSON"),
    "a page": (html(200), errors.APIResponseError, "a proxy or a login page may stand in between"),
    "a list": (told([1]), errors.APIResponseError, "JSON that is no object"),
    "a number": (told(7), errors.APIResponseError, "JSON that is no object"),
    "a string": (told("hello"), errors.APIResponseError, "JSON that is no object"),
    "null": (told(None), errors.APIResponseError, "JSON that is no object"),
    "nested without end": (answer(200, b"[" * 200_000), errors.APIResponseError, "is not JSON"),
    "no UTF-8": (answer(200, b'{"a": "\xff\xfe"}'), errors.APIResponseError, "is not JSON"),
    "a number of 9000 digits": (answer(200, b'{"a": ' + b"9" * 9000 + b"}"), errors.APIResponseError, "is not JSON"),
    "corrupt gzip": (
        answer(200, gzip.compress(ACCEPTED)[:10] + b"\xff" * 30, headers={"Content-Encoding": "gzip"}),
        errors.APIResponseError,
        "an answer that cannot be read",
    ),
    "no gzip at all": (
        answer(200, ACCEPTED, headers={"Content-Encoding": "gzip"}),
        errors.APIResponseError,
        "an answer that cannot be read",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_is_a_typed_error_that_names_the_host(case: str) -> None:
    action, kind, match = BROKEN[case]
    with RawServer([action]) as server:
        with pytest.raises(kind, match=match) as caught:
            talk(server.url, balance)
        assert server.url.removeprefix("http://") in str(caught.value)
        # Reading costs nothing, so it was tried as often as anything is.
        assert server.connections == 5
    assert type(caught.value) is kind
    assert caught.value.status_code is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_nobody_listens() -> None:
    with RawServer([]) as server:
        url = server.url
    clock = RecordingClock()
    with pytest.raises(errors.APIConnectionError, match=r"could not be reached: .*\. Check the network") as caught:
        talk(url, balance, clock=clock)
    assert caught.value.received is False
    assert len(clock.sleeps) == 4


@pytest.mark.parametrize(
    "action",
    [
        Trickle(answer(200, b"{", content_length=10**6), b" "),
        Trickle(b"HTTP/1.1 200 OK\r\n", b"X-Wait: 1\r\n"),
        Trickle(b"", b""),
    ],
    ids=["a body", "headers", "nothing"],
)
def test_an_answer_without_end_meets_the_deadline(action: Trickle) -> None:
    with pytest.raises(errors.APITimeoutError, match=r"did not answer within 0\.1 s\.") as caught:
        talk_to(action, balance, timeout=0.1)
    assert isinstance(caught.value, TimeoutError)


class TestTooLarge:
    @pytest.mark.parametrize(
        "action",
        [
            answer(200, b"x" * 3000),
            chunked([b"x" * 1000] * 3),
            answer(200, gzip.compress(b"x" * 10**6), headers={"Content-Encoding": "gzip"}),
            answer(200, b"", content_length=10**12),
        ],
        ids=["announced", "in chunks", "unpacked", "announced only"],
    )
    def test_a_file_beyond_the_limit_is_not_read_again(self, action: Action) -> None:
        with RawServer([action]) as server:
            with pytest.raises(errors.APIResponseError, match=r"127\.0\.0\.1 sends more than the 0\.00195 MB expected"):
                talk(server.url, lambda client: client.download(f"{server.url}/a.png", max_bytes=2048))
            assert len(server.requests) == 1

    def test_an_answer_beyond_the_limit(self) -> None:
        with pytest.raises(errors.APIResponseError, match="more than the 16 MB expected"):
            talk_to(answer(200, b"", content_length=16 * 2**20 + 1), balance)

    def test_a_file_of_just_the_limit_is_read(self) -> None:
        with RawServer([answer(200, b"x" * 2048)]) as server:
            got = talk(server.url, lambda client: client.download(f"{server.url}/a.png", max_bytes=2048))
        assert got == b"x" * 2048


@pytest.mark.parametrize(
    ("codings", "read"),
    [("gzip, gzip", False), ("gzip,GZIP", False), ("deflate, gzip", False), ("br", False), ("aws-chunked, gzip", True)],
)
def test_only_one_packing_that_was_asked_for_is_undone(codings: str, read: bool) -> None:
    body = gzip.compress(b'{"remain_balance": 4}')
    with RawServer([answer(200, body, headers={"Content-Encoding": codings})]) as server:
        if read:
            assert talk(server.url, balance).remaining == 4
        else:
            with pytest.raises(errors.APIResponseError, match=r"a way that was not asked for \(\w.*\), so it was not"):
                talk(server.url, balance)
        (request,) = server.requests
    assert request.headers["accept-encoding"] == "gzip, deflate"


STATUSES: list[tuple[int, type[errors.APIError], str]] = [
    (400, errors.BadRequestError, "APIMart refused the request (400)."),
    (401, errors.AuthenticationError, "Check APIMART_API_KEY."),
    (402, errors.InsufficientBalanceError, "Top it up"),
    (403, errors.PermissionDeniedError, "Check its permissions"),
    (404, errors.NotFoundError, "It may have expired"),
    (405, errors.APIStatusError, "APIMart refused the request (405)."),
    (408, errors.APIStatusError, "gave up waiting for the whole request (408)."),
    (409, errors.ConflictError, "Try again in a moment."),
    (413, errors.RequestTooLargeError, "at most 20 MB"),
    (422, errors.UnprocessableEntityError, "APIMart refused the request (422)."),
    (425, errors.APIStatusError, "Try again in a moment."),
    (429, errors.RateLimitError, "with fewer at a time."),
    (500, errors.InternalServerError, "trouble of its own (500)."),
    (501, errors.InternalServerError, "trouble of its own (501)."),
    (502, errors.InternalServerError, "trouble of its own (502)."),
    (520, errors.InternalServerError, "trouble of its own (520)."),
    (599, errors.InternalServerError, "trouble of its own (599)."),
]


@pytest.mark.parametrize("page", [True, False], ids=["a page", "an empty body"])
@pytest.mark.parametrize(("status", "kind", "words"), STATUSES)
def test_each_status_has_its_error(status: int, kind: type[errors.APIError], words: str, page: bool) -> None:
    with pytest.raises(kind) as caught:
        talk_to(html(status) if page else answer(status, b""), balance)
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert words in str(caught.value)
    assert "html" not in str(caught.value)
    assert (caught.value.detail, caught.value.code) == (None, None)


@pytest.mark.parametrize(
    ("body", "detail", "code"),
    [
        ({"error": {"code": 400, "message": "No such size.", "type": "t", "param": "size"}}, "No such size.", "400"),
        ({"error": {"code": "bad_size", "message": "No such size."}}, "No such size.", "bad_size"),
        ({"error": {"message": "No such size.", "type": "invalid"}, "data": None}, "No such size.", "invalid"),
        ({"error": "No such size."}, "No such size.", None),
        ({"error": {"error": {"message": "No such size."}}}, "No such size.", None),
        ({"data": {"error": {"message": "No such size.", "code": "x"}}}, "No such size.", "x"),
        ({"error": True, "message": "No such size."}, "No such size.", None),
        ({"success": False, "message": "No such size."}, "No such size.", None),
        ({"code": "bad_size", "message": "No such size."}, "No such size.", "bad_size"),
        ({"code": 400, "msg": "No such size.", "data": {}}, "No such size.", None),
        ({"detail": "No such size."}, "No such size.", None),
        ("No such size.", "No such size.", None),
        ({"error": {"message": ["a"]}}, None, None),
        ({"error": []}, None, None),
        ([{"error": "x"}], None, None),
        (None, None, None),
    ],
)
def test_a_reason_is_found_wherever_it_stands(body: Any, detail: str | None, code: str | None) -> None:
    with pytest.raises(errors.BadRequestError) as caught:
        talk_to(told(body, 400), submit)
    assert (caught.value.detail, caught.value.code) == (detail, code)
    said = f" It said: {detail}" if detail else ""
    assert str(caught.value) == f"APIMart refused the request (400).{said} Nothing was billed."


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"success": False, "message": "no"}, errors.BadRequestError, 400),
        ({"error": {"code": 401, "message": "no"}}, errors.AuthenticationError, 401),
        ({"code": "402", "message": "no"}, errors.InsufficientBalanceError, 402),
        ({"code": 404, "data": None, "error": "no"}, errors.NotFoundError, 404),
        ({"error": "no", "data": []}, errors.BadRequestError, 400),
        ({"code": 501, "msg": "no", "data": []}, errors.InternalServerError, 501),
    ],
)
def test_a_refusal_may_come_with_200(body: Any, kind: type[errors.APIError], status: int) -> None:
    with RawServer([told(body)]) as server:
        with pytest.raises(kind, match="It said: no") as caught:
            talk(server.url, submit)
        assert len(server.requests) == 1
    assert caught.value.status_code == status
    assert not caught.value.outcome_unknown


def test_a_balance_refused_with_200_is_a_wrong_key() -> None:
    with pytest.raises(errors.AuthenticationError, match="It said: token not found"):
        talk_to(told({"success": False, "message": "token not found"}), balance)


@pytest.mark.parametrize(
    "action",
    [
        answer(401, b'{"error"', content_length=500),
        Send(answer(401, b"x", content_length=500), reset=True),
        answer(401, b"\x00\x01", headers={"Content-Encoding": "gzip"}),
        answer(401, b"", content_length=10**12),
    ],
)
def test_a_status_counts_though_its_explanation_is_lost(action: Action) -> None:
    with RawServer([action]) as server:
        with pytest.raises(errors.AuthenticationError, match="Nothing was billed") as caught:
            talk(server.url, submit)
        assert len(server.requests) == 1
    assert not caught.value.outcome_unknown


def test_long_words_are_shortened_and_put_on_one_line() -> None:
    with pytest.raises(errors.BadRequestError) as caught:
        talk_to(told({"error": {"message": "a\n b\t" * 5000}}, 400), balance)
    assert "It said: a b a b" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_exchange_has_a_name() -> None:
    for action in (told({}, 400, headers={"X-Request-Id": "req_1"}), told({"request_id": "req_1"}, 400)):
        with pytest.raises(errors.BadRequestError) as caught:
            talk_to(action, balance)
        assert caught.value.request_id == "req_1"


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("use", [submit, balance], ids=["submit", "balance"])
    def test_an_api_call_is_not_followed(self, status: int, use: Callable[[AsyncClient], Awaitable[Any]]) -> None:
        with RawServer([told({})]) as other:
            location = f"{other.url.replace('127.0.0.1', 'localhost')}/v1/x"
            with RawServer([answer(status, headers={"Location": location})]) as server:
                with pytest.raises(errors.APIStatusError) as caught:
                    talk(server.url, use)
                assert len(server.requests) == 1
            assert other.requests == []
        assert caught.value.status_code == status
        assert f"({status}, '{location}'), and the key is not sent after it. If that address is right" in str(
            caught.value
        )
        assert not caught.value.outcome_unknown

    def test_a_download_is_followed_without_the_key(self) -> None:
        with (
            RawServer([answer(200, b"picture")]) as files,
            RawServer([answer(302, headers={"Location": f"{files.url}/b.png"})]) as server,
        ):
            got = talk(server.url, lambda client: client.download(f"{server.url}/a.png"))
            sent = [*server.requests, *files.requests]
        assert got == b"picture"
        assert [request.path for request in sent] == ["/a.png", "/b.png"]
        assert not any("authorization" in request.headers for request in sent)
        assert KEY not in str(sent)

    def test_a_loop_ends(self) -> None:
        with RawServer(lambda request: answer(302, headers={"Location": f"{request.path}x"})) as server:
            with pytest.raises(errors.APIResponseError, match=r"cannot be read: Exceeded maximum allowed redirects\."):
                talk(server.url, lambda client: client.download(f"{server.url}/a"))
            assert len(server.requests) == 6

    @pytest.mark.parametrize(
        "location",
        ["ftp://127.0.0.1/a", "file:///etc/hostname", "http://[", "//", "\xff", "http://127.0.0.1:99999/a"],
    )
    def test_a_download_led_nowhere(self, location: str) -> None:
        with RawServer([answer(302, headers={"Location": location})]) as server, pytest.raises(errors.APIError):
            talk(server.url, lambda client: client.download(f"{server.url}/a"))


class TestDownloadAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            *("ftp://a.example/a.png", "a.png", "", "http://[::1/a.png", "http://a:b/", "data:,x"),
            *("http://[", "http://u[:w@127.0.0.1:1/", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/"),
        ],
    )
    def test_what_is_no_address_is_not_tried_again(self, url: str) -> None:
        clock = RecordingClock()
        with pytest.raises(errors.APIResponseError, match="is no address that can be opened"):
            talk("http://127.0.0.1:1", lambda client: client.download(url), clock=clock)
        assert clock.sleeps == []

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    def test_an_expired_address_says_so_and_blames_no_key(self, status: int) -> None:
        with RawServer([answer(status, b"<Error>AccessDenied</Error>", content_type="text/xml")]) as server:
            host = server.url.removeprefix("http://")
            with pytest.raises(errors.APIStatusError) as caught:
                talk(server.url, lambda client: client.download(f"http://user:word@{host}/a.png?sign=1"))
        assert str(caught.value) == (
            f"{host} did not hand over the picture ({status}). Its address may have expired; ask for the task again."
        )

    def test_a_file_that_comes_a_moment_late(self) -> None:
        clock = RecordingClock()
        with RawServer([answer(404), answer(503), answer(200, b"picture")]) as server:
            assert talk(server.url, lambda client: client.download(f"{server.url}/a"), clock=clock) == b"picture"
        assert clock.sleeps == [0.25, 0.5]


def test_closing_breaks_a_call_on_its_way_which_then_opens_anew() -> None:
    with RawServer([Trickle(b"", b""), told({"remain_balance": 1})]) as server:
        clock = RecordingClock()

        async def use(client: AsyncClient) -> Any:
            call = asyncio.create_task(client.balance())
            await asyncio.to_thread(server.wait_for_requests, 1)
            await client.aclose()
            return await call

        assert talk(server.url, use, clock=clock).remaining == 1
        assert len(server.requests) == 2
    assert clock.sleeps == [0.25]


class TestLoops:
    def test_a_second_loop_after_the_first_was_closed(self) -> None:
        with RawServer([told({"remain_balance": 1})]) as server:
            client = AsyncClient(KEY, server.url)
            for _ in range(2):
                assert asyncio.run(client.balance()).remaining == 1

    def test_a_second_loop_beside_the_first_is_refused_in_words(self) -> None:
        with RawServer([told({"remain_balance": 1})]) as server:

            async def use() -> None:
                async with AsyncClient(KEY, server.url) as client:
                    await client.balance()
                    with pytest.raises(errors.ConfigurationError, match="in use on another event loop"):
                        await asyncio.to_thread(lambda: asyncio.run(client.balance()))

            asyncio.run(use())
