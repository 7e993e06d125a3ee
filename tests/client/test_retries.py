"""What is sent again, how often and after how long; and what is told about the bill."""

from __future__ import annotations

import email.utils
import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from apimart_widgets import errors
from apimart_widgets.client import AsyncClient
from tests.raw_server import Action, Drop, DropBeforeReading, RawServer, Request, Send, Trickle, answer, html

from .conftest import NOW, REQUEST, RecordingClock, talk

ACCEPTED = answer(200, b'{"code":200,"data":[{"status":"submitted","task_id":"task_1"}]}')
TASK = answer(200, b'{"code":200,"data":{"id":"task_1","status":"processing"}}')
NO_ANSWER: dict[str, Action] = {
    "dropped": Drop(),
    "reset": Drop(reset=True),
    "cut off": answer(200, b"{", content_length=100),
    "garbage": b"garbage\r\n\r\n",
    "a page": html(200),
    "empty": answer(200),
    "a list": answer(200, b"[]"),
    "no task id": answer(200, b'{"code":200,"data":[]}'),
    "corrupt gzip": answer(200, b"\x00\x01", headers={"Content-Encoding": "gzip"}),
}
NOTHING_READABLE = [case for case in NO_ANSWER if case != "no task id"]
UNKNOWN = (
    "It is not known whether the request was accepted: it may be billed."
    " Only the identical request with its own idempotency key may be sent again."
)
BACK_OFF = [0.25, 0.5, 1.0, 2.0]


class Outcome:
    """What came of one POST: the task or the error, what the server saw, and how long was waited."""

    def __init__(self, script: Sequence[Action], *, timeout: float = 30.0, key: str | None = None) -> None:
        clock = RecordingClock()
        self.error: errors.APIError | None = None
        self.task: Any = None
        with RawServer(script) as server:
            try:
                self.task = talk(
                    server.url, lambda c: c.submit(REQUEST, idempotency_key=key), clock=clock, timeout=timeout
                )
            except errors.APIError as error:
                self.error = error
            self.requests = server.requests
        self.sleeps = clock.sleeps

    def failed(self) -> errors.APIError:
        assert self.error is not None, "the POST was accepted"
        return self.error

    def assert_may_be_billed(self) -> None:
        error = self.failed()
        assert error.outcome_unknown is True
        assert str(error).endswith(UNKNOWN)
        assert "Nothing was billed" not in str(error)
        assert error.idempotency_key == self.requests[0].headers["idempotency-key"]

    def assert_not_billed(self) -> None:
        error = self.failed()
        assert error.outcome_unknown is False
        assert str(error).endswith("Nothing was billed.")


def assert_identical(requests: Sequence[Request]) -> None:
    """The same bytes to the same path with the same key, each time."""
    assert {(request.method, request.path) for request in requests} == {("POST", "/v1/images/generations")}
    assert len({request.body for request in requests}) == 1
    assert len({request.headers["idempotency-key"] for request in requests}) == 1


