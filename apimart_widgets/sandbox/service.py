"""The calls of the sandbox: one method each, from a request to its answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .ledger import Account, Ledger
from .models import MODELS
from .origin import files_origin_for, origin_of, same_host, serves_only_files
from .refusal import Refusal
from .rules import Order, find_model, read_idempotency_key, read_json, read_order
from .studio import Studio
from .task import CREDITS_PER_DOLLAR, Elsewhere, Picture, Task, spread, typical_seconds
from .upload import Upload, receive

RESPONSE_VERSION = "2026-07-27"
"""The value of ``X-APIMart-Response-Version`` that asks for the newer shape of the submit answer."""

_VERSION_HEADER = "X-APIMart-Response-Version"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PICTURE_PATH = re.compile(r"/f/image/(task_[0-9A-Z]{26})-([0-3])\.([a-z]+)")
_UPLOAD_PATH = re.compile(r"/f/upload/([0-9a-f]{32}\.[a-z]+)")
_STAND_IN_SIZE = (512, 512)
_WRONG_KEYS = "sk-wrong"

Endpoint = Callable[[Request], Awaitable[Response]]


class Sandbox:
    """One sandbox: its settings, `ledger` and `studio`, and a method for every call (`app.create_app` makes one)."""

    def __init__(
        self,
        seconds: float,
        ledger: Ledger,
        api_key: str | None,
        files_origin: str | None,
        clock: Callable[[], float],
        studio: Studio,
    ) -> None:
        self.seconds = seconds
        self.ledger = ledger
        self.clock = clock
        self.studio = studio
        self._api_key = api_key
        self._files_origin = files_origin

    def routes(self) -> list[Route]:
        """Every path the sandbox answers."""
        calls: list[tuple[str, str, Endpoint]] = [
            ("POST", "/v1/images/generations", self._generate),
            ("GET", "/v1/tasks/{task_id}", self._task),
            ("POST", "/v1/uploads/images", self._upload),
            ("GET", "/v1/balance", self._balance),
            ("GET", "/v1/user/balance", self._balance),
            ("GET", "/v1/models", self._models),
            ("GET", "/v1/model-schema", self._schema),
            ("GET", "/api/pricing/model", self._price),
            ("GET", "/sandbox/ledger", self._ledger),
        ]
        files = Route("/f/{kind}/{name}", self._file, methods=["GET"])
        return [*(Route(path, self._on_api_host(call), methods=[method]) for method, path, call in calls), files]

    async def _generate(self, request: Request) -> Response:
        raw = await request.body()
        self.ledger.count("requests")
        try:
            task, replayed = self._submit(request, raw)
        except Refusal:
            self.ledger.count("refused")
            raise
        headers = {}
        if replayed:
            self.ledger.count("replays")
            headers["Idempotency-Replayed"] = "true"
        if request.headers.get(_VERSION_HEADER) != RESPONSE_VERSION:
            answer = {"code": 200, "data": [{"status": "submitted", "task_id": task.id}]}
            return JSONResponse(answer, headers=headers)
        headers[_VERSION_HEADER] = RESPONSE_VERSION
        data = {"id": task.id, "object": "generation.task", "status": "pending"}
        return JSONResponse({"request_id": request.state.request_id, "data": data}, headers=headers)

    def _submit(self, request: Request, raw: bytes) -> tuple[Task, bool]:
        account = self._account(request)
        idempotency_key = read_idempotency_key(request.headers.get("Idempotency-Key"))
        body = read_json(raw)
        fingerprint = _sha256(body)
        before = self.ledger.replayed(account, idempotency_key, fingerprint)
        if before is not None:
            return before, True
        order = read_order(body)
        self._misbehave(account, order, idempotency_key or fingerprint)
        files_origin = self._files_origin_of(request)
        now = self.clock()
        references, mask = self._sources(order, files_origin, now)
        digest = _sha256(
            [_settings(order), [_stands_for(source) for source in (*references, *([mask] if mask else []))]]
        )

        def make_task(repeat: int) -> Task:
            task_id = "task_" + "".join(secrets.choice(_CROCKFORD) for _ in range(26))
            typical = typical_seconds(self.seconds, order)
            return Task(
                id=task_id,
                account=account.number,
                body=body,
                order=order,
                created=now,
                typical=typical,
                seconds=typical * spread(task_id),
                idempotency_key=idempotency_key,
                references=references,
                mask=mask,
                digest=digest,
                repeat=repeat,
                files_origin=files_origin,
            )

        return self.ledger.accept(account, digest, fingerprint, make_task)

    def _misbehave(self, account: Account, order: Order, request: str) -> None:
        if order.says("refuse"):
            message = "The content policy does not allow this prompt: it holds [refuse]."
            raise Refusal(400, "content_policy_violation", message, param="prompt")
        if order.says("429") and self.ledger.hold_off(account, request):
            message = "Too many requests: the prompt holds [429]. Send the same request again after a second."
            raise Refusal(429, "rate_limit_exceeded", message, headers={"Retry-After": "1"})

    def _sources(
        self, order: Order, files_origin: str, now: float
    ) -> tuple[tuple[Upload | Picture | Elsewhere, ...], Upload | Picture | None]:
        mask = None if order.mask_url is None else self._own(order.mask_url, "mask_url", files_origin, now)
        if order.mask_url is not None and mask is None:
            message = "The sandbox is offline and cannot fetch this mask. Send it to /v1/uploads/images first."
            raise Refusal(400, "invalid_mask_url", message, param="mask_url")
        size = mask.size if mask else _STAND_IN_SIZE
        references = tuple(
            self._own(url, "image_urls", files_origin, now) or Elsewhere(url, size) for url in order.image_urls
        )
        if mask is not None:
            _check_mask(mask, references[0])
        return references, mask

    def _own(self, url: str, param: str, files_origin: str, now: float) -> Upload | Picture | None:
        """The file behind a URL of the sandbox itself, None for any other; `Refusal` 400 when it is gone."""
        file = self._find(urlsplit(url).path)
        if file is None or not same_host(url, file.files_origin):
            if not same_host(url, files_origin):
                return None
            problem = "names no picture of this server"
        elif file.expired(now):
            problem = "has expired"
        else:
            return file
        code = "invalid_image_url" if param == "image_urls" else "invalid_mask_url"
        message = f"The address {url[:200]} {problem}. Send the file to /v1/uploads/images and use the new address."
        raise Refusal(400, code, message, param=param)

    def _find(self, path: str) -> Upload | Picture | None:
        if match := _UPLOAD_PATH.fullmatch(path):
            return self.ledger.upload(match[1])
        if not (match := _PICTURE_PATH.fullmatch(path)):
            return None
        task, index = self.ledger.task(match[1]), int(match[2])
        if task is None or index >= task.order.n or match[3] != task.order.output_format:
            return None
        picture = Picture(task, index)
        return picture if picture.made(self.clock()) else None

    async def _task(self, request: Request) -> Response:
        account = self._account(request)
        self.ledger.count("polls")
        task = self.ledger.task(request.path_params["task_id"])
        if task is None or task.account != account.number:
            raise Refusal(404, "task_not_found", "There is no task of this id under this key.", param="task_id")
        data = task.answer(self.clock(), request.query_params.get("language", "en"))
        return JSONResponse({"code": 200, "data": data})

    async def _upload(self, request: Request) -> Response:
        self._account(request)
        files_origin, created = self._files_origin_of(request), self.clock()
        content, filename = await _sent_file(request)
        upload = await self.studio.run(lambda: receive(content, filename, created, files_origin))
        answer = JSONResponse(upload.answer())
        self.ledger.keep(upload)
        return answer

    async def _file(self, request: Request) -> Response:
        now, file = self.clock(), self._find(request.url.path)
        if file is None or not same_host(origin_of(request), file.files_origin):
            raise HTTPException(404)
        if "Authorization" in request.headers:
            self.ledger.count("keys_seen_by_files_host")
            raise Refusal(400, "key_sent_to_image_host", "The key must not be sent to the image host.")
        if file.expired(now):
            raise Refusal(410, "url_expired", "This address has expired. Pictures are kept for a limited time only.")
        self.ledger.count("downloads")
        if isinstance(file, Upload):
            return Response(file.content, media_type=file.content_type)
        return Response(await self.studio.content(file), media_type=f"image/{file.task.order.output_format}")

    async def _balance(self, request: Request) -> Response:
        try:
            account = self._account(request)
        except Refusal as refusal:
            # The API answers a key it does not know with 200 here.
            if "Authorization" not in request.headers:
                raise
            return JSONResponse({"success": False, "message": refusal.message})
        now = self.clock()
        used, left = self.ledger.used(account, now), self.ledger.left(account, now)
        unlimited = math.isinf(left)
        return JSONResponse(
            {
                "success": True,
                "remain_balance": -1 if unlimited else left,
                "used_balance": used,
                "unlimited_quota": unlimited,
                "remain_credits": -1 if unlimited else round(left * CREDITS_PER_DOLLAR, 4),
                "used_credits": round(used * CREDITS_PER_DOLLAR, 4),
            }
        )

    async def _models(self, request: Request) -> Response:
        self._account(request)
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})

    async def _schema(self, request: Request) -> Response:
        self._account(request)
        model = find_model(request.query_params.get("model"), status=404)
        operation = request.query_params.get("operation", "image_generation")
        if operation != "image_generation":
            message = f"{model.id} has no operation {operation[:80]}. Write image_generation."
            raise Refusal(400, "invalid_operation", message, param="operation")
        return JSONResponse({"model": model.id, "operation": operation, "input_schema": model.input_schema()})

    async def _price(self, request: Request) -> Response:
        name = request.query_params.get("model", "")
        if name not in MODELS:
            message = f"There is no price for this model. There are prices for {', '.join(MODELS)}."
            return JSONResponse({"success": False, "message": message}, 404)
        return JSONResponse({"success": True, "data": MODELS[name].price_answer()})

    async def _ledger(self, request: Request) -> Response:
        return JSONResponse(self.ledger.as_json(self.clock()))

    def _on_api_host(self, call: Endpoint) -> Endpoint:
        async def checked(request: Request) -> Response:
            origin = origin_of(request)
            if serves_only_files(origin) or (self._files_origin and same_host(origin, self._files_origin)):
                raise HTTPException(404)
            try:
                return await call(request)
            except ClientDisconnect:  # nobody is there to be answered
                return Response(status_code=400)

        return checked

    def _files_origin_of(self, request: Request) -> str:
        return self._files_origin or files_origin_for(origin_of(request))

    def _account(self, request: Request) -> Account:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise Refusal(401, 401, "The key is missing. Send it in a header: Authorization: Bearer <key>.")
        if self._api_key is None:
            right = not key.startswith(_WRONG_KEYS)
        else:
            right = hmac.compare_digest(key.encode(), self._api_key.encode())
        if not right:
            raise Refusal(401, 401, "This key is not valid.")
        return self.ledger.account(key)


async def _sent_file(request: Request) -> tuple[bytes, str]:
    try:
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                message = "The multipart field file is missing. Send one picture in a field named file."
                raise Refusal(400, "missing_file", message, param="file")
            name = file.filename or "picture"
            # Some charsets read half a surrogate pair out of the name, which no answer can hold.
            return await file.read(), name.encode(errors="replace").decode()
    except UnicodeError:
        message = "The multipart form is not in the charset its Content-Type names. Leave it out, or write utf-8."
        raise Refusal(400, "invalid_charset", message) from None


def _check_mask(mask: Upload | Picture, first: Upload | Picture | Elsewhere) -> None:
    if not mask.has_alpha:
        message = "The mask has no alpha channel. Send a PNG that is transparent where the picture may change."
        raise Refusal(400, "invalid_mask", message, param="mask_url")
    if mask.size != first.size:
        (width, height), (wanted_width, wanted_height) = mask.size, first.size
        message = (
            f"The mask is {width}x{height}, the first reference {wanted_width}x{wanted_height}. Make them the same."
        )
        raise Refusal(400, "invalid_mask", message, param="mask_url")


def _settings(order: Order) -> list[Any]:
    return [
        order.model.id,
        order.prompt,
        order.size,
        order.resolution,
        order.n,
        order.quality,
        order.background,
        order.moderation,
        order.output_format,
        order.output_compression,
        order.mask_url is not None,
    ]


def _stands_for(source: Upload | Picture | Elsewhere) -> str:
    if isinstance(source, Upload):
        return source.sha256
    return source.url if isinstance(source, Elsewhere) else source.seed


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
