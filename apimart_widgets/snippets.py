"""A request as code: cURL for a shell, Python for a notebook.

Neither ever holds a key. Pictures on this machine stand as what they are, with the command that uploads them, since an
uploaded URL would be dead in three days.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .catalog import registration
from .errors import ConfigurationError
from .reference import local_reference
from .words import say


def curl(payload: Mapping[str, Any], origin: str) -> str:
    """The commands that send ``payload`` (with placeholder addresses) to ``origin``.

    >>> print(curl({"prompt": "It's a fox"}, "https://api.apimart.ai"))
    curl --request POST \\
      --url https://api.apimart.ai/v1/images/generations \\
      --header "Authorization: Bearer $APIMART_API_KEY" \\
      --header 'Content-Type: application/json' \\
      --data '{
      "prompt": "It'"'"'s a fox"
    }'
    """
    if not isinstance(origin, str):
        raise ConfigurationError(say("config.base_url", name="origin", url=origin))
    origin = origin.rstrip("/").removesuffix("/v1")
    commands = []
    named = dict(payload)
    for field in ("image_urls", "mask_url"):
        if field in payload:
            named[field] = _shown(payload[field])
    for url in dict.fromkeys(_urls(payload)):
        picture = local_reference(url)
        if picture is not None:
            commands += [
                f"# Upload {picture} first; the answer's url goes where its name stands below.",
                _upload(picture.name, origin),
            ]
    body = json.dumps(named, ensure_ascii=False, indent=2)
    return "\n".join(
        [*commands, _post(f"{origin}/v1/images/generations", f"--data {shlex.quote(body)}", json_body=True)]
    )


def _post(url: str, last: str, *, json_body: bool) -> str:
    lines = [
        "curl --request POST",
        f"--url {shlex.quote(url)}",
        # Double quotes: the shell puts the key in, this text never holds it.
        '--header "Authorization: Bearer $APIMART_API_KEY"',
        *(["--header 'Content-Type: application/json'"] if json_body else []),
        last,
    ]
    return " \\\n  ".join(lines)


def _upload(name: str, origin: str) -> str:
    # curl reads , and ; in a bare file name as the start of something else.
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    form = f'file=@"{escaped}"'
    return _post(f"{origin}/v1/uploads/images", f"--form {shlex.quote(form)}", json_body=False)


def _urls(payload: Mapping[str, Any]) -> list[str]:
    return [*payload.get("image_urls", ()), *([payload["mask_url"]] if payload.get("mask_url") else [])]


def _shown(value: Any) -> Any:
    """URLs as they are, local pictures as ``<url of fox.png, sha256 ...>``."""
    if isinstance(value, str):
        picture = local_reference(value)
        return f"<url of {picture}>" if picture else value
    return [_shown(url) for url in value]


def python(payload: Mapping[str, Any], defaults: Mapping[str, Any], origin: str) -> str:
    """Python that sends ``payload`` with this package; fields that stand at their default are left out.

    >>> print(python({"prompt": "A fox", "model": "m", "n": 2, "size": "1:1"}, {"n": 1, "size": "1:1"}, "https://api.apimart.ai"))
    import os
    <BLANKLINE>
    import apimart_widgets as am
    <BLANKLINE>
    session = am.Session(api_key=os.environ["APIMART_API_KEY"], base_url='https://api.apimart.ai')
    images = session.generate(
        'A fox',
        model='m',
        n=2,
    )
    """
    return "\n".join(
        [
            *_python_opening([payload], origin),
            "images = session.generate(",
            *(f"    {argument}," for argument in _arguments(payload, defaults)),
            ")",
        ]
    )


def python_list(payloads: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any], origin: str) -> str:
    """The same for several requests: a list with one call each, all on their way at once.

    >>> fox, owl = ({"prompt": prompt, "model": "m", "n": 1} for prompt in ("A fox", "An owl"))
    >>> print(python_list([fox, owl], {"n": 1}, "https://api.apimart.ai").partition("jobs")[2])
     = [
        session.submit('A fox', model='m'),
        session.submit('An owl', model='m'),
    ]
    images = [image for job in jobs for image in job.result()]
    """
    calls = (f"    session.submit({', '.join(_arguments(payload, defaults))})," for payload in payloads)
    return "\n".join(
        [
            *_python_opening(payloads, origin),
            "jobs = [",
            *calls,
            "]",
            "images = [image for job in jobs for image in job.result()]",
        ]
    )


def _python_opening(payloads: Sequence[Mapping[str, Any]], origin: str) -> list[str]:
    pictures = [local_reference(url) for payload in payloads for url in _urls(payload)]
    notes = [f"# {picture}" for picture in dict.fromkeys(pictures) if picture]
    models = dict.fromkeys(payload["model"] for payload in payloads)
    return [
        "import os",
        "",
        "import apimart_widgets as am",
        "",
        *(line for model in models for line in _registering(model)),
        *(["# Pictures on this machine; write their paths where their names stand:", *notes] if notes else []),
        f'session = am.Session(api_key=os.environ["APIMART_API_KEY"], base_url={origin!r})',
    ]


def _arguments(payload: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    """What ``generate`` and ``submit`` are given; fields that stand at their default are left out."""
    arguments = [repr(payload["prompt"]), f"model={payload['model']!r}"]
    extra = {name: value for name, value in payload.items() if name not in defaults and name not in ("prompt", "model")}
    for name, value in payload.items():
        if name in defaults and name not in ("prompt", "model", "image_urls", "mask_url") and value != defaults[name]:
            arguments.append(f"{name}={value!r}")
    urls = payload.get("image_urls")
    if urls:
        local = any(local_reference(url) for url in urls)
        arguments.append(f"{'references' if local else 'image_urls'}=[{', '.join(map(_literal, urls))}]")
    mask = payload.get("mask_url")
    if mask:
        arguments.append(f"{'mask' if local_reference(mask) else 'mask_url'}={_literal(mask)}")
    if extra:
        arguments.append(f"extra_body={extra!r}")
    return arguments


def _registering(model: str) -> list[str]:
    """A model that is only known by being registered would be refused wherever else the code runs."""
    told = registration(model)
    if told is None:
        return []
    changes = "".join(f", {field}={value!r}" for field, value in told.items())
    return [f"am.register_model({model!r}{changes})"]


def _literal(url: str) -> str:
    picture = local_reference(url)
    return repr(picture.name if picture else url)