class TestGenerationWithoutAnAnswer:
    @pytest.mark.parametrize("case", NO_ANSWER)
    def test_it_is_sent_again_once_and_then_unknown(self, case: str) -> None:
        outcome = Outcome([NO_ANSWER[case]])
        assert len(outcome.requests) == 2
        assert_identical(outcome.requests)
        outcome.assert_may_be_billed()
        assert outcome.sleeps == [0.25]

    def test_a_deadline_too(self) -> None:
        outcome = Outcome([Trickle(b"", b"")], timeout=1.0)
        assert len(outcome.requests) == 2
        assert_identical(outcome.requests)
        outcome.assert_may_be_billed()
        assert isinstance(outcome.error, errors.APITimeoutError)

    @pytest.mark.parametrize("case", NO_ANSWER)
    def test_the_resend_may_be_accepted(self, case: str) -> None:
        outcome = Outcome([NO_ANSWER[case], ACCEPTED], key="my-key")
        assert outcome.task.id == "task_1"
        assert_identical(outcome.requests)
        assert outcome.requests[0].headers["idempotency-key"] == "my-key"

    def test_the_server_s_word_on_a_replay_is_passed_on(self) -> None:
        replayed = answer(200, b'{"data":{"id":"task_1"}}', headers={"Idempotency-Replayed": "True"})
        assert Outcome([Drop(), replayed]).task.replayed is True

    def test_dropped_before_it_was_read(self) -> None:
        outcome = Outcome([DropBeforeReading(), ACCEPTED])
        assert outcome.task.id == "task_1"
        assert len(outcome.requests) == 1

    def test_an_unknown_outcome_is_not_forgotten_when_the_server_is_gone(self) -> None:
        # The first POST is read; then nobody listens any more.
        listener = socket.create_server(("127.0.0.1", 0))

        def read_once() -> None:
            connection, _ = listener.accept()
            listener.close()
            with connection:
                connection.recv(65536)

        reader = threading.Thread(target=read_once)
        reader.start()
        clock = RecordingClock()
        with pytest.raises(errors.APIConnectionError, match="could not be reached") as caught:
            talk(f"http://127.0.0.1:{listener.getsockname()[1]}", lambda c: c.submit(REQUEST), clock=clock)
        reader.join()
        assert caught.value.outcome_unknown is True
        assert str(caught.value).endswith(UNKNOWN)
        assert len(clock.sleeps) == 4

    @pytest.mark.parametrize("after", [402, 409, 425, 429, 302])
    def test_nor_by_an_answer_that_says_nothing_about_the_first(self, after: int) -> None:
        # 402: the first may have used the balance up.
        Outcome([Drop(), html(after)]).assert_may_be_billed()

    @pytest.mark.parametrize("after", [400, 401, 403, 404, 413, 422])
    def test_a_refusal_of_the_same_bytes_settles_it(self, after: int) -> None:
        outcome = Outcome([Drop(), answer(after, b'{"error": {"message": "No.", "code": "no"}}')])
        assert len(outcome.requests) == 2
        outcome.assert_not_billed()

    @pytest.mark.parametrize("after", [400, 401, 403, 404, 405, 413, 422])
    @pytest.mark.parametrize("first", [Drop(), html(502), html(504)], ids=["dropped", "502", "504"])
    def test_a_page_of_somebody_on_the_way_does_not(self, first: Action, after: int) -> None:
        Outcome([first, html(after)]).assert_may_be_billed()
        Outcome([first, answer(after, b"{}")]).assert_may_be_billed()

    def test_only_one_resend_whatever_comes_between(self) -> None:
        outcome = Outcome([Drop(), html(503), Drop(), ACCEPTED])
        assert len(outcome.requests) == 3
        outcome.assert_may_be_billed()


