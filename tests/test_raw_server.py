"""The raw server does to a client what its scripts say: seen with httpx."""

from __future__ import annotations

import httpx
import pytest

from tests.raw_server import Drop, DropBeforeReading, RawServer, Request, Send, Trickle, answer, chunked, html


def test_records_what_was_asked_and_follows_the_list() -> None:
    with RawServer([answer(200, b'{"a": 1}'), answer(503, b"{}", headers={"Retry-After": "7"})]) as server:
        first = httpx.post(f"{server.url}/v1/x?y=1", json={"n": 2}, headers={"X-Test": "yes"})
        second = httpx.get(server.url)
        third = httpx.get(server.url)
    assert first.json() == {"a": 1}
    assert (second.status_code, second.headers["retry-after"], third.status_code) == (503, "7", 503)
    assert [(request.method, request.path) for request in server.requests] == [
        ("POST", "/v1/x?y=1"),
        ("GET", "/"),
        ("GET", "/"),
    ]
    assert server.requests[0].body == b'{"n":2}'
    assert server.requests[0].headers["x-test"] == "yes"


def test_a_callable_answers_by_the_request() -> None:
    def script(request: Request) -> bytes:
        return answer(200, request.body[::-1]) if request.method == "POST" else answer(404)

    with RawServer(script) as server:
        assert httpx.post(server.url, content=b"abc").content == b"cba"
        assert httpx.get(server.url).status_code == 404


def test_reads_a_chunked_request() -> None:
    with RawServer([answer()]) as server:
        httpx.post(server.url, content=iter([b"one", b"two"]))
    assert server.requests[0].body == b"onetwo"


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (Drop(), httpx.RemoteProtocolError),
        (Drop(reset=True), httpx.ReadError),
        (b"not http at all\r\n\r\n", httpx.RemoteProtocolError),
        (answer(200, b"{", content_length=100), httpx.RemoteProtocolError),
        (Send(answer(200, b"{", content_length=100), reset=True), httpx.ReadError),
        (chunked([b"{}"], end=b""), httpx.RemoteProtocolError),
        (chunked([b"{}"], end=b"junk\r\n"), httpx.RemoteProtocolError),
        (Trickle(answer(200, content_length=10), b"", pause=0.01), httpx.ReadTimeout),
    ],
)
def test_breaks_an_answer(action: bytes | Drop | Send | Trickle, error: type[Exception]) -> None:
    with RawServer([action]) as server:
        with pytest.raises(error):
            httpx.get(server.url, timeout=0.5)
        assert len(server.requests) == 1


def test_drops_a_connection_before_reading() -> None:
    with RawServer([DropBeforeReading(), answer(200, b"{}")]) as server:
        with pytest.raises(httpx.TransportError):
            httpx.post(server.url, content=b"x")
        assert httpx.post(server.url, content=b"y").status_code == 200
    assert [request.body for request in server.requests] == [b"y"]
    assert server.connections == 2


def test_a_length_too_short_loses_the_rest() -> None:
    with RawServer([answer(200, b'{"a": 1}', content_length=2)]) as server:
        assert httpx.get(server.url).content == b'{"'


def test_html_and_good_chunks_and_a_huge_body_arrive() -> None:
    huge = b"x" * 5_000_000
    with RawServer([html(), chunked([b"{", b"}"]), answer(200, huge)]) as server:
        page = httpx.get(server.url)
        assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
        assert httpx.get(server.url).json() == {}
        assert httpx.get(server.url).content == huge


def test_leaving_ends_an_endless_answer() -> None:
    with RawServer([Trickle(answer(200, content_length=10**9), b"x" * 1000)]) as server:
        client = httpx.Client()
        with client.stream("GET", server.url) as response:
            assert len(next(response.iter_raw())) > 0
            assert server.wait_for_requests(1)
    client.close()


def test_a_defect_of_the_script_is_raised() -> None:
    def script(request: Request) -> bytes:
        raise LookupError("no answer for this")

    with (
        pytest.raises(LookupError, match="no answer"),
        RawServer(script) as server,
        pytest.raises(httpx.TransportError),
    ):
        httpx.get(server.url)
