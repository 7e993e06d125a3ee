"""Keys and signatures of addresses are taken out wherever they stand; the rest stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apimart_widgets.redaction import redacted, redacted_json, redacted_values
from tests.examples import examples

SECRET = "Q7canaryZ9"


@pytest.mark.parametrize(
    "text",
    [
        f"https://files.example/a.png?sig={SECRET}",
        f"HTTPS://files.example/a.png?a=1&X-Amz-Signature={SECRET}&b=2",
        f"https://files.example/a.png#access={SECRET}",
        f"https://me:{SECRET}@files.example/a.png",
        f"https:\\/\\/files.example\\/a.png?sig={SECRET}",
        f"see files.example/a.png?X-Amz-Signature={SECRET}, token={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"authorization:Basic {SECRET}=",
        f"it was sent with bearer {SECRET}",
        f"Incorrect API key provided: sk-{SECRET}.",
        f"x-api-key: {SECRET}",
        f"Set-Cookie: session={SECRET}; path=/",
        f"it was sent with Cookie: session={SECRET}; theme=dark",
        f"Cookie: {SECRET * 2}",
        f"Basic {SECRET * 2}",
        f"Bearer {SECRET}.{SECRET}",
        f"https://me:p@ss{SECRET}@files.example/a.png",
        f'{{"url": "https://files.example/a.png?q={SECRET}"}}',
    ],
)
def test_a_secret_goes_wherever_it_stands(text: str) -> None:
    assert SECRET not in redacted(text)
    assert SECRET not in redacted_json(text)
    assert SECRET not in redacted_json(json.dumps({"a": [{"b": text}], text: 1}))
    assert SECRET not in json.dumps(redacted_values({"a": ({"b": text},)}))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # user:pass, whose Base64 has neither a digit nor padding; user:past, whose has padding
        ("sent with Basic dXNlcjpwYXNz.", "sent with Basic …."),
        ("Basic dXNlcjpwYXN0cw==, then", "Basic …, then"),
        ("authorization: bearer abcdef", "authorization: …"),
        ("bearer abcdefghijklmnopqrstuvwx", "bearer …"),
        # JSON that was cut, which can only be read as text
        ('{"Authorization": "Bearer abcdef", "n": ', '{"Authorization": "…", "n": '),
        ("{'set-cookie': 'session=abc', 'n': ", "{'set-cookie': '…', 'n': "),
    ],
)
def test_a_credential_goes_although_it_has_no_digit(text: str, left: str) -> None:
    assert redacted(text) == redacted(left) == left


@pytest.mark.parametrize("field", ["authorization", "Authorization", "api_key", "X-API-Key", "cookie"])
def test_a_field_named_after_a_secret_is_emptied(field: str) -> None:
    assert redacted_values({field: SECRET, "n": 1}) == {field: "…", "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        "A fox? Yes: 16:9, $5.",
        "https://files.example/a.png",
        "usage tokens: 12, sk-5",
        "what is a signature dish",
        "A basic pencil sketch of a fox. cookie: chocolate, on a plate",
        "Cookie: chocolate",
        "basic composition, strong light",
        "A Basic JavaScript logo, basic 1960s-style",
        "the ring bearer enters, a bearer of bad news",
        "一只红狐：雪地。",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text
    assert json.loads(redacted_json(json.dumps([text]))) == [text]


@settings(max_examples=examples(100))
@given(st.text(), st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_redacting_again_changes_nothing(text: str, value: object) -> None:
    assert redacted(redacted(text)) == redacted(text)
    assert redacted_values(redacted_values(value)) == redacted_values(value)
    assert json.loads(redacted_json(json.dumps(value))) == redacted_values(value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("words", ["basic ", "cookie:", "cookie: a", "bearer aB", "authorization "])
def test_a_long_answer_is_read_in_no_time(words: str) -> None:
    # What takes time by the square of the length would take minutes.
    assert len(redacted(words * 60_000)) <= 60_000 * len(words)


def test_json_that_is_too_deep_is_redacted_as_text() -> None:
    deep = "[" * 100_000 + f'"https://e.example/?sig={SECRET}"' + "]" * 100_000
    assert SECRET not in redacted_json(deep)