class TestGenerationRefused:
    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 422, 451])
    def test_a_definite_refusal_is_sent_once(self, status: int) -> None:
        outcome = Outcome([html(status)])
        assert len(outcome.requests) == 1
        assert outcome.sleeps == []
        outcome.assert_not_billed()

    @pytest.mark.parametrize("status", [501, 505])
    def test_what_the_server_does_not_do_is_sent_once(self, status: int) -> None:
        outcome = Outcome([html(status)])
        assert len(outcome.requests) == 1
        outcome.assert_not_billed()

    @pytest.mark.parametrize("status", [409, 425, 429])
    def test_refused_for_now_is_sent_up_to_five_times(self, status: int) -> None:
        outcome = Outcome([html(status)])
        assert len(outcome.requests) == 5
        assert_identical(outcome.requests)
        assert outcome.sleeps == BACK_OFF
        outcome.assert_not_billed()

    @pytest.mark.parametrize("status", [504, 524])
    def test_a_gateways_word_of_silence_is_sent_again_once_as_silence_is(self, status: int) -> None:
        outcome = Outcome([html(status)])
        assert len(outcome.requests) == 2
        assert_identical(outcome.requests)
        outcome.assert_may_be_billed()

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 520])
    def test_trouble_is_sent_up_to_five_times_and_then_unknown(self, status: int) -> None:
        outcome = Outcome([html(status)])
        assert len(outcome.requests) == 5
        assert_identical(outcome.requests)
        assert outcome.sleeps == BACK_OFF
        outcome.assert_may_be_billed()

    @pytest.mark.parametrize("statuses", [[500], [502, 503], [504, 429, 520], [408, 409, 425, 503]])
    def test_a_burst_that_passes(self, statuses: list[int]) -> None:
        outcome = Outcome([*map(html, statuses), ACCEPTED])
        assert outcome.task.id == "task_1"
        assert_identical(outcome.requests)
        assert outcome.sleeps == BACK_OFF[: len(statuses)]

    def test_a_refused_model_is_answered_with_those_there_are(self) -> None:
        def script(request: Request) -> bytes:
            if request.method == "POST":
                return answer(404, b'{"error": {"code": "model_not_found", "message": "gone"}}')
            return answer(200, b'{"data": [{"id": "a"}, {"id": "b"}]}')

        with RawServer(script) as server:
            with pytest.raises(errors.NotFoundError, match=r"Nothing was billed\. This key may use: a, b\."):
                talk(server.url, lambda client: client.submit(REQUEST))
            assert [(r.method, r.path) for r in server.requests[1:]] == [("GET", "/v1/models")]

    def test_a_refused_model_where_the_list_is_broken_too(self) -> None:
        def script(request: Request) -> bytes:
            return answer(400, b'{"error": {"code": "invalid_model"}}') if request.method == "POST" else html(401)

        with RawServer(script) as server, pytest.raises(errors.BadRequestError, match=r"Nothing was billed\.$"):
            talk(server.url, lambda client: client.submit(REQUEST))


class TestConnectionRefused:
    def test_a_generation_is_retried_and_nothing_was_billed(self) -> None:
        clock = RecordingClock()
        with pytest.raises(errors.APIConnectionError) as caught:
            talk(_closed_port(), lambda client: client.submit(REQUEST), clock=clock)
        assert caught.value.received is False
        assert caught.value.outcome_unknown is False
        assert str(caught.value).endswith("Check the network and the server's address. Nothing was billed.")
        assert clock.sleeps == BACK_OFF

    def test_an_upload_too(self) -> None:
        clock = RecordingClock()
        with pytest.raises(errors.APIConnectionError, match=r"Nothing was billed\.$"):
            talk(_closed_port(), upload, clock=clock)
        assert clock.sleeps == BACK_OFF

    def test_a_read_says_nothing_of_bills(self) -> None:
        with pytest.raises(errors.APIConnectionError) as caught:
            talk(_closed_port(), lambda client: client.balance())
        assert "billed" not in str(caught.value)


async def upload(client: AsyncClient) -> Any:
    return await client.upload(b"picture", filename="a.png", content_type="image/png")


class TestUploads:
    @pytest.mark.parametrize("case", NOTHING_READABLE)
    def test_never_sent_again_without_an_answer(self, case: str) -> None:
        with RawServer([NO_ANSWER[case]]) as server:
            with pytest.raises(errors.APIError) as caught:
                talk(server.url, upload)
            assert len(server.requests) == 1
        # Nothing is billed for an upload, so nothing is unknown about a bill.
        assert caught.value.outcome_unknown is False
        assert caught.value.idempotency_key is None

    @pytest.mark.parametrize("status", [400, 401, 413, 408, 500, 502, 503, 504, 520])
    def test_nor_after_trouble_or_a_refusal(self, status: int) -> None:
        with RawServer([html(status)]) as server:
            with pytest.raises(errors.APIStatusError):
                talk(server.url, upload)
            assert len(server.requests) == 1
            assert "idempotency-key" not in server.requests[0].headers

    def test_nor_after_its_deadline(self) -> None:
        with RawServer([Trickle(b"", b"")]) as server:
            # An upload gets five times as long.
            with pytest.raises(errors.APITimeoutError, match=r"within 0\.1 s"):
                talk(server.url, upload, timeout=0.02)
            assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [409, 425, 429])
    def test_sent_again_where_it_was_refused_for_now(self, status: int) -> None:
        with RawServer([html(status), answer(200, b'{"url": "https://files.example/a"}')]) as server:
            assert talk(server.url, upload).url == "https://files.example/a"
            assert len(server.requests) == 2

    def test_the_picture_arrives_as_it_is(self) -> None:
        with RawServer([answer(200, b'{"url": "u"}')]) as server:
            talk(server.url, upload)
            (request,) = server.requests
        assert request.path == "/v1/uploads/images"
        assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert b'name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\npicture\r\n' in request.body


class TestReads:
    @pytest.mark.parametrize("trouble", [*map(NO_ANSWER.get, NOTHING_READABLE), html(500), html(429), html(408)])
    def test_sent_again_until_answered(self, trouble: Action) -> None:
        clock = RecordingClock()
        with RawServer([trouble, trouble, TASK]) as server:
            task = talk(server.url, lambda client: client.retrieve("task_1"), clock=clock)
            assert len(server.requests) == 3
        assert task.status == "processing"
        assert clock.sleeps == BACK_OFF[:2]

    def test_a_download_is_taken_up_again_whole(self) -> None:
        cut = Send(answer(200, b"half a pict", content_length=20), reset=True)
        with RawServer([cut, answer(200, b"a whole picture")]) as server:
            assert talk(server.url, lambda client: client.download(server.url)) == b"a whole picture"


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "waited"),
        [
            ("7", 7.0),
            ("120", 120.0),
            ("1.5", 1.5),
            ("0", 0.25),
            (email.utils.formatdate(NOW + 30, usegmt=True), 30.0),
            (email.utils.formatdate(NOW - 30, usegmt=True), 0.25),
            ("Fri, 15 Jan 2027 09:00:20 +0100", 20.0),
            ("soon", 0.25),
            ("-5", 0.25),
            ("", 0.25),
            ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", 0.25),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    def test_is_waited_for(self, status: int, value: str, waited: float) -> None:
        outcome = Outcome([answer(status, headers={"Retry-After": value}), ACCEPTED])
        assert outcome.task.id == "task_1"
        assert outcome.sleeps == [waited]

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("121", 121),
            ("120.5", 121),
            ("86400", 86400),
            (email.utils.formatdate(NOW + 3600, usegmt=True), 3600),
            ("9" * 400, None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ],
    )
    @pytest.mark.parametrize(
        ("status", "unknown"), [(408, True), (409, False), (425, False), (429, False), (503, True)]
    )
    def test_longer_than_two_minutes_is_told_instead(
        self, status: int, unknown: bool, value: str, seconds: float | None
    ) -> None:
        outcome = Outcome([answer(status, headers={"Retry-After": value})])
        assert len(outcome.requests) == 1
        assert outcome.sleeps == []
        words = f"APIMart asks to wait {seconds if seconds else ''}"
        assert words in str(outcome.error)
        assert "longer than the 120 s waited here by itself." in str(outcome.error)
        assert outcome.failed().retry_after is not None
        assert outcome.failed().retry_after > 120
        if unknown:
            outcome.assert_may_be_billed()
        else:
            outcome.assert_not_billed()

    def test_a_read_stops_too(self) -> None:
        with RawServer([answer(429, headers={"Retry-After": "600"})]) as server:
            with pytest.raises(errors.RateLimitError, match="asks to wait 600 s") as caught:
                talk(server.url, lambda client: client.balance())
            assert len(server.requests) == 1
        assert caught.value.retry_after == 600

    def test_it_may_follow_a_refusal_for_good_without_effect(self) -> None:
        outcome = Outcome([answer(400, headers={"Retry-After": "1"})])
        assert len(outcome.requests) == 1


def _closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
