"""Every sentence the user reads, in English and Chinese.

One table, ``SENTENCES``: key -> (English, Chinese), with named places in braces. ``say`` makes a ``Sentence``: the
English text, as an ordinary ``str``, that remembers its key and values, so that a panel set to Chinese can say an
error again that was raised elsewhere. A tuple among the values stands as lines, each translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

SENTENCES: dict[str, tuple[str, str]] = {
    # ---- catalog
    "catalog.no_name": (
        'A model needs a name: write register_model("gpt-image-3-official", ...).',
        '模型需要一个名称：请写 register_model("gpt-image-3-official", ...)。',
    ),
    "catalog.unknown_like": (
        "There is no model {like!r} to start from. Write like= one of: {known}.",
        "没有可作为起点的模型 {like!r}。like= 请写以下之一：{known}。",
    ),
    "catalog.unknown_change": (
        "A model has no field {name!r}. Its fields are: {fields}.",
        "模型没有字段 {name!r}。可用的字段有：{fields}。",
    ),
    "catalog.wrong_change": (
        "{field} of a model cannot be that. Write it as in {example}.",
        "模型的 {field} 不能是该值。请按此格式书写：{example}。",
    ),
    # ---- request
    "request.line": ("  {field}: {message}", "  {field}：{message}"),
    "reference.no_text": (
        "A reference here is a URL as text, not {type}. Pass pictures to submit(..., references=[...]).",
        "这里的参考图应为文本形式的 URL，而不是 {type}。图片请通过 submit(..., references=[...]) 传入。",
    ),
    "reference.data_uri": (
        "The API no longer takes data: URIs. Pass the picture to submit(..., references=[...]), which uploads it.",
        "API 已不再接受 data: URI。请把图片传给 submit(..., references=[...])，由它上传。",
    ),
    "reference.file": (
        "{url!r} lies on this machine, where APIMart cannot reach it."
        " Pass the path to submit(..., references=[...]), which uploads it.",
        "{url!r} 位于本机，APIMart 无法访问。请把路径传给 submit(..., references=[...])，由它上传。",
    ),
    "reference.path": (
        "{url!r} reads as a file path, and the API takes URLs. Pass a file to submit(..., references=[...]),"
        " which uploads it; begin a URL with https://.",
        "{url!r} 看起来是文件路径，而 API 只接受 URL。文件请传给 submit(..., references=[...])，由它上传；"
        "URL 请以 https:// 开头。",
    ),
    "reference.scheme": (
        "{url!r} begins with {scheme}:, and the API takes http and https URLs that anyone can open.",
        "{url!r} 以 {scheme}: 开头，而 API 只接受任何人都能打开的 http 或 https URL。",
    ),
    "reference.credentials": (
        "The URL holds a user name or password, which would be sent to APIMart. Use a URL that opens without them.",
        "该 URL 含有用户名或密码，会被发送给 APIMart。请使用无需登录即可打开的 URL。",
    ),
    "reference.not_a_url": (
        "{url!r} is not a URL. Write an http or https address without spaces.",
        "{url!r} 不是 URL。请写不含空格的 http 或 https 地址。",
    ),
    "request.one_problem": (
        "This request has a problem. Nothing was sent.\n{lines}",
        "此请求有一个问题，未发送任何内容。\n{lines}",
    ),
    "request.problems": (
        "This request has {n} problems. Nothing was sent.\n{lines}",
        "此请求有 {n} 个问题，未发送任何内容。\n{lines}",
    ),
    "request.did_you_mean": (" Did you mean {name!r}?", " 您是否想写 {name!r}？"),
    "request.unknown_field": (
        "A request has no field {name!r}.{hint} A field that only the API knows goes into extra_body={{...}}.",
        "请求没有字段 {name!r}。{hint} 仅 API 认识的字段请放入 extra_body={{...}}。",
    ),
    "request.prompt_no_text": (
        "The prompt is text, not {type}. Write it in quotes.",
        "提示词应为文本，而不是 {type}。请用引号括起来。",
    ),
    "request.prompt_empty": (
        "The prompt is empty. Describe the picture in words.",
        "提示词为空。请用文字描述画面。",
    ),
    "request.half_character": (
        "{field} holds half a character at position {position} (a lone surrogate), which cannot be sent."
        " Delete it or type the character again.",
        "{field} 在位置 {position} 含有半个字符（孤立代理项），无法发送。请删除或重新输入该字符。",
    ),
    "request.model_no_text": (
        "The model is a name in quotes, not {type}. Known models: {known}.",
        "模型应为带引号的名称，而不是 {type}。已知模型：{known}。",
    ),
    "request.unknown_model": (
        "There is no model {name!r} in the catalogue.{hint} Known models: {known}."
        " If APIMart has it, make it known with apimart_widgets.register_model({name!r}).",
        "目录中没有模型 {name!r}。{hint} 已知模型：{known}。"
        "如果 APIMart 提供该模型，请用 apimart_widgets.register_model({name!r}) 登记。",
    ),
    "request.catalogue": ("The catalogue", "目录"),
    "request.size_in_pixels": (
        "Sizes are written as ratios: write size={ratio!r} to get {size}.",
        "尺寸以比例书写：要得到 {size}，请写 size={ratio!r}。",
    ),
    "request.n_no_number": (
        "n is a plain whole number such as n=1, not {value}.",
        "n 是普通整数，例如 n=1，而不是 {value}。",
    ),
    "request.n_normalised": (
        "n={given} becomes n={n}, as on the server: it makes 1 to {most} pictures a request.",
        "n={given} 变为 n={n}，与服务器一致：每个请求生成 1 到 {most} 张图片。",
    ),
    "request.no_such_field": (
        "{model} has no {field}. Leave it out.",
        "{model} 没有 {field}。请去掉它。",
    ),
    "request.not_a_word": (
        "{model} has no {field} {value}. Write one of {words}.{hint}",
        "{model} 没有 {field} {value}。请写以下之一：{words}。{hint}",
    ),
    "request.transparent_jpeg": (
        'A JPEG cannot be transparent. Write output_format="png", or background="auto".',
        'JPEG 不能透明。请写 output_format="png" 或 background="auto"。',
    ),
    "request.compression_range": (
        "output_compression is a whole number from 0 to 100, not {value}.",
        "output_compression 是 0 到 100 的整数，而不是 {value}。",
    ),
    "request.compression_png": (
        "output_compression is meant for jpeg, and not recommended with png:"
        ' leave it out, or write output_format="jpeg".',
        'output_compression 用于 jpeg，不建议与 png 一起使用：请去掉它，或写 output_format="jpeg"。',
    ),
    "request.urls_no_list": (
        'image_urls is a list of URLs, not {type}. Write image_urls=["https://..."].',
        'image_urls 是 URL 列表，而不是 {type}。请写 image_urls=["https://..."]。',
    ),
    "request.url_at": ("image_urls[{position}]: {problem}", "image_urls[{position}]：{problem}"),
    "request.too_many": (
        "{model} takes at most {most} references, and these are {count}. Leave out {excess}.",
        "{model} 最多接受 {most} 张参考图，而这里有 {count} 张。请去掉 {excess} 张。",
    ),
    "request.mask_alone": (
        "A mask belongs to a reference picture. Add the picture to edit as the first reference, or leave out the mask.",
        "蒙版需要参考图。请把要编辑的图片作为第一张参考图，或去掉蒙版。",
    ),
    "request.extra_no_mapping": (
        'extra_body is a dict of field names and values, such as extra_body={{"seed": 7}}.',
        'extra_body 是字段名和值组成的字典，例如 extra_body={{"seed": 7}}。',
    ),
    "request.extra_taken": (
        "{name!r} is a field of its own. Write it as {name}=..., not in extra_body.",
        "{name!r} 本身就是字段。请写 {name}=...，不要放入 extra_body。",
    ),
    "request.extra_no_json": (
        "extra_body cannot be sent as JSON: {error}. Use text, numbers, lists and dicts.",
        "extra_body 无法以 JSON 发送：{error}。请使用文本、数字、列表和字典。",
    ),
    "request.extra_too_deep": (
        "extra_body is nested more than {most} levels deep. Flatten it.",
        "extra_body 嵌套超过 {most} 层。请减少嵌套。",
    ),
    "request.extra_sent": (
        "extra_body sends {names} to APIMart unchecked. A server ignores fields it does not know.",
        "extra_body 中的 {names} 未经检查便会发给 APIMart。服务器会忽略不认识的字段。",
    ),
    "request.images": ("Images", "数量"),
    "request.mask": ("Mask", "蒙版"),
    # ---- balance
    "balance.title": ("Balance", "余额"),
    "balance.remaining": ("Left", "剩余"),
    "balance.used": ("Spent so far", "已用"),
    "balance.unlimited": ("unlimited", "不限额"),
    "balance.remaining_credits": ("Credits left", "剩余积分"),
    "balance.used_credits": ("Credits spent", "已用积分"),
    # ---- config
    "config.empty_key": (
        "{name} is empty. Copy the key again from APIMart's API key page.",
        "{name} 为空。请从 APIMart 的 API 密钥页面重新复制密钥。",
    ),
    "config.odd_key": (
        "{name} cannot be a key: its character {position} is not a plain letter, digit or sign."
        " Copy the key again from APIMart's API key page.",
        "{name} 不是有效的密钥：第 {position} 个字符不是普通字母、数字或符号。"
        "请从 APIMart 的 API 密钥页面重新复制密钥。",
    ),
    "config.key_no_text": (
        'The key is text, not {type}. Write api_key="sk-...", or set APIMART_API_KEY.',
        '密钥应为文本，而不是 {type}。请写 api_key="sk-..."，或设置 APIMART_API_KEY。',
    ),
    "config.budget": (
        "{name} is an amount in USD for 24 hours, from 0 up, not {value}. Write one such as 5.00.",
        "{name} 是 24 小时的美元金额（不小于 0），而不是 {value}。请写类似 5.00 的数字。",
    ),
    "config.no_key": (
        "There is no key. Set APIMART_API_KEY before Python starts, or pass api_key=..."
        ' To draw on this machine without a key, write Session(mode="sandbox").',
        "没有密钥。请在启动 Python 前设置 APIMART_API_KEY，或传入 api_key=..."
        ' 若要无密钥在本机绘图，请写 Session(mode="sandbox")。',
    ),
    "config.base_url": (
        "{name} is {url!r}, which is no address of a server. Write one such as https://api.apimart.ai.",
        "{name} 为 {url!r}，不是服务器地址。请写类似 https://api.apimart.ai 的地址。",
    ),
    "config.base_url_credentials": (
        "{name} holds a user name or password. Write the address without them; the key has a place of its own.",
        "{name} 中含有用户名或密码。请去掉它们；密钥有单独的位置。",
    ),
    "config.base_url_query": (
        "{name} is {url!r}, with something after ? or #. Write only the origin, such as https://api.apimart.ai.",
        "{name} 为 {url!r}，在 ? 或 # 之后还有内容。请只写源地址，例如 https://api.apimart.ai。",
    ),
    # ---- loop
    "loop.run_on_io_thread": (
        "run() was called on the background thread, where it would wait for itself. Use await there.",
        "run() 在后台线程上被调用，会等待自己。在那里请使用 await。",
    ),
    "loop.forked": (
        "This session was made before the process was forked, and cannot be used in the new one. Make a Session there.",
        "此会话是在进程派生（fork）之前创建的，不能在新进程中使用。请在新进程中创建 Session。",
    ),
    # ---- client
    "client.two": ("{first} {second}", "{first} {second}"),
    "client.said": (" It said: {detail}", " 服务器说：{detail}"),
    "client.nothing_billed": ("Nothing was billed.", "未产生费用。"),
    "client.may_be_billed": (
        "It is not known whether the request was accepted: it may be billed."
        " Only the identical request with its own idempotency key may be sent again.",
        "不知道请求是否已被接受：可能会计费。只能用原来的幂等键再次发送完全相同的请求。",
    ),
    "client.bad_request": (
        "APIMart refused the request ({status}).{said}",
        "APIMart 拒绝了请求（{status}）。{said}",
    ),
    "client.authentication": (
        "APIMart did not accept this key ({status}). Check APIMART_API_KEY.{said}",
        "APIMart 未接受此密钥（{status}）。请检查 APIMART_API_KEY。{said}",
    ),
    "client.balance": (
        "The balance at APIMart is used up ({status}). Top it up on its console, then try again.{said}",
        "APIMart 余额已用完（{status}）。请在其控制台充值后重试。{said}",
    ),
    "client.permission": (
        "This key may not do that ({status}). Check its permissions and models on APIMart's key page.{said}",
        "此密钥无权执行该操作（{status}）。请在 APIMart 的密钥页面检查权限和模型。{said}",
    ),
    "client.not_found": (
        "APIMart does not know what was asked for ({status})."
        " It may have expired, belong to another key, or the server's address may be wrong.{said}",
        "APIMart 不认识所请求的内容（{status}）。它可能已过期、属于另一密钥，或服务器地址有误。{said}",
    ),
    "client.conflict": (
        "The request got in the way of another one ({status}).{wait} Try again in a moment.{said}",
        "该请求与另一请求冲突（{status}）。{wait}请稍后再试。{said}",
    ),
    "client.not_in_time": (
        "APIMart gave up waiting for the whole request ({status}).{wait} Try again in a moment.{said}",
        "APIMart 未能及时收到完整请求（{status}）。{wait}请稍后再试。{said}",
    ),
    "client.no_file": (
        "{host} did not hand over the picture ({status}). Its address may have expired; ask for the task again.{said}",
        "{host} 没有提供图片（{status}）。其地址可能已过期；请重新查询任务。{said}",
    ),
    "client.too_large": (
        "That is too large for APIMart ({status}). Pictures may have at most 20 MB: make it smaller.{said}",
        "内容超出 APIMart 的限制（{status}）。图片最大 20 MB：请缩小后再试。{said}",
    ),
    "client.rate_limit": (
        "Too many requests at once ({status}).{wait} Try again later, or with fewer at a time.{said}",
        "同时请求过多（{status}）。{wait} 请稍后再试，或减少并发。{said}",
    ),
    "client.wait_too_long": (
        " APIMart asks to wait {seconds} s, longer than the {most} s waited here by itself.",
        " APIMart 要求等待 {seconds} 秒，超过这里自动等待的 {most} 秒。",
    ),
    "client.server_trouble": (
        "APIMart has trouble of its own ({status}).{wait}{said}",
        "APIMart 自身出现故障（{status}）。{wait}{said}",
    ),
    "client.content_policy": (
        "Refused by the safety filter. Change the prompt or the references.{said}",
        "被安全过滤器拒绝。请修改提示词或参考图。{said}",
    ),
    "client.redirect": (
        "The server sends this call on to another address ({status}, {where!r}), and the key is not sent after it."
        " If that address is right, write it as base_url.",
        "服务器把此调用重定向到另一地址（{status}，{where!r}），密钥不会随之发送。如果该地址正确，请写为 base_url。",
    ),
    "client.timeout": (
        "{host} did not answer within {seconds} s.",
        "{host} 在 {seconds} 秒内没有应答。",
    ),
    "client.unreachable": (
        "{host} could not be reached: {reason}. Check the network and the server's address.",
        "无法连接 {host}：{reason}。请检查网络和服务器地址。",
    ),
    "client.certificates": (
        "No certificates can be read from {name} ({path}): {reason}. Set it to a file or folder of certificates in PEM"
        " format, or unset it.",
        "无法从 {name}（{path}）读取证书：{reason}。请将其设为 PEM 格式的证书文件或文件夹，或取消设置。",
    ),
    "client.socks_proxy": (
        "{name} names a SOCKS proxy, which needs one more package."
        ' Run pip install "httpx[socks]" and restart, or unset {name}.',
        '{name} 指定了 SOCKS 代理，需要另一个软件包。请运行 pip install "httpx[socks]" 并重启，或取消设置 {name}。',
    ),
    "client.bad_proxy": (
        "{name} is no address of a proxy. Write one such as http://127.0.0.1:8080, or unset it.",
        "{name} 不是代理地址。请写成例如 http://127.0.0.1:8080，或取消设置。",
    ),
    "client.bad_no_proxy": (
        "NO_PROXY cannot be read. Write hosts without ports, with commas between them, such as localhost,127.0.0.1,"
        " or unset it.",
        "无法读取 NO_PROXY。请写不带端口、以逗号分隔的主机名，例如 localhost,127.0.0.1，或取消设置。",
    ),
    "client.broken": (
        "The connection to {host} broke: {reason}.",
        "与 {host} 的连接中断：{reason}。",
    ),
    "client.not_understood": (
        "{host} gave an answer that cannot be read: {reason}.",
        "{host} 的应答无法读取：{reason}。",
    ),
    "client.not_json": (
        "{host} answered something that is not JSON; a proxy or a login page may stand in between."
        " Check the server's address.",
        "{host} 的应答不是 JSON；中间可能有代理或登录页面。请检查服务器地址。",
    ),
    "client.not_object": (
        "{host} answered JSON that is no object, which this API never does. Check the server's address.",
        "{host} 的应答是 JSON 但不是对象，此 API 不会这样应答。请检查服务器地址。",
    ),
    "client.no_task_id": (
        "APIMart answered without a task id.",
        "APIMart 的应答中没有任务编号。",
    ),
    "client.no_upload_url": (
        "APIMart took the picture and gave no URL for it. Try again.",
        "APIMart 接收了图片但没有返回 URL。请重试。",
    ),
    "client.body_too_large": (
        "{host} sends more than the {megabytes} MB expected here, so the rest was not read.",
        "{host} 发送的内容超过预期的 {megabytes} MB，其余部分未读取。",
    ),
    "client.codings": (
        "{host} packed its answer in a way that was not asked for ({codings}), so it was not read."
        " A proxy may stand in between. Check the server's address.",
        "{host} 以未请求的方式压缩了应答（{codings}），因此未读取。中间可能有代理。请检查服务器地址。",
    ),
    "client.bad_url": (
        "{url!r} is no address that can be opened.",
        "{url!r} 不是可以打开的地址。",
    ),
    "client.no_task_id_text": (
        'A task is asked for by its id as text, such as "task_01H...", not {type}.',
        '查询任务需要文本形式的任务编号，例如 "task_01H..."，而不是 {type}。',
    ),
    "client.other_loop": (
        "This client is in use on another event loop. Make one AsyncClient for each loop.",
        "此客户端正在另一个事件循环上使用。请为每个循环创建一个 AsyncClient。",
    ),
    "client.no_request": (
        'submit() takes an ImageRequest, not a {type}. Write submit(ImageRequest("A red fox")). Nothing was sent.',
        'submit() 接受 ImageRequest，而不是 {type}。请写 submit(ImageRequest("A red fox"))。未发送任何内容。',
    ),
    "client.idempotency_key": (
        "An idempotency key has 1 to 191 visible ASCII characters without spaces. Leave it out to have one made.",
        "幂等键为 1 到 191 个可见 ASCII 字符，不含空格。可省略以自动生成。",
    ),
    "client.local_reference": (
        "The request refers to a picture on this machine, which has no URL yet."
        " Use session.submit(..., references=[...]), which uploads it, or upload it and use its URL.",
        "请求引用了本机上的图片，它还没有 URL。请用 session.submit(..., references=[...]) 上传，或先上传再使用其 URL。",
    ),
    "client.usable_models": (
        "{first} This key may use: {models}.",
        "{first} 此密钥可用：{models}。",
    ),
    # ---- images
    "images.the_picture": (
        "The picture",
        "图片",
    ),
    "images.the_mask": (
        "The mask",
        "蒙版",
    ),
    "images.empty": (
        "{name} is empty (0 bytes). Check that the file was written or downloaded completely.",
        "{name}是空的（0 字节）。请检查文件是否已完整写入或下载。",
    ),
    "images.not_an_image": (
        "{name} is not an image that can be read. Use a PNG, JPEG, WebP or GIF file.",
        "{name}不是可以读取的图片。请使用 PNG、JPEG、WebP 或 GIF 文件。",
    ),
    "images.damaged": (
        "{name} is damaged or cut off ({reason}). Use a complete copy of the file.",
        "{name}已损坏或不完整（{reason}）。请使用完整的文件。",
    ),
    "images.notebook_limit": (
        "{name} has more pixels than this notebook lets Pillow read. Raise PIL.Image.MAX_IMAGE_PIXELS, or use a "
        "smaller picture.",
        "{name}的像素数超过了此笔记本为 Pillow 设置的上限。请调高 PIL.Image.MAX_IMAGE_PIXELS，或使用较小的图片。",
    ),
    "images.too_many_pixels": (
        "{name} has {width}x{height} pixels; at most {side}x{side} in all are read, so that memory lasts. "
        "Make it smaller first, for example with image.thumbnail((4096, 4096)).",
        "{name}有 {width}x{height} 像素；为节省内存，最多读取相当于 {side}x{side} 的像素。"
        "请先缩小，例如 image.thumbnail((4096, 4096))。",
    ),
    "images.no_pixels": (
        "{name} has no pixels: its width or height is 0.",
        "{name}没有像素：宽或高为 0。",
    ),
    "images.damaged_file": (
        "The picture file is damaged or cut off. Use a complete copy of it.",
        "图片文件已损坏或不完整。请使用完整的文件。",
    ),
    "images.no_place_for_metadata": (
        "The prompt and settings can be written into PNG, JPEG and WebP files only. Save this one with metadata=False.",
        "提示词和设置只能写入 PNG、JPEG 和 WebP 文件。请用 metadata=False 保存此文件。",
    ),
    "images.record_too_long": (
        "The settings alone take more than {limit} KB, too much for a picture file. Save it with metadata=False.",
        "仅设置就超过 {limit} KB，图片文件放不下。请用 metadata=False 保存。",
    ),
    "images.foreign_xmp": (
        "The file holds an XMP packet that cannot be extended. Save it with metadata=False.",
        "文件中的 XMP 数据无法扩展。请用 metadata=False 保存。",
    ),
    "images.first_frame": (
        "{name} has several frames or pages. Only the first is used, as a still picture.",
        "{name}包含多帧或多页。仅使用第一帧，作为静态图片。",
    ),
    "images.made_smaller": (
        "{name} takes {old_mb} MB at {old} pixels, and an upload at most 20 MB."
        " It is sent at {new} pixels with {new_mb} MB.",
        "{name}在 {old} 像素时为 {old_mb} MB，而上传上限为 20 MB。将以 {new} 像素、{new_mb} MB 发送。",
    ),
    "images.mask_too_large": (
        "{name} takes {megabytes} MB, and an upload at most 20 MB. Make its alpha 0 or 255 everywhere, for example with"
        " mask.point(lambda value: 255 * (value > 127)).",
        "{name}为 {megabytes} MB，而上传上限为 20 MB。请使其 alpha 只有 0 或 255，"
        "例如 mask.point(lambda value: 255 * (value > 127))。",
    ),
    "images.mask_size": (
        "{name} is {found} pixels, the first reference {wanted}. Make them the same, for example with "
        "mask.resize({size}).",
        "{name}为 {found} 像素，第一张参考图为 {wanted}。请使两者一致，例如 mask.resize({size})。",
    ),
    "images.mask_without_alpha": (
        "{name} has colours and no alpha channel, so it does not say where the picture may change. Use "
        "mask.convert('L') if white marks that place, or an RGBA picture whose alpha is 0 there.",
        "{name}是彩色且没有 alpha 通道，无法说明哪里可以改动。"
        "若白色表示可改动处，请用 mask.convert('L')；或使用该处 alpha 为 0 的 RGBA 图片。",
    ),
    "images.mask_closed": (
        "{name} leaves nothing open, so nothing could change. Mark the place in white (255, in a black-and-white "
        "mask), with True (an array of 0 and 1: array.astype(bool)) or with alpha 0 (RGBA mask).",
        "{name}没有留出可改动之处。请用白色（黑白蒙版中的 255）、True（0 和 1 的数组：array.astype(bool)）"
        "或 alpha 0（RGBA 蒙版）标出。",
    ),
    "images.unknown_source": (
        "A picture cannot be read from {kind}. Use a path, bytes, a PIL image, a numpy array or a GeneratedImage.",
        "无法从 {kind} 读取图片。请使用路径、bytes、PIL 图像、numpy 数组或 GeneratedImage。",
    ),
    "images.web_address": (
        "{address} is a web address, not a file. Pass it as a text in image_urls or references; it is sent as it is.",
        "{address} 是网址，不是文件。请作为文本放入 image_urls 或 references，它会原样发送。",
    ),
    "images.folder": (
        "{path} is a folder. Name a picture in it.",
        "{path} 是文件夹。请指定其中的一张图片。",
    ),
    "images.file_missing": (
        "There is no file {path} (looked for in {folder}). Check the spelling, or write the whole path.",
        "没有文件 {path}（查找位置：{folder}）。请检查拼写，或写出完整路径。",
    ),
    "images.file_unreadable": (
        "The file {path} cannot be read: {reason}. Check its name and permissions.",
        "无法读取文件 {path}：{reason}。请检查文件名和权限。",
    ),
    "images.array_shape": (
        "An array of shape {shape} is no picture. Use height x width, height x width x 3 (RGB) or height x "
        "width x 4 (RGBA).",
        "形状为 {shape} 的数组不是图片。请使用 高 x 宽、高 x 宽 x 3（RGB）或 高 x 宽 x 4（RGBA）。",
    ),
    "images.array_range": (
        "A float array must lie between 0 and 1, without NaN. Divide by 255, or use array.astype('uint8').",
        "浮点数组的值须在 0 到 1 之间且不含 NaN。请除以 255，或用 array.astype('uint8')。",
    ),
    "images.array_type": (
        "An array of {dtype} is no picture. Use uint8 (0 to 255), floats (0 to 1) or bool: array.astype('uint8').",
        "{dtype} 类型的数组不是图片。请使用 uint8（0 到 255）、浮点（0 到 1）或 bool：array.astype('uint8')。",
    ),
    "images.empty_sheet": (
        "There are no images to put on a contact sheet.",
        "没有可放入缩略图总览的图片。",
    ),
    "images.caption_count": (
        "There are {captions} captions for {images} images. Give one each, or none at all.",
        "{images} 张图片却有 {captions} 个说明。请每张一个，或都不写。",
    ),
    "images.no_captions": (
        'captions is a list with a text for each picture, such as ["dawn", "dusk"], not {value}.',
        'captions 应为列表，每张图片一个文本，例如 ["dawn", "dusk"]，而不是 {value}。',
    ),
    "images.thumbnail_size": (
        "A thumbnail is a whole number of pixels wide, from 1 up, and max_bytes a whole number or None: write"
        " thumbnail(320), not thumbnail({box}, max_bytes={max_bytes}).",
        "缩略图的宽度应为不小于 1 的整数像素，max_bytes 应为整数或 None："
        "请写 thumbnail(320)，而不是 thumbnail({box}, max_bytes={max_bytes})。",
    ),
    "images.sheet_layout": (
        "A contact sheet needs at least 1 column and cells of at least 16 pixels and at most {most}, in whole numbers,"
        " not columns={columns}, cell={cell}.",
        "缩略图总览至少要有 1 列，每格为 16 到 {most} 像素的整数，而不是 columns={columns}, cell={cell}。",
    ),
    "images.no_colour": (
        'background is a colour that Pillow knows, such as "white" or "#f6f8fa", and not {value}.',
        'background 应为 Pillow 认识的颜色，例如 "white" 或 "#f6f8fa"，不能是 {value}。',
    ),
    "images.no_freetype": (
        "This Pillow was built without FreeType, so captions cannot be drawn. Install Pillow from PyPI.",
        "此 Pillow 未包含 FreeType，无法绘制说明文字。请从 PyPI 安装 Pillow。",
    ),
    # ---- letters on pictures
    "lettering.no_chinese": (
        "No font on this machine has {characters}, drawn as question marks. Install one, on Debian and Ubuntu with "
        "apt-get install fonts-noto-cjk, or pass font= the path of a font file.",
        "本机没有包含 {characters} 的字体，这些字符显示为问号。请安装字体（Debian 和 Ubuntu 上用 "
        "apt-get install fonts-noto-cjk），或用 font= 传入字体文件的路径。",
    ),
    "lettering.no_font": (
        "No font on this machine has {characters}, drawn as question marks. Pass font= the path of a font file that "
        "has them.",
        "本机没有包含 {characters} 的字体，这些字符显示为问号。请用 font= 传入包含它们的字体文件的路径。",
    ),
    "lettering.given_lacks": (
        "The font given lacks {characters}, drawn as question marks. Pass font= another font file, or leave it out.",
        "所给字体缺少 {characters}，这些字符显示为问号。请用 font= 传入其他字体文件，或不写 font=。",
    ),
    "lettering.unreadable": (
        "{path} cannot be read as a font: {reason}. Pass font= the path of a .ttf, .otf or .ttc file.",
        "无法将 {path} 作为字体读取：{reason}。请用 font= 传入 .ttf、.otf 或 .ttc 文件的路径。",
    ),
    # ---- results
    "results.none": ("No images yet.", "还没有图片。"),
    "results.more": ("and {n} more", "还有 {n} 张"),
    "results.sandbox": ("Sandbox drawing", "沙盒绘图"),
    "results.replay": ("Replay", "回放"),
    "results.sandbox_replay": ("Replay of a sandbox drawing", "沙盒绘图的回放"),
    "results.transparent": ("transparent", "透明背景"),
    "results.picture": ("Picture", "图片"),
    "results.request": ("Request", "请求"),
    "results.cost": ("Cost", "费用"),
    "results.made": ("Made", "生成时间"),
    "results.caption": ("Image {number}, {width}x{height} {format}", "图 {number}，{width}x{height} {format}"),
    "results.alt": (
        "Image {number} of {count}, {quality}, {width}x{height}: {prompt}",
        "第 {number} 张，共 {count} 张，{quality}，{width}x{height}：{prompt}",
    ),
    "results.alt_sandbox": (
        "Sandbox drawing {number} of {count}, {quality}, {width}x{height}: {prompt}",
        "沙盒绘图第 {number} 张，共 {count} 张，{quality}，{width}x{height}：{prompt}",
    ),
    "results.alt_replay": (
        "Replayed image {number} of {count}, {quality}, {width}x{height}: {prompt}",
        "回放的图片第 {number} 张，共 {count} 张，{quality}，{width}x{height}：{prompt}",
    ),
    "results.alt_sandbox_replay": (
        "Replayed sandbox drawing {number} of {count}, {quality}, {width}x{height}: {prompt}",
        "回放的沙盒绘图第 {number} 张，共 {count} 张，{quality}，{width}x{height}：{prompt}",
    ),
    "results.index": (
        "There is no image [{index}]: this set holds {count}, counted from [0].",
        "没有图片 [{index}]：此集合有 {count} 张，从 [0] 数起。",
    ),
    "results.no_index": (
        "Images are counted from 0: write images[0] or images[:2], and not images[{index}].",
        "图片从 0 数起：请写 images[0] 或 images[:2]，不能写 images[{index}]。",
    ),
    "results.no_file": (
        'A picture is opened by its path, such as "fox.png", and not by {value}.',
        '图片按路径打开，例如 "fox.png"，不能是 {value}。',
    ),
    "results.cannot_read": (
        "The file {path} cannot be opened: {reason}. Check the path.",
        "无法打开文件 {path}：{reason}。请检查路径。",
    ),
    "results.no_record": (
        "{path} holds no prompt and settings of this package. Only pictures saved with metadata=True do; others open "
        "with PIL.Image.open.",
        "{path} 中没有本软件包写入的提示词和设置。只有用 metadata=True 保存的图片才有；"
        "其他图片请用 PIL.Image.open 打开。",
    ),
    "results.foreign_record": (
        "The prompt and settings in {path} cannot be understood: they were changed, or written by another version. "
        "The picture itself opens with PIL.Image.open.",
        "无法理解 {path} 中的提示词和设置：它们被改动过，或由其他版本写入。图片本身可用 PIL.Image.open 打开。",
    ),
    "results.no_bytes": (
        "This picture has neither bytes nor a file. Take it from the library or from its job again.",
        "此图片既没有数据也没有文件。请从图库或任务中重新获取。",
    ),
    "results.file_gone": (
        "The file of this picture cannot be read: {reason}. It may have been moved or deleted; put it back at {path}.",
        "无法读取此图片的文件：{reason}。它可能已被移动或删除；请放回 {path}。",
    ),
    "results.cannot_write": (
        "Nothing can be written to {path}: {reason}. Choose another folder or name.",
        "无法写入 {path}：{reason}。请换一个文件夹或名称。",
    ),
    "results.array_copy": (
        "A picture must be decoded into new memory: leave out copy=False.",
        "图片必须解码到新的内存：请去掉 copy=False。",
    ),
    "results.no_pandas": (
        'Tables need pandas. Install it with: pip install "apimart-widgets[pandas]"',
        '表格需要 pandas。请安装：pip install "apimart-widgets[pandas]"',
    ),
    # ---- facts
    "facts.left_out": ("({n} more lines are left out here.)", "（此处省略 {n} 行。）"),
    # ---- library
    "library.database": (
        "The library in {folder} cannot be used: {reason}."
        " Close other programs that use it, or choose another folder with Session(library=...).",
        "无法使用 {folder} 中的图库：{reason}。请关闭占用它的其他程序，或用 Session(library=...) 选择其他文件夹。",
    ),
    "library.folder": (
        "The library's folder {folder} cannot be used: {reason}."
        " Make room or rights there, or choose another folder with Session(library=...).",
        "无法使用图库文件夹 {folder}：{reason}。请腾出空间或取得权限，或用 Session(library=...) 选择其他文件夹。",
    ),
    "library.no_path": (
        'A library is a folder, not {type}. Write Session(library="folder"), or ":memory:" to keep nothing on disk.',
        '图库应为文件夹，而不是 {type}。请写 Session(library="文件夹")；若不在磁盘保存，请写 ":memory:"。',
    ),
    "library.empty_path": (
        'A library is a folder, and its name is empty. Write Session(library="folder"), ":memory:" to keep nothing on'
        " disk, or leave it out for the usual one.",
        '图库应为文件夹，而其名称为空。请写 Session(library="文件夹")；若不在磁盘保存，请写 ":memory:"；'
        "或省略以使用默认图库。",
    ),
    "library.closed": (
        "The library in {folder} is closed. Open it again with apimart_widgets.Library, or make a new Session.",
        "{folder} 中的图库已关闭。请用 apimart_widgets.Library 重新打开，或新建 Session。",
    ),
    "library.damaged": (
        "The file {file} of the library in {folder} is damaged: {reason}. Its pictures lie whole in the folder images"
        " beside it. Move the file away to begin a new one, or choose another folder with Session(library=...).",
        "{folder} 中图库的文件 {file} 已损坏：{reason}。图片仍完整保存在旁边的 images 文件夹中。"
        "请移走该文件以重新开始，或用 Session(library=...) 选择其他文件夹。",
    ),
    "library.locked": (
        "The library in {folder} is held by another program: {reason}. Close that program and try again,"
        " or choose another folder with Session(library=...).",
        "{folder} 中的图库被其他程序占用：{reason}。请关闭该程序后重试，或用 Session(library=...) 选择其他文件夹。",
    ),
    "library.stars": (
        "A picture has 1 to {most} stars, or None, not {value}.",
        "图片评分为 1 到 {most} 星或 None，而不是 {value}。",
    ),
    "library.no_picture": (
        "A picture is meant, such as one of session.library or of job.images, not {type}."
        ' Look for it with session.library.search("fox").',
        "这里需要图片，例如 session.library 或 job.images 中的一张，而不是 {type}。"
        '可用 session.library.search("fox") 查找。',
    ),
    "library.not_kept": (
        "The library in {folder} does not hold this picture: it was deleted, opened from a file, or made with another"
        " library. Look for it there with session.library.search(...), or use the session that made it.",
        "{folder} 中的图库没有这张图片：它已被删除、从文件打开，或由另一个图库的会话生成。"
        "请在该图库中用 session.library.search(...) 查找，或使用生成它的会话。",
    ),
    "library.no_text": (
        '{name} is text, not {value}. Write it in quotes, as in search("fox", quality="high").',
        '{name} 应为文本，而不是 {value}。请用引号括起来，例如 search("fox", quality="high")。',
    ),
    "library.no_count": (
        '{name} is a whole number from 0 up, not {value}. Write it as in search("fox", stars=4, limit=20).',
        '{name} 应为不小于 0 的整数，而不是 {value}。请写成 search("fox", stars=4, limit=20)。',
    ),
    "library.no_note": (
        "A note is text, or None, not {type}. Write it in quotes.",
        "备注应为文本或 None，而不是 {type}。请用引号括起来。",
    ),
    "library.long_note": (
        "The note has {count} characters, and a picture keeps at most {most}. Shorten it.",
        "备注有 {count} 个字符，而每张图片最多保存 {most} 个。请缩短。",
    ),
    "library.no_day": (
        '{name} is a day, not {value}. Write it as "2026-11-24", a date or a datetime.',
        '{name} 应为日期，而不是 {value}。请写成 "2026-11-24"、date 或 datetime。',
    ),
    "library.newer": (
        "The library in {folder} was written by a newer version of apimart-widgets. Update the package to open it.",
        "{folder} 中的图库由更新版本的 apimart-widgets 写入。请更新软件包后再打开。",
    ),
    "library.title": ("Library {place}, {n} pictures, newest first", "图库 {place}，{n} 张图片，最新的在前"),
    # ---- ledger
    "ledger.spent": (
        "{billed} was billed in the last {hours} h and up to {in_flight} is in flight.",
        "过去 {hours} 小时已计费 {billed}，进行中最多 {in_flight}。",
    ),
    "ledger.spent_of": (
        "{billed} was billed in the last {hours} h and up to {in_flight} is in flight, of a budget of {budget}.",
        "过去 {hours} 小时已计费 {billed}，进行中最多 {in_flight}，预算为 {budget}。",
    ),
    "ledger.over_budget": (
        "This would cost up to {needed}, and the daily budget of {budget} does not allow it: {billed} was billed in the"
        " last 24 hours and up to {in_flight} is in flight. Nothing was sent. Ask for less, wait, or raise the budget.",
        "此请求最多需 {needed}，超出每日预算 {budget}：过去 24 小时已计费 {billed}，进行中最多 {in_flight}。"
        "未发送任何内容。请减少请求、等待，或提高预算。",
    ),
    "ledger.offers_over_budget": (
        "Together with these it would be more than the daily budget of {budget}: {billed} was billed in the last 24"
        " hours and {in_flight} would be in flight. Nothing was sent. Wait, or raise the budget.",
        "加上这些将超出每日预算 {budget}：过去 24 小时已计费 {billed}，进行中将达 {in_flight}。"
        "未发送任何内容。请等待或提高预算。",
    ),
    "ledger.price_unknown": (
        "There is a daily budget, and the price of this request to {model} is not known. Nothing was sent. Try again in"
        " a moment, in case the server's price list could not be read; choose another model or size, or leave out the"
        " budget.",
        "已设置每日预算，但此请求（{model}）的价格未知。未发送任何内容。如果是服务器价目表无法读取，请稍后重试；"
        "或选择其他模型或尺寸，或不设预算。",
    ),
    # ---- resumption
    "resumption.nothing": ("Nothing was left behind.", "没有遗留任务。"),
    "resumption.picked_up_one": (
        "1 job from an earlier session is being picked up.",
        "正在继续先前会话的 1 个任务。",
    ),
    "resumption.picked_up_many": (
        "{n} jobs from an earlier session are being picked up.",
        "正在继续先前会话的 {n} 个任务。",
    ),
    "resumption.unsent_one": ("1 request was never sent.", "有 1 个请求从未发送。"),
    "resumption.unsent_many": ("{n} requests were never sent.", "有 {n} 个请求从未发送。"),
    "resumption.unanswered_one": (
        "1 request was sent more than a day ago and got no answer. It may be billed; asking again may bill it anew.",
        "有 1 个请求在一天多以前发送，至今没有答复。可能已计费；再次请求可能重新计费。",
    ),
    "resumption.unanswered_many": (
        "{n} requests were sent more than a day ago and got no answer. They may be billed; asking again may bill them"
        " anew.",
        "有 {n} 个请求在一天多以前发送，至今没有答复。可能已计费；再次请求可能重新计费。",
    ),
    "resumption.with_calls_one": (
        "{first} Send it with .send(), or drop it with .discard().",
        "{first}用 .send() 发送，或用 .discard() 丢弃。",
    ),
    "resumption.with_calls_many": (
        "{first} Send them with .send(), or drop them with .discard().",
        "{first}用 .send() 发送，或用 .discard() 丢弃。",
    ),
    # ---- comparing
    "comparing.no_column": (
        "There is no column and no metric {name}. Columns: {columns}. Metrics: {metrics}; register_metric adds yours.",
        "没有名为 {name} 的列或指标。列：{columns}。指标：{metrics}；可用 register_metric 添加自己的指标。",
    ),
    "comparing.no_argument": (
        "A grid of a sweep takes row, col and {known}, and {name!r} is none of them. To show a part of it, write"
        " Grid([image for image in sweep.images if ...]).",
        "批量对比的网格接受 row、col 和 {known}，没有 {name!r}。若只显示一部分，请写"
        " Grid([image for image in sweep.images if ...])。",
    ),
    "comparing.no_sheet_argument": (
        "A contact sheet of a sweep takes captions and {known}, and {name!r} is none of them.",
        "批量对比的缩略图总览接受 captions 和 {known}，没有 {name!r}。",
    ),
    "comparing.no_setting": (
        "A grid is arranged by settings, and {name} is none. Write one of: {known}.",
        "网格按设置排列，而 {name} 不是设置。请写以下之一：{known}。",
    ),
    # ---- sweep
    "sweep.number": (
        "{name} is a whole number of at least {least}, and no {value}.",
        "{name} 应为不小于 {least} 的整数，不能是 {value}。",
    ),
    "sweep.no_prompt": (
        'A sweep takes a prompt, or a list of prompts: write session.sweep(["A red fox", "A lighthouse"], ...),'
        " not {value}.",
        '批量对比需要一个提示词或提示词列表：请写 session.sweep(["A red fox", "A lighthouse"], ...)，而不是 {value}。',
    ),
    "sweep.no_name": (
        'name is a text, such as name="study-1", and no {value}.',
        'name 应为文本，例如 name="study-1"，不能是 {value}。',
    ),
    "sweep.no_values": (
        'The prompt has a place {{{name}}}, and nothing fills it. Write {name}=["...", "..."], or {{{{ and }}}} for'
        " braces that are meant as they stand.",
        '提示词中有占位符 {{{name}}}，但没有填入的值。请写 {name}=["...", "..."]；'
        "如果花括号本身就是内容，请写成 {{{{ 和 }}}}。",
    ),
    "sweep.braces": (
        "Braces in a prompt stand for a name, as in {{animal}}, and those of {prompt!r} do not. Write {{{{ and }}}} for"
        " braces that are meant as they stand.",
        "提示词中的花括号表示名称，例如 {{animal}}，而 {prompt!r} 中的不是。"
        "如果花括号本身就是内容，请写成 {{{{ 和 }}}}。",
    ),
    "sweep.field_in_braces": (
        "{{{name}}} is a setting of the request and no word of the prompt. Give the place in the prompt another name.",
        "{{{name}}} 是请求的设置，不是提示词中的词。请为提示词中的占位符另取名称。",
    ),
    "sweep.taken_in_braces": (
        "{{{name}}} in a prompt has a name that the sweep, its table or Python uses itself. Give the place another"
        " name, such as {{the_{name}}}.",
        "提示词中 {{{name}}} 的名称已被批量对比、其表格或 Python 使用。请为占位符另取名称，例如 {{the_{name}}}。",
    ),
    "sweep.no_word": (
        'What stands in a prompt is a text or a number, and {level} is neither. Write {name}=["...", "..."].',
        '填入提示词的应为文本或数字，{level} 不是。请写 {name}=["...", "..."]。',
    ),
    "sweep.no_field": (
        "{name!r} is no setting of a request and no {{{name}}} stands in a prompt. Settings are: {known}.",
        "{name!r} 不是请求的设置，提示词中也没有 {{{name}}}。可用的设置有：{known}。",
    ),
    "sweep.no_field_meant": (
        "{name!r} is no setting of a request and no {{{name}}} stands in a prompt. Did you mean {meant!r}?",
        "{name!r} 不是请求的设置，提示词中也没有 {{{name}}}。您是否想写 {meant!r}？",
    ),
    "sweep.no_list": (
        "{name} is a {type}, which has no order or can be read only once. Write a list: {name}=[...].",
        "{name} 是 {type}，没有顺序或只能读取一次。请写成列表：{name}=[...]。",
    ),
    "sweep.empty_axis": (
        "{name} has no level. Write at least one, as in {name}=[...], or leave {name} out.",
        "{name} 没有任何取值。请至少写一个，例如 {name}=[...]，或者去掉 {name}。",
    ),
    "sweep.level_twice": (
        "{name} names {level} twice. Write each level once, and repeats=2 to have everything made twice.",
        "{name} 中 {level} 出现了两次。每个取值请只写一次；若要每项生成两次，请写 repeats=2。",
    ),
    "sweep.level_never": (
        "{name} cannot be {level} in any combination: {reason} Take it out of the list, or change what it does not go"
        " with.",
        "{name} 在任何组合中都不能是 {level}：{reason} 请将其从列表中去掉，或修改与之冲突的设置。",
    ),
    "sweep.n_twice": (
        "{notice} Another level asks for n={n} already: take {level} out of the list.",
        "{notice} 另一个取值已请求 n={n}：请将 {level} 从列表中去掉。",
    ),
    "sweep.nothing": (
        "No combination can be asked for: {reason}",
        "没有任何可以请求的组合：{reason}",
    ),
    "sweep.reasons": ("{reasons}", "{reasons}"),
    "sweep.same": ("It asks for the same as {levels}.", "它与 {levels} 请求的内容相同。"),
    "sweep.too_many": (
        "This sweep has {n} requests, and {most} is the most. Take levels or repeats away, or split it into several"
        " sweeps.",
        "此次批量对比包含 {n} 个请求，最多为 {most} 个。请减少取值或重复次数，或拆分为多次。",
    ),
    "sweep.no_references": (
        "references holds no picture. Write references=[picture], or leave references out.",
        "references 中没有图片。请写 references=[picture]，或者去掉 references。",
    ),
    "sweep.references_levels": (
        "references are the same for every request, and these are lists. To compare them, write"
        " image_urls=[[session.reference(first)], [session.reference(second)]] instead.",
        "references 对每个请求都相同，而这里给出的是多个列表。若要比较不同的参考图，请改写为"
        " image_urls=[[session.reference(first)], [session.reference(second)]]。",
    ),
    "sweep.mask_levels": (
        "mask is one mask, the same for every request, and no list. To compare masks, plan a sweep for each; those that"
        ' have an address can be an axis: mask_url=["https://...", "https://..."].',
        "mask 是对每个请求都相同的一个蒙版，不能是列表。若要比较不同的蒙版，请为每个蒙版各计划一次批量对比；"
        '有网址的蒙版可以作为一个轴：mask_url=["https://...", "https://..."]。',
    ),
    "sweep.urls_levels": (
        "image_urls lists levels, and references and mask are the same for every request. Write"
        " session.reference(picture) into each list of image_urls, or plan a sweep for each list.",
        "image_urls 列出了多个取值，而 references 和 mask 对每个请求都相同。请在 image_urls 的每个列表中写入"
        " session.reference(picture)，或者为每个列表各计划一次批量对比。",
    ),
    "sweep.no_amount": (
        "max_cost is an amount in US dollars, such as max_cost=2.5, and no {value}.",
        "max_cost 是以美元计的金额，例如 max_cost=2.5，不能是 {value}。",
    ),
    "sweep.price_unknown": (
        "Nobody says what these pictures cost, so no limit can be kept. Nothing was sent. Write"
        " sweep.run(max_cost=math.inf) to go on without a limit.",
        "无法得知这些图片的价格，因此无法保证上限。未发送任何内容。"
        "若要不设上限继续，请写 sweep.run(max_cost=math.inf)。",
    ),
    "sweep.needs_max_cost": (
        "This sweep may cost up to {cost}. Nothing was sent. Write sweep.run(max_cost={amount}) to allow it.",
        "此次批量对比最多可能花费 {cost}。未发送任何内容。若允许，请写 sweep.run(max_cost={amount})。",
    ),
    "sweep.over_max_cost": (
        "This sweep of {n} requests may cost up to {cost}, and max_cost allows {allowed}. Nothing was sent. Allow more,"
        " or plan fewer levels or repeats.",
        "此次批量对比共 {n} 个请求，最多可能花费 {cost}，而 max_cost 只允许 {allowed}。未发送任何内容。"
        "请提高上限，或减少取值或重复次数。",
    ),
    "sweep.spent": (
        "Stopped before the next request: {spent} of {allowed} is spent or on its way. Run it again with a higher"
        " max_cost to make the rest.",
        "在下一个请求之前停止：{allowed} 中已花费或正在花费 {spent}。若要完成其余部分，请以更高的 max_cost 再次运行。",
    ),
    "sweep.halted": (
        "Stopped, since it would meet every further request too: {why}",
        "已停止，因为后续请求也会遇到同样的问题：{why}",
    ),
    "sweep.failed": ("{n} failed: {reason} ({cells})", "{n} 个失败：{reason}（{cells}）"),
    "sweep.broken": ("A sweep stopped by a fault of its own.", "批量对比因自身错误而停止。"),
    "sweep.axes_one": ("{axes}, made once", "{axes}，各生成一次"),
    "sweep.axes_many": ("{axes}, {n} repeats", "{axes}，各重复 {n} 次"),
    "sweep.would_cost": ("What is not made yet would cost {cost}", "尚未生成的部分预计花费 {cost}"),
    "sweep.left_out": ("Left out: {n} with {levels}. {reason}", "已排除 {n} 个：{levels}。{reason}"),
    "sweep.progress": (
        "{done} of {requests} requests made, {running} running, {failed} failed, {spent} spent.",
        "{requests} 个请求中已完成 {done} 个，进行中 {running} 个，失败 {failed} 个，已花费 {spent}。",
    ),
    "sweep.more_levels": ("and {n} more", "还有 {n} 个"),
    # ---- analysis
    "analysis.no_extra": (
        'This needs {module}. Install what analyses need with: pip install "apimart-widgets[analysis]"',
        '此功能需要 {module}。请安装分析所需的软件包：pip install "apimart-widgets[analysis]"',
    ),
    "analysis.sandbox": (
        "Sandbox drawings: no evidence about any model",
        "沙盒绘图：不能作为任何模型的证据",
    ),
    "analysis.replay": (
        "Replay: recorded earlier, not made now",
        "回放：此前录制，并非现在生成",
    ),
    "analysis.sandbox_replay": (
        "Replay of drawings: no evidence about any model",
        "沙盒绘图的回放：不能作为任何模型的证据",
    ),
    "analysis.mixed_modes": (
        "{live} of these {count} pictures is live and the others are sandbox drawings, which say nothing about a model."
        " Analyse each kind alone, for example [row for row in records if row['mode'] == 'live'].",
        "这 {count} 张图片中有 {live} 张来自真实模型，其余为沙盒绘图，后者不能说明任何模型的情况。"
        "请分别分析，例如 [row for row in records if row['mode'] == 'live']。",
    ),
    "analysis.mixed_kinds": (
        "These {count} pictures are of several kinds ({kinds}), and a replay is no further picture of what it plays."
        " Analyse each kind alone, for example [row for row in records if row['mode'] == 'live'].",
        "这 {count} 张图片有多种来源（{kinds}），回放并不是所播放内容的又一张图片。"
        "请分别分析，例如 [row for row in records if row['mode'] == 'live']。",
    ),
    "analysis.no_mode": (
        "Row {number} does not say whether its picture is live, a sandbox drawing or replayed."
        " Keep the column mode that to_records() gives.",
        "第 {number} 行没有说明图片来自真实模型、沙盒还是回放。请保留 to_records() 给出的 mode 列。",
    ),
    "analysis.no_rows": (
        "There are no pictures to analyse. Pass the rows of images.to_records().",
        "没有可分析的图片。请传入 images.to_records() 的各行。",
    ),
    "analysis.not_rows": (
        "Each row is a dict with a column for each setting. Pass images.to_records() rather than the pictures.",
        "每一行应为字典，每项设置一列。请传入 images.to_records()，而不是图片本身。",
    ),
    "methods.no_list": (
        "statistics is a list of contrasts and strengths, such as statistics=[sweep.contrast(...)], and not {value}.",
        "statistics 是对比和强度的列表，例如 statistics=[sweep.contrast(...)]，不能是 {value}。",
    ),
    "new_file.no_path": (
        'A file is written to a path, such as "{example}", and not to {value}.',
        '文件写入一个路径，例如 "{example}"，不能是 {value}。',
    ),
    "analysis.no_column": (
        "Not every row has a column {name!r}. Columns: {known}.",
        "并非每一行都有列 {name!r}。现有的列：{known}。",
    ),
    "analysis.by_prompt": (
        "Differences are taken within a prompt, so prompts cannot be compared so. Name a setting such as 'quality'.",
        "差异在同一提示词内计算，因此无法这样比较提示词。请指定一项设置，例如 'quality'。",
    ),
    "analysis.by_list": (
        "The column {by!r} holds lists, which are no levels. Add a column with a word for each and compare by that.",
        "列 {by!r} 的值是列表，不能作为水平。请为每个值添加一个文字列，并按该列比较。",
    ),
    "analysis.one_level": (
        "All pictures have {by} {level}. A comparison needs two levels or more.",
        "所有图片的 {by} 都是 {level}。比较至少需要两个水平。",
    ),
    "analysis.seed": (
        "The seed is a whole number from 0, such as seed=0, not {value}.",
        "seed 应为不小于 0 的整数，例如 seed=0，而不是 {value}。",
    ),
    "analysis.resamples": (
        "resamples is a whole number from {fewest} up, not {value}: fewer leave the ends of an interval to chance.",
        "resamples 应为不小于 {fewest} 的整数，而不是 {value}：次数太少，区间端点就取决于偶然。",
    ),
    "analysis.cost_units": (
        "These costs are in several units: {units}. Compare or draw the rows of one unit, for example"
        " [row for row in records if row['cost_unit'] == 'USD'].",
        "这些费用使用多种单位：{units}。请只比较或绘制一种单位的行，例如"
        " [row for row in records if row['cost_unit'] == 'USD']。",
    ),
    "analysis.interval": ("95 % interval", "95 % 区间"),
    "analysis.between": ("{low} to {high}", "{low} 至 {high}"),
    "analysis.few_prompts": (
        "Under {fewest} prompts there is no interval: so few would not say how another choice of prompts would end.",
        "提示词少于 {fewest} 个时不给出区间：这么少的提示词无法说明换一批提示词会得到什么结果。",
    ),
    # ---- metrics
    "metrics.no_name": (
        "A metric has a name without spaces, such as 'redness', not {name}: it becomes the name of a column.",
        "指标需要不含空格的名称，例如 'redness'，而不是 {name}：它会成为列名。",
    ),
    "metrics.taken": (
        "The name {name!r} is taken. Choose another one, or forget yours first with unregister_metric({name!r}).",
        "名称 {name!r} 已被使用。请换一个名称，或先用 unregister_metric({name!r}) 删除您自己的指标。",
    ),
    "metrics.no_list": (
        'Metrics are named in a list, such as ["sharpness", "entropy"], and not by {value}.',
        '指标以列表形式给出，例如 ["sharpness", "entropy"]，不能是 {value}。',
    ),
    "metrics.unknown": (
        "There is no metric {name}. Known metrics: {known}.",
        "没有指标 {name}。已知指标：{known}。",
    ),
    "metrics.fails": (
        "The metric {name!r} was tried on a small RGB picture and failed. {reason} It was not added.",
        "指标 {name!r} 在一张小的 RGB 图片上试用失败。{reason} 未添加该指标。",
    ),
    "metrics.fails_on": (
        "The metric {name!r} failed on {picture}. {reason} Nothing was measured; correct it, or leave it out.",
        "指标 {name!r} 在 {picture} 上失败。{reason} 未进行测量；请修正该指标，或不使用它。",
    ),
    "metrics.no_number": (
        "It returned {value}, and a metric returns one finite number.",
        "它返回了 {value}，而指标应返回一个有限的数。",
    ),
    # ---- contrast
    "contrast.heading": (
        "{metric}{unit} by {by}, against {baseline}",
        "按 {by} 比较 {metric}{unit}，以 {baseline} 为基准",
    ),
    "contrast.difference": ("difference{unit}", "差异{unit}"),
    "contrast.p": ("p", "p 值"),
    "contrast.p_holm": ("p (Holm)", "p 值（Holm）"),
    "contrast.prompts": ("prompts", "提示词"),
    "contrast.images": ("pictures", "图片"),
    "contrast.missing": ("missing", "缺失"),
    "contrast.unmatched": ("unmatched", "未配对"),
    "contrast.method": (
        "Mean difference within prompt and size, averaged per prompt. Missing: without a value. Unmatched: left out,"
        " since the baseline has no picture of that prompt and size.",
        "同一提示词和尺寸内的平均差异，再按提示词平均。缺失：没有数值。未配对：基准没有该提示词和尺寸的图片，因此不计入。",
    ),
    "contrast.drawn": (
        "Interval: bootstrap over prompts, each level alone. p: sign-flip test over prompts; Holm: adjusted for all"
        " levels. {resamples} draws each, seed {seed}.",
        "区间：对提示词做自助法，各水平单独计算。p 值：对提示词做符号翻转检验；Holm：按全部水平校正。"
        "各 {resamples} 次抽样，seed {seed}。",
    ),
    "contrast.mixed": (
        "Within one prompt and size pictures also differ in {names}: if that is not balanced, it is part of the"
        " difference.",
        "同一提示词和尺寸内，图片在 {names} 上也不同：若不平衡，差异中会包含其影响。",
    ),
    "contrast.no_number": (
        "{metric!r} is {value} in row {number}. A contrast needs a finite number, or None where it is missing.",
        "第 {number} 行的 {metric!r} 是 {value}。比较需要有限的数，缺失时请用 None。",
    ),
    "contrast.no_baseline": (
        "No picture has {by} {baseline}. Write as baseline one of: {known}.",
        "没有 {by} 为 {baseline} 的图片。baseline 请写以下之一：{known}。",
    ),
    "contrast.no_pairs": (
        "No prompt and size has a value both with {by} {baseline} and with another {by}, so nothing can be compared.",
        "没有任何提示词和尺寸同时具有 {by} 为 {baseline} 和其他 {by} 的数值，因此无法比较。",
    ),
    # ---- ratings
    "ratings.none": (
        "There are no ratings yet. Rate some pairs first.",
        "还没有评分。请先对一些图片对进行评分。",
    ),
    "ratings.no_rating": (
        "Row {number} is no rating. A rating is a dict with: {fields}.",
        "第 {number} 行不是评分。评分应为包含以下内容的字典：{fields}。",
    ),
    "ratings.choice": (
        "The choice in row {number} is {choice}. It is 'a', 'b' or 'tie'.",
        "第 {number} 行的 choice 是 {choice}。应为 'a'、'b' 或 'tie'。",
    ),
    "ratings.unknown_picture": (
        "Rating {number} is of a picture ({content}…) that is not among the records."
        " Pass the records of all that was rated.",
        "第 {number} 条评分的图片（{content}…）不在记录中。请传入所有已评图片的记录。",
    ),
    "ratings.other_prompt": (
        "The two pictures of rating {number} are not of one prompt and size, so the prompt would be rated with the"
        " setting.",
        "第 {number} 条评分的两张图片不属于同一提示词和尺寸，提示词会与设置一起被评分。",
    ),
    "ratings.same_level": (
        "Both pictures of rating {number} have {by} {level}, so it does not compare levels. Leave it out.",
        "第 {number} 条评分的两张图片的 {by} 都是 {level}，没有比较不同水平。请去掉它。",
    ),
    "ratings.same_content": (
        "The picture in row {number} ({content}…) stands in another row with other settings, so a rating is of both."
        " Leave out one of the rows.",
        "第 {number} 行的图片（{content}…）以其他设置出现在另一行，对它的评分会同时属于两者。请去掉其中一行。",
    ),
    "ratings.rate": ("win rate", "胜率"),
    "ratings.wins": ("wins", "胜"),
    "ratings.losses": ("losses", "负"),
    "ratings.ties": ("ties", "平"),
    "ratings.rate_method": (
        "Win rate: share of comparisons won, a tie counting half; repeated pairs are left out.",
        "胜率：获胜的比较所占比例，平局算一半；重复的图片对不计入。",
    ),
    # ---- pairing
    "pairing.no_images": (
        "There are no pictures to compare. Make some with session.generate(...) or take them from session.library.",
        "没有可比较的图片。请用 session.generate(...) 生成，或从 session.library 中选取。",
    ),
    "pairing.other_things": (
        "Pictures with their settings are compared, such as images of session.library, not {type}.",
        "这里比较的是带有设置的图片，例如 session.library 中的图片，而不是 {type}。",
    ),
    "pairing.by": (
        "A request has no setting {by} to compare by. Write by= one of: {known}.",
        "请求没有可用于比较的设置 {by}。by= 请写以下之一：{known}。",
    ),
    "pairing.pairs": (
        "pairs is a whole number from 1, such as pairs=200, not {value}.",
        "pairs 应为不小于 1 的整数，例如 pairs=200，而不是 {value}。",
    ),
    "pairing.no_pairs": (
        "No prompt and size has pictures with two values of {by}, so there is no pair to show. Make each prompt in one"
        " size with every {by} that is to be compared.",
        "没有任何提示词和尺寸同时具有两种 {by} 的图片，因此没有可展示的图片对。"
        "请用同一尺寸为每个提示词生成各种 {by} 的图片。",
    ),
    "pairing.fewer": (
        "These pictures make {found} different pairs; {asked} were asked for.",
        "这些图片可组成 {found} 个不同的图片对，而要求的是 {asked} 个。",
    ),
    # ---- blind comparison
    "blind.rater": (
        "A rater is known by a pseudonym of 1 to {most} characters, such as 'anna'. Write one.",
        "评分者以 1 到 {most} 个字符的化名区分，例如 'anna'。请写一个化名。",
    ),
    "blind.library": (
        "library is a Library, a Session or None, not {type}. Write library=session.",
        "library 应为 Library、Session 或 None，而不是 {type}。请写 library=session。",
    ),
    "blind.lost": (
        "This pair cannot be shown, since a file is gone or damaged; the kernel's log says which. Load the page again"
        " when it is back, or go on without the pair.",
        "无法显示这对图片，因为有文件丢失或损坏；内核日志会说明是哪个文件。文件恢复后请重新加载页面，或跳过这对图片。",
    ),
    "blind.thanks": (
        "Thank you, {rater}. You decided all {count} pairs.",
        "谢谢，{rater}。您已评完全部 {count} 对图片。",
    ),
    "blind.thanks_without": (
        "Thank you, {rater}. Pairs you decided: {count}. Pairs that could not be shown: {skipped}.",
        "谢谢，{rater}。您已评的图片对：{count}。无法显示的图片对：{skipped}。",
    ),
    "blind.agreed": (
        "Pairs that came twice: {pairs}. You decided the same way both times: {agreed} ({share}).",
        "出现两次的图片对：{pairs}。您两次选择一致的：{agreed}（{share}）。",
    ),
    # ---- strengths
    "strengths.level": ("level {number}", "水平 {number}"),
    "strengths.no_counts": (
        "Wins and ties are two square tables of counts from 0, of the same shape, for two levels or more.",
        "胜与平应为两个形状相同的方形计数表，计数不小于 0，至少两个水平。",
    ),
    "strengths.separated": (
        "Not estimable: {lower} never won against {upper}, and a difference fits that the better the larger it is."
        " Rate more pairs, or look at the win rates.",
        "无法估计：{lower} 从未胜过 {upper}，差异越大越符合这一结果。请对更多图片对评分，或查看胜率。",
    ),
    "strengths.only_ties": (
        "Not estimable: every comparison was a tie. Rate more pairs, or look at the win rates.",
        "无法估计：所有比较都是平局。请对更多图片对评分，或查看胜率。",
    ),
    "strengths.not_connected": (
        "Not estimable: the levels fall into groups that were never compared with each other. Rate pairs across them.",
        "无法估计：各水平分成了从未相互比较过的组。请对跨组的图片对评分。",
    ),
    "strengths.strength": ("strength (log-odds)", "强度（对数优势）"),
    "strengths.worth": ("worth (share)", "价值（份额）"),
    "strengths.counts": (
        "Comparisons: {comparisons}, prompts: {prompts}, raters: {raters}; repeated pairs are left out.",
        "比较 {comparisons} 次，提示词 {prompts} 个，评分者 {raters} 位；重复的图片对不计入。",
    ),
    "strengths.method": (
        "Bradley-Terry model with ties after Davidson (1970), maximum likelihood; strengths have mean 0; ties"
        " nu = {nu}.",
        "带平局的 Bradley-Terry 模型（Davidson 1970），最大似然；强度均值为 0；平局参数 nu = {nu}。",
    ),
    "strengths.drawn": (
        "Interval: bootstrap over prompts and raters, {resamples} draws, seed {seed}.",
        "区间：对提示词和评分者做自助法，{resamples} 次抽样，seed {seed}。",
    ),
    "strengths.one_rater": (
        "With one rater the interval is over prompts alone: it says nothing about other people.",
        "只有一位评分者时，区间只针对提示词：它不能说明其他人的看法。",
    ),
    "strengths.lost": (
        "There is no interval: {lost} of {resamples} resamples were not estimable. Rate more pairs.",
        "没有区间：{resamples} 次重抽样中有 {lost} 次无法估计。请对更多图片对评分。",
    ),
    # ---- tables
    "tables.no_name": (
        "A column needs a name in quotes, not {name}. Rename it, for example to 'style'.",
        "列需要带引号的名称，而不是 {name}。请重命名，例如 'style'。",
    ),
    "tables.wrong_value": (
        "The column {name!r} cannot hold {value}, which stands in row {number}. Write it as {example}, or None.",
        "列 {name!r} 不能保存第 {number} 行的 {value}。请写成 {example} 这样的形式，或写 None。",
    ),
    # ---- plots
    "plots.no_axes": (
        "ax is what matplotlib draws on, such as plt.figure().subplots(), and not {value}.",
        "ax 应为 matplotlib 的坐标轴，例如 plt.figure().subplots()，不能是 {value}。",
    ),
    "plots.label": ("{name} ({unit})", "{name}（{unit}）"),
    "plots.mean": (
        "At the right: mean within prompt and size, averaged per prompt, then over prompts.",
        "每列右侧：先在同一提示词和尺寸内取平均，再按提示词平均，最后对所有提示词平均。",
    ),
    "plots.means_by": (
        "Large points: mean of each {by} within prompt and size, averaged per prompt, then over prompts.",
        "大点：每个 {by} 的平均值，先在同一提示词和尺寸内取平均，再按提示词平均，最后对所有提示词平均。",
    ),
    "plots.drawn": (
        "Bars: 95 % interval, bootstrap over prompts, {resamples} draws, seed {seed}.",
        "误差线：95 % 区间，对提示词做自助法，{resamples} 次抽样，seed {seed}。",
    ),
    "plots.missing": (
        "{count} of {of} pictures left out: no value of {name}.",
        "{of} 张图片中有 {count} 张未画出：没有 {name} 的数值。",
    ),
    "plots.other_levels": (
        "{count} of {of} pictures left out: of levels not asked for.",
        "{of} 张图片中有 {count} 张未画出：属于未要求的水平。",
    ),
    "plots.no_points": (
        "No picture has both {x} and {y}, so there is nothing to draw. Choose columns that have values.",
        "没有图片同时具有 {x} 和 {y}，无法绘图。请选择有数值的列。",
    ),
    "plots.no_number": (
        "{name} is {value} in row {number}, and is drawn as a number. Choose a column of finite numbers, with None"
        " where one is missing.",
        "第 {number} 行的 {name} 是 {value}，而绘图需要数值。请选择由有限的数组成的列，缺失时用 None。",
    ),
    "plots.no_level": (
        "No picture has {name} {level}. Write in levels= some of: {known}.",
        "没有 {name} 为 {level} 的图片。levels= 请写以下值：{known}。",
    ),
    "plots.levels": (
        "{name} has {count} levels, and 1 to {most} can be drawn. Name those to draw:"
        " apimart_widgets.plots.plot(rows, ..., levels=[...]), with rows such as sweep.to_records().",
        "{name} 有 {count} 个水平，可绘制 1 到 {most} 个。请指定要绘制的水平："
        "apimart_widgets.plots.plot(rows, ..., levels=[...])，其中 rows 例如 sweep.to_records()。",
    ),
    "plots.by": (
        "by= colours a plot of two columns of numbers, and {x} is drawn as a setting, which has its colours already."
        " Leave by= out, or draw the rows of each level alone.",
        "by= 用于给两列数值的图着色，而 {x} 作为设置绘制，已有自己的颜色。请去掉 by=，或分别绘制各水平的行。",
    ),
    # ---- archive
    "archive.no_target": (
        "What is exported goes into a folder, which is named first, and {given} is no name of one."
        ' Write sweep.export("folder"), or session.export("folder", jobs).',
        "导出的内容写入文件夹，须先指定其名称，而 {given} 不是文件夹名称。"
        '请写 sweep.export("文件夹") 或 session.export("文件夹", jobs)。',
    ),
    "archive.no_source": (
        "What was exported is opened by the name of its folder, not {given}."
        ' Write open_sweep("folder") with the folder that sweep.export() or session.export() wrote.',
        "打开导出的内容需要其文件夹的名称，而不是 {given}。"
        '请写 open_sweep("文件夹")，指定 sweep.export() 或 session.export() 写入的文件夹。',
    ),
    "archive.not_empty": (
        "{folder} is there and not empty, and nothing is ever overwritten. Name a folder that does not exist.",
        "{folder} 已存在且不为空，而内容绝不会被覆盖。请指定一个不存在的文件夹。",
    ),
    "archive.cannot_write": (
        "{folder} cannot be written: {reason}. Nothing was left behind. Name another folder, or make room there.",
        "无法写入 {folder}：{reason}。未留下任何文件。请指定其他文件夹，或腾出空间。",
    ),
    "archive.cannot_read": (
        "{folder} cannot be read: {reason}. Check that it is there and that you may read it.",
        "无法读取 {folder}：{reason}。请确认它存在且您有读取权限。",
    ),
    "archive.none": (
        "{folder} holds no saved study: its manifest.json is missing or says something else."
        " Name the folder that sweep.export() or session.export() wrote.",
        "{folder} 中没有已保存的研究：缺少 manifest.json 或其内容不符。"
        "请指定 sweep.export() 或 session.export() 写入的文件夹。",
    ),
    "archive.newer": (
        "{folder} was saved by a later version (format {version}; this one reads up to {newest})."
        " Update this package and open it again.",
        "{folder} 由更新的版本保存（格式 {version}；当前版本最多读取 {newest}）。请更新本软件包后重新打开。",
    ),
    "archive.and_more": ("{path} and {more} more", "{path} 及另外 {more} 个"),
    "archive.changed": (
        "{path} in {folder} is not as it was saved: it was changed or damaged. Take the folder from its source again.",
        "{folder} 中的 {path} 与保存时不同：已被更改或损坏。请重新从来源获取该文件夹。",
    ),
    "archive.missing": (
        "{path} is missing in {folder}. Put it back, or take the folder from its source again.",
        "{folder} 中缺少 {path}。请放回该文件，或重新从来源获取该文件夹。",
    ),
    "archive.extra": (
        "{path} in {folder} does not belong to it. Move it elsewhere and open the folder again.",
        "{folder} 中的 {path} 不属于该文件夹。请将其移到别处后重新打开。",
    ),
    "archive.leads_out": (
        "{path} in {folder} is a name or link that may lead out of it, and none is followed. The folder was not made by"
        " this package alone: do not trust it.",
        "{folder} 中的 {path} 是可能指向文件夹之外的名称或链接，不会跟随。该文件夹并非仅由本软件包生成：请勿信任。",
    ),
    # ---- study
    "study.mode": (
        'A study is "live", "sandbox", "replay" or "sandbox replay", not {value}. Pass the mode of the session.',
        '研究的模式是 "live"、"sandbox"、"replay" 或 "sandbox replay"，而不是 {value}。请传入会话的 mode。',
    ),
    "study.job_id": (
        "A job is named by letters, digits, _ and -, not {value}: it becomes the name of a file. Pass job.id.",
        "任务名称由字母、数字、_ 和 - 组成，而不是 {value}：它会成为文件名。请传入 job.id。",
    ),
    "study.no_json": (
        "The {part} of a study must be plain values that JSON can hold: texts, numbers, lists and dicts. {reason}.",
        "研究的 {part} 必须是 JSON 可保存的普通值：文本、数字、列表和字典。{reason}。",
    ),
    "study.payload": (
        "A payload is the JSON that was sent, as bytes. Pass what the library keeps of the job.",
        "payload 应为已发送的 JSON 字节。请传入图库中保存的内容。",
    ),
    "study.other_pictures": (
        "The {rows} rows and {pictures} pictures of a study are not the same ones in the same order."
        " Make the rows from the pictures, one a picture.",
        "研究的 {rows} 行与 {pictures} 张图片不是按相同顺序一一对应。请由图片生成各行，每张一行。",
    ),
    "study.other_mode": (
        "The study is {mode}, and its rows are not. Pass the mode that the rows have.",
        "研究的模式是 {mode}，而各行不是。请传入各行的模式。",
    ),
    "study.picture_changed": (
        "{path} is no longer the file the server sent ({name}), so the study was not saved. Restore it from a backup,"
        " or leave its picture out.",
        "{path} 已不是服务器发送的文件（{name}），因此未保存研究。请从备份恢复，或去掉该图片。",
    ),
    "study.foreign": (
        "The files in {folder} are as they were saved, and do not make up a study. It was not written by this package:"
        " take it from its source again.",
        "{folder} 中的文件与保存时一致，但不能组成研究。它不是由本软件包写入的：请重新从来源获取。",
    ),
    "study.line": (
        "Study {name}, {mode}: {pictures} pictures, {ratings} ratings.",
        "研究 {name}，{mode}：{pictures} 张图片，{ratings} 条评分。",
    ),
    "study.readme": (
        "This folder holds the study {name!r}: {pictures} pictures and how they came about."
        " Written by apimart-widgets {version}.",
        "此文件夹保存研究 {name!r}：{pictures} 张图片及其产生过程。由 apimart-widgets {version} 写入。",
    ),
    "study.readme_images": (
        "images.parquet: one row a picture: every setting, when, how long, what it cost, and what was measured.",
        "images.parquet：每张图片一行：全部设置、时间、用时、费用以及测量值。",
    ),
    "study.readme_ratings": (
        "ratings.parquet: one row a decision between two pictures, which are named by their SHA-256.",
        "ratings.parquet：每行是在两张图片之间的一次选择，图片以 SHA-256 标识。",
    ),
    "study.readme_pictures": (
        "images/: the pictures, byte for byte as the server sent them, each named by its SHA-256.",
        "images/：图片，与服务器发送的字节完全一致，以 SHA-256 命名。",
    ),
    "study.readme_payloads": (
        "payloads/: what was sent, one JSON file a request, without signatures of addresses.",
        "payloads/：发送的内容，每个请求一个 JSON 文件，不含地址签名。",
    ),
    "study.readme_answers": (
        "answers/: the server's last answer to each request, without keys and signatures of addresses.",
        "answers/：服务器对每个请求的最后答复，不含密钥和地址签名。",
    ),
    "study.readme_events": (
        "events/: what happened to each request, a line each.",
        "events/：每个请求发生的事情，每行一条。",
    ),
    "study.readme_failures": (
        "failures.json: the requests that brought no picture, and why.",
        "failures.json：没有得到图片的请求及其原因。",
    ),
    "study.readme_recordings": (
        "recordings.json: the course of each request in seconds: its answer, its progress, its pictures."
        " Session.replay() plays it.",
        "recordings.json：每个请求的过程（以秒计）：答复、进度和图片。可用 Session.replay() 播放。",
    ),
    "study.readme_plan": (
        "plan.json: prompts, settings and their levels, repeats, seed and order, as planned.",
        "plan.json：计划的提示词、设置及其水平、重复次数、种子和顺序。",
    ),
    "study.readme_prices": (
        "prices.json: the price list used, with its source and date.",
        "prices.json：所用的价目表及其来源和日期。",
    ),
    "study.readme_manifest": (
        "manifest.json: size and SHA-256 of every file, versions of the software, and when the study was made.",
        "manifest.json：每个文件的大小和 SHA-256、软件版本以及研究的创建时间。",
    ),
    "study.readme_open": (
        'Open it with: from apimart_widgets.study import Study; study = Study.open("this folder"). No key is needed.',
        '打开方式：from apimart_widgets.study import Study; study = Study.open("this folder")。无需密钥。',
    ),
    # ---- methods
    "methods.then": ("{first} {second}", "{first}{second}"),
    "methods.one_picture": ("1 picture", "1 张图片"),
    "methods.pictures": ("{count} pictures", "{count} 张图片"),
    "methods.one_prompt": ("1 prompt", "1 个提示词"),
    "methods.prompts": ("{count} prompts", "{count} 个提示词"),
    "methods.one_request": ("1 request", "1 个请求"),
    "methods.requests": ("{count} requests", "{count} 个请求"),
    "methods.once": ("once each", "各一次"),
    "methods.times": ("{count} times each", "各 {count} 次"),
    "methods.sandbox": (
        "These are drawings of an offline sandbox and no evidence about any model.",
        "这些是离线沙盒的绘图，不能作为任何模型的证据。",
    ),
    "methods.replay": (
        "This is a replay of {name}: what is told was recorded earlier, and nothing was made anew.",
        "这是 {name} 的回放：所述内容均为此前录制，没有重新生成。",
    ),
    "methods.none": ("No picture was made.", "没有生成图片。"),
    "methods.made": (
        "{requests} brought {pictures} of {prompts} ({models}, through {host}{when}).",
        "{requests}得到 {prompts}的 {pictures}（{models}，经由 {host}{when}）。",
    ),
    "methods.on": (", on {day}, UTC", "，{day}（世界时）"),
    "methods.between": (", from {first} to {last}, UTC", "，{first} 至 {last}（世界时）"),
    "methods.planned": (
        "The plan was {prompts}, {times}, with {n} a request.",
        "计划为 {prompts}，{times}，每个请求 {n}。",
    ),
    "methods.planned_axes": (
        "The plan was {prompts} with every combination of {axes}, {times}, with {n} a request.",
        "计划为 {prompts}与 {axes} 的全部组合，{times}，每个请求 {n}。",
    ),
    "methods.filled": (
        "{prompts} ({names} filled in where a prompt names it)",
        "{prompts}（{names} 填入含有其名称的提示词）",
    ),
    "methods.left_out": ("Left out of these combinations: {reasons}.", "未请求其中的组合：{reasons}。"),
    "methods.left_out_more": (
        "Left out of these combinations: {reasons}; and {n} more.",
        "未请求其中的组合：{reasons}；另有 {n} 个。",
    ),
    "methods.blocks": (
        "Requests were sent in whole blocks, a prompt after another, in an order shuffled within each block"
        " (seed {seed}).",
        "请求按提示词整块依次发送，块内顺序随机打乱（seed {seed}）。",
    ),
    "methods.blocks_alone": (
        "Requests were sent in whole blocks, a prompt after another, in an order shuffled within each block.",
        "请求按提示词整块依次发送，块内顺序随机打乱。",
    ),
    "methods.as_planned": ("Requests were sent in the order of the plan.", "请求按计划的顺序发送。"),
    "methods.order": ("Order of the requests: {order}.", "请求的顺序：{order}。"),
    "methods.same": ("All pictures have {settings}.", "所有图片均为 {settings}。"),
    "methods.no_failures": ("No request failed.", "没有请求失败。"),
    "methods.failed": ("{requests} brought no picture: {reasons}.", "{requests}没有得到图片：{reasons}。"),
    "methods.source": (" ({source})", "（{source}）"),
    "methods.cost": (
        "By the server's account {pictures} cost {cost} in all{source}.",
        "按服务器的记录，{pictures}共花费 {cost}{source}。",
    ),
    "methods.cost_estimated": (
        "By the price list {pictures} cost about {cost} in all{source}; the server named no cost.",
        "按价目表，{pictures}共花费约 {cost}{source}；服务器未给出费用。",
    ),
    "methods.cost_sandbox": (
        "Nothing was billed; in play money {pictures} cost {cost} in all{source}.",
        "未产生费用；按虚拟费用，{pictures}共 {cost}{source}。",
    ),
    "methods.cost_replay": ("The replay cost nothing.", "回放未产生费用。"),
    "methods.cost_unknown": ("What {pictures} cost is not known.", "{pictures}的费用未知。"),
    "methods.prices": ("Prices: {lists}.", "价格：{lists}。"),
    "methods.software": ("Software: {versions}.", "软件：{versions}。"),
    "methods.contrast": (
        "Differences in {metrics} between levels of {by} were taken within prompt and size against {baseline}, averaged"
        " per prompt and then over prompts.",
        "{metrics} 在 {by} 各水平间的差异在同一提示词和尺寸内以 {baseline} 为基准计算，按提示词平均后再对提示词平均。",
    ),
    "methods.contrast_drawn": (
        "Their 95 % intervals come from a bootstrap over prompts ({resamples} draws, seed {seed}), p from a sign-flip"
        " test over prompts, adjusted after Holm for the levels of a contrast.",
        "其 95 % 区间来自对提示词的自助法（{resamples} 次抽样，seed {seed}），p 值来自对提示词的符号翻转检验，"
        "并按 Holm 方法对比较的各水平校正。",
    ),
    "methods.strengths": (
        "Preferences between levels of {by} were judged in pairs and fitted by a Bradley-Terry model with ties after"
        " Davidson (1970).",
        "{by} 各水平间的偏好以成对方式评判，并用 Davidson（1970）带平局的 Bradley-Terry 模型拟合。",
    ),
    "methods.strengths_drawn": (
        "Their 95 % intervals come from a bootstrap over prompts and raters ({resamples} draws, seed {seed}).",
        "其 95 % 区间来自对提示词和评分者的自助法（{resamples} 次抽样，seed {seed}）。",
    ),
    # ---- jobs
    "jobs.row_gone": (
        "The library no longer knows this job. Submit its request again if you still want it.",
        "图库已不认识此任务。如仍需要，请重新提交其请求。",
    ),
    "jobs.left_alone": (
        "Another kernel that had taken this job over has stopped. session.resume() says what became of it.",
        "接手此任务的另一内核已停止。session.resume() 会说明其状况。",
    ),
    "jobs.reference_gone": (
        "A reference picture of this request is no longer kept, so it was not sent. Hand it in again with"
        " references=[...].",
        "此请求的一张参考图已不再保存，因此未发送。请用 references=[...] 重新传入。",
    ),
    "jobs.maybe_twice": (
        "A first sending of this request got no answer, and APIMart did not say that it recognised the second. If the"
        " first had arrived after all, both may be billed.",
        "此请求第一次发送后没有得到答复，而 APIMart 也未表示认出了第二次发送。如果第一次其实已送达，两次都可能计费。",
    ),
    "jobs.fewer": (
        "APIMart lists {listed} pictures, and {asked} were asked for.",
        "APIMart 列出了 {listed} 张图片，而请求的是 {asked} 张。",
    ),
    "jobs.fewer_one": (
        "APIMart lists one picture, and {asked} were asked for.",
        "APIMart 只列出了一张图片，而请求的是 {asked} 张。",
    ),
    "jobs.number_taken": (
        "APIMart gave this request the number of an earlier task ({task_id}), so what belongs to it cannot be told. It"
        " may be billed. Look at the usage in your APIMart account before you ask for it again.",
        "APIMart 给此请求的编号与较早的任务相同（{task_id}），因此无法分辨哪些图片属于它。它可能会计费。"
        "再次请求之前，请查看 APIMart 账户中的用量。",
    ),
    "jobs.never_answered": (
        "This request was sent and never answered, and it is not asked for any more. It may be billed.",
        "此请求已发送但始终没有答复，不再查询。可能已计费。",
    ),
    "jobs.sandbox_ended": (
        "The sandbox that drew it ended with its kernel. Nothing was billed.",
        "绘制它的沙盒已随内核结束。未产生费用。",
    ),
    "jobs.download_failed_for_good": (
        "{missing} of {of} pictures of the task {task_id} could not be fetched. {reason}"
        " Those that arrived are in job.images and in the library.",
        "任务 {task_id} 的 {of} 张图片中有 {missing} 张无法获取。{reason} 已到达的图片在 job.images 和图库中。",
    ),
    "jobs.download_failed_wholly_for_good": (
        "The task {task_id} is finished and its pictures cannot be fetched any more. {reason} It may be billed.",
        "任务 {task_id} 已完成，但其图片已无法获取。{reason} 可能已计费。",
    ),
    "jobs.download_failed_wholly": (
        "The task {task_id} is finished and its pictures could not be fetched. {reason}"
        " session.look_again(job) fetches them again, and bills nothing.",
        "任务 {task_id} 已完成，但无法获取其图片。{reason} 可用 session.look_again(job) 重新获取，不产生费用。",
    ),
    "jobs.result_on_io_thread": (
        "result() was called on the background thread, where it would wait for itself. Use a done-callback or await.",
        "result() 在后台线程上被调用，会等待自己。请使用完成回调或 await。",
    ),
    "jobs.no_timeout": (
        "timeout is a number of seconds or None, not {value}. Write one such as timeout=60.",
        "timeout 是秒数或 None，而不是 {value}。请写类似 timeout=60 的数字。",
    ),
    "jobs.timeout": (
        "Not done within {seconds} s (status {status}). The job goes on; ask job.result() again,"
        " or find its pictures in the library later.",
        "在 {seconds} 秒内未完成（状态 {status}）。任务仍在继续；可再次调用 job.result()，或稍后在图库中查找图片。",
    ),
    "jobs.cancelled": (
        "The job was cancelled before it was sent. Nothing was billed.",
        "任务在发送前被取消。未产生费用。",
    ),
    "jobs.closed": (
        "The session was closed while the job was on its way (status {status})."
        " What was sent is in the library's ledger and may be billed.",
        "会话在任务进行中被关闭（状态 {status}）。已发送的内容记录在图库账本中，可能会计费。",
    ),
    "jobs.closed_unsent": (
        "The session was closed before the job was sent. Nothing was billed.",
        "会话在任务发送前被关闭。未产生费用。",
    ),
    "jobs.out_of_sight": (
        "The task {task_id} was accepted and can no longer be followed: {reason} It may be billed; its id is kept.",
        "任务 {task_id} 已被接受，但无法继续跟踪：{reason} 可能会计费；其编号已保留。",
    ),
    "jobs.gave_up": (
        "No result came within 72 hours.",
        "72 小时内没有结果。",
    ),
    "jobs.bug": (
        "A mistake in this package stopped the job: {error}. Please report it;"
        " what was sent is in the library's ledger.",
        "本软件包中的错误使任务停止：{error}。请报告此问题；已发送的内容记录在图库账本中。",
    ),
    "jobs.upload_failed": (
        "{name} could not be uploaded, so the request was not sent. {reason}",
        "{name} 无法上传，因此未发送请求。{reason}",
    ),
    "jobs.task_gone": (
        "APIMart no longer knows the task {task_id}, so its pictures cannot be fetched. It may be billed.",
        "APIMart 已不认识任务 {task_id}，因此无法获取其图片。可能已计费。",
    ),
    "jobs.task_failed": (
        "APIMart could not make the picture.{said} Nothing was billed.",
        "APIMart 未能生成图片。{said} 未产生费用。",
    ),
    "jobs.task_cancelled": (
        "The task was cancelled at APIMart.{said} Nothing was billed.",
        "任务在 APIMart 被取消。{said} 未产生费用。",
    ),
    "jobs.no_pictures": (
        "APIMart calls the task {task_id} completed and names no pictures. It may be billed;"
        " ask its support, with this id.",
        "APIMart 称任务 {task_id} 已完成但没有给出图片。可能会计费；请凭此编号联系其客服。",
    ),
    "jobs.download_failed": (
        "{missing} of {of} pictures of the task {task_id} could not be fetched. {reason}"
        " Those that arrived are in job.images and in the library; session.look_again(job) fetches the others again.",
        "任务 {task_id} 的 {of} 张图片中有 {missing} 张无法获取。{reason} 已到达的图片在 job.images 和图库中；"
        "其余可用 session.look_again(job) 重新获取。",
    ),
    "jobs.expired": (
        "Its address has expired, and APIMart gave no new one.",
        "其地址已过期，APIMart 没有给出新地址。",
    ),
    # ---- jobs: as plain HTML, and their wire record
    "still.on_its_way": (
        "On its way when this was last drawn: {standing}, {progress} %. Its pictures reach the library.",
        "上次绘制时仍在进行：{standing}，{progress} %。图片会进入图库。",
    ),
    "still.made": ("Made in {time}{cost}.", "用时 {time}{cost}。"),
    "wire.head": ("Wire record of {job}: {status}, {seconds} s", "{job} 的通信记录：{status}，{seconds} 秒"),
    "wire.cost": ("Cost: {cost}, by {source}", "费用：{cost}，依据 {source}"),
    "wire.key": (
        "Every call carries the header Authorization: Bearer $APIMART_API_KEY, except downloads, which carry no key.",
        "除下载不带密钥外，每次调用都带有请求头 Authorization: Bearer $APIMART_API_KEY。",
    ),
    "wire.times": (
        "Beside each line: the time of day in UTC, and the seconds since it was submitted.",
        "每行开头：UTC 时间，以及自提交起的秒数。",
    ),
    "wire.polls_left_out": ("({n} more polls are left out here.)", "（此处省略 {n} 次查询。）"),
    "wire.polls_and_retries_left_out": (
        "({n} more polls and {retries} more retries of polls are left out here.)",
        "（此处省略 {n} 次查询和 {retries} 次查询重试。）",
    ),
    "wire.sent_body": ("What was sent:", "发送的内容："),
    "wire.unsent_body": ("Not sent. It would be:", "未发送。内容将是："),
    "wire.last_answer": ("The server's last answer about the task:", "服务器对任务的最后答复："),
    "wire.queued": ("waits for its turn", "排队等待"),
    "wire.processing": ("the server works on it", "服务器正在处理"),
    "wire.completed": ("completed", "已完成"),
    "wire.failed": ("failed", "失败"),
    "wire.unknown": ("outcome unknown", "结果未知"),
    "wire.cancelled": ("cancelled before it was sent", "发送前已取消"),
    "wire.discarded": ("dropped by its owner", "已被所有者丢弃"),
    "wire.picked_up": ("picked up again", "重新接手"),
    "wire.followed": ("another kernel moves it along", "由另一个内核处理"),
    "wire.not_recorded": ("the library could not be written", "无法写入图库"),
    "wire.sending": ("{bytes} bytes are written down, then sent", "{bytes} 字节先记录，再发送"),
    "wire.uploading": ("pictures of this machine to upload: {n}", "需上传的本机图片：{n} 张"),
    "wire.downloading": ("pictures to fetch: {n}", "需获取的图片：{n} 张"),
    "wire.not_kept": ("picture {number} could not be kept", "图 {number} 无法保存"),
    "wire.attempt": ("attempt {n}", "第 {n} 次尝试"),
    "wire.again": ("the same bytes and key once more", "内容与密钥标识不变，再次发送"),
    "wire.task": ("task {task_id}", "任务 {task_id}"),
    "wire.replayed": ("recognised by its idempotency key", "凭幂等键识别"),
    "wire.expected": ("about {seconds} s expected", "预计约 {seconds} 秒"),
    "wire.seconds": ("in {seconds} s", "用时 {seconds} 秒"),
    "wire.wait": ("again in {seconds} s", "{seconds} 秒后重试"),
    "wire.address_anew": ("its address is asked for anew", "重新询问其地址"),
    "wire.file": ("{name}, {bytes} bytes", "{name}，{bytes} 字节"),
    "wire.bytes": ("{bytes} bytes, {format}", "{bytes} 字节，{format}"),
    "wire.picture": ("picture {number}", "图 {number}"),
    # ---- session
    "session.repeat": (
        "repeat counts identical requests from 0, and is no {value}.",
        "repeat 从 0 起计数相同的请求，不能是 {value}。",
    ),
    "session.missing_picture": (
        "The request refers to a picture that is not at hand any more ({picture})."
        " Hand it in again with references=[...].",
        "请求引用的图片已不在手边（{picture}）。请用 references=[...] 重新传入。",
    ),
    "session.no_job": (
        "A job is meant, such as one of session.jobs or what session.submit(...) returned, not {type}.",
        "这里需要任务，例如 session.jobs 中的一个或 session.submit(...) 的返回值，而不是 {type}。",
    ),
    "session.no_retry": (
        "This job is not retried (status {status}): it runs, is completed, or may be billed already."
        " Use look_again(job) for one whose outcome is not known, or submit its request again.",
        "不会重试此任务（状态 {status}）：它正在运行、已完成或可能已计费。"
        "结果未知时请用 look_again(job)，或重新提交其请求。",
    ),
    "session.mode": (
        'There is no mode {mode!r}. Write "live" or "sandbox", or leave it out to go by the key; what was exported is'
        " played by Session.replay(folder).",
        '没有模式 {mode!r}。请写 "live" 或 "sandbox"，或省略以按密钥决定；播放导出的内容请用 Session.replay(folder)。',
    ),
    "session.max_concurrency": (
        "max_concurrency is a whole number from 1 up, not {value}.",
        "max_concurrency 是不小于 1 的整数，而不是 {value}。",
    ),
    "session.sandbox_seconds": (
        "sandbox_seconds is a number of seconds from 0 up, not {value}.",
        "sandbox_seconds 是不小于 0 的秒数，而不是 {value}。",
    ),
    "session.hours": (
        "hours is a number of hours from 0 up, not {value}. Write session.spent(hours=24).",
        "hours 是不小于 0 的小时数，而不是 {value}。请写 session.spent(hours=24)。",
    ),
    "session.sandbox_origin": (
        'mode="sandbox" draws inside this process and takes no base_url.'
        " To use the server at {base_url}, leave out mode and pass a key.",
        'mode="sandbox" 在本进程内绘图，不接受 base_url。要使用 {base_url} 的服务器，请去掉 mode 并传入密钥。',
    ),
    "session.is_sandbox": (
        "Sandbox: there is no key in APIMART_API_KEY, so pictures are drawn on this machine and nothing is billed."
        ' Write mode="sandbox" to choose this without being told.',
        '沙盒：APIMART_API_KEY 中没有密钥，因此图片在本机绘制，不产生费用。写 mode="sandbox" 可不再提示。',
    ),
    "session.is_live": (
        "Live: pictures come from {origin} and are billed.",
        "在线：图片来自 {origin}，会计费。",
    ),
    "session.closed": (
        "This session is closed. Make a new one with apimart_widgets.Session().",
        "此会话已关闭。请用 apimart_widgets.Session() 新建。",
    ),
    "session.references_no_list": (
        "references is a list of pictures, not {type}. Write references=[picture].",
        "references 是图片列表，而不是 {type}。请写 references=[picture]。",
    ),
    "session.mask_twice": (
        "The mask is given twice, as mask and as mask_url. Leave one of them out.",
        "蒙版给出了两次：mask 和 mask_url。请去掉其中一个。",
    ),
    "session.problem": ("{text}", "{text}"),
    "session.nothing_to_export": (
        "There is nothing to export: no job of this session was sent and is done. Make pictures first, or pass those"
        ' that are kept: session.export(folder, session.library.search("fox")).',
        "没有可导出的内容：此会话中没有已发送并完成的任务。请先生成图片，或传入已保存的图片："
        'session.export(folder, session.library.search("fox"))。',
    ),
    "session.export_running": (
        "A job that is to be exported is not done (status {status}). Wait for it with job.result(), or leave it out.",
        "要导出的任务尚未完成（状态 {status}）。请用 job.result() 等待，或将其去掉。",
    ),
    "session.export_kind": (
        "Jobs or their pictures are exported, not {type}. Pass session.jobs, or pictures of session.library.",
        "可导出的是任务或其图片，而不是 {type}。请传入 session.jobs，或 session.library 中的图片。",
    ),
    "session.export_sweep": (
        "A sweep is exported whole, with its plan: write sweep.export(folder). session.export takes jobs or their"
        " pictures, such as sweep.images.",
        "批量对比连同其计划整体导出：请写 sweep.export(folder)。session.export 接受任务或其图片，例如 sweep.images。",
    ),
    "session.export_foreign": (
        "A job or picture that is to be exported is not of this session's account and mode ({mode}), and these never"
        " mix. Export it with the session that made it.",
        "要导出的任务或图片不属于此会话的账户和模式（{mode}），而它们绝不混在一起。请用生成它的会话导出。",
    ),
    # ---- replay
    "replay.no_path": (
        "A replay plays a folder, not {type}. Write Session.replay(folder) with what sweep.export(folder) or"
        " session.export(folder) wrote.",
        "回放的对象是文件夹，而不是 {type}。请写 Session.replay(folder)，使用 sweep.export(folder) 或"
        " session.export(folder) 写入的内容。",
    ),
    "replay.no_folder": (
        "There is no folder {folder}. Name the one that sweep.export() or session.export() wrote.",
        "没有文件夹 {folder}。请指定 sweep.export() 或 session.export() 写入的文件夹。",
    ),
    "replay.empty_folder": (
        "{folder} is empty. Name the folder that sweep.export() or session.export() wrote.",
        "{folder} 是空的。请指定 sweep.export() 或 session.export() 写入的文件夹。",
    ),
    "replay.nothing": (
        "Nothing in {folder} can be played: it holds no request with its answer. Export one that was made.",
        "{folder} 中没有可播放的内容：其中没有带答复的请求。请导出已完成的请求。",
    ),
    "replay.of_replay": (
        "{folder} was exported from a replay, whose times may not be the true ones. Play what that replay played.",
        "{folder} 是从回放中导出的，其时间可能不真实。请播放该回放所用的文件夹。",
    ),
    "replay.speed": (
        "speed is how many times as fast it plays, a number above 0, not {value}. Write 1 for as it was, or 10.",
        "speed 是播放的倍速：大于 0 的数，而不是 {value}。原速写 1，更快可写 10。",
    ),
    "replay.not_recorded": (
        "This replay holds no {asked}. The nearest that were recorded: {nearest}. Recorded in all: requests"
        " {requests}, prompts {prompts}. Ask for one of them; new pictures come from Session().",
        "此回放中没有 {asked}。最接近的录制：{nearest}。共录制 {requests} 个不同请求、{prompts} 个提示词。"
        "请请求其中之一；新图片请用 Session() 生成。",
    ),
    "replay.fewer_repeats": (
        "Repeats are played once each: {request} was recorded {times} times, and this asks for more."
        " Ask for at most {times}, or without repeats.",
        "重复项各播放一次：{request} 录制了 {times} 次，而此处请求更多。请最多请求 {times} 次，或不使用重复。",
    ),
    "replay.request": ("“{prompt}” ({settings})", "“{prompt}”（{settings}）"),
    "replay.and": ("{first}; {second}", "{first}；{second}"),
    "replay.but": ("{request}, but {differences}", "{request}，但{differences}"),
    "replay.also": ("{first} and {second}", "{first}，且{second}"),
    "replay.other_prompt": (
        "its prompt differs from character {place} on: {rest}",
        "其提示词从第 {place} 个字符起不同：{rest}",
    ),
    "replay.prompt_ends": ("its prompt ends after character {place}", "其提示词在第 {place} 个字符后结束"),
    "replay.other_references": ("with another picture as reference {places}", "第 {places} 张参考图不同"),
    "replay.other_mask": ("with another mask", "蒙版不同"),
    "replay.other_extra": ("with other extra_body ({names})", "其 extra_body 不同（{names}）"),
    "replay.other_query": ("an address in it differs after “?”", "其中的地址在“?”之后不同"),
    # ---- panel
    "panel.used": ("Added to the references.", "已添加到参考图。"),
    "panel.picture_gone": ("That picture was deleted.", "该图片已被删除。"),
    "panel.model_unavailable": ("{model} (not available to this key)", "{model}（此密钥不可用）"),
    "panel.language": (
        'There is no language {language!r}. Write language="en" or language="zh".',
        '没有语言 {language!r}。请写 language="en" 或 language="zh"。',
    ),
    "panel.no_session": (
        "A panel is given a session, or nothing for the usual one, not {type}. Write ImagePanel(session).",
        "面板需要会话，或省略以使用默认会话，而不是 {type}。请写 ImagePanel(session)。",
    ),
    "panel.model": ("Model", "模型"),
    "panel.size": ("Size", "尺寸"),
    "panel.quality": ("Quality", "质量"),
    "panel.n": ("Images", "张数"),
    "panel.background": ("Background", "背景"),
    "panel.moderation": ("Moderation", "审核"),
    "panel.output_format": ("Format", "格式"),
    "panel.output_compression": ("Compression", "压缩"),
    "panel.resolution": ("Resolution", "分辨率"),
    "panel.more": ("More: {summary}", "更多：{summary}"),
    "panel.compression_for_jpeg": ("Compression is for jpeg; png is always exact.", "压缩仅用于 jpeg；png 始终无损。"),
    "panel.no_transparent": ("{model} makes no transparent background.", "{model} 不支持透明背景。"),
    "panel.now_png": (
        "A JPEG cannot be transparent, so the format is png now.",
        "JPEG 不能透明，因此格式已改为 png。",
    ),
    "panel.no_longer_transparent": (
        "A JPEG cannot be transparent, so the background is auto now.",
        "JPEG 不能透明，因此背景已改为 auto。",
    ),
    "panel.set_back": (
        "{model} has no {value}, so it is {now} now.",
        "{model} 不支持 {value}，因此已改为 {now}。",
    ),
    "panel.free": ("free", "免费"),
    "panel.free_replay": ("replay, free", "回放，免费"),
    "panel.about": ("about {amount}", "约 {amount}"),
    "panel.range": ("{low} to {high}", "{low} 至 {high}"),
    "panel.price_unknown": ("price unknown", "价格未知"),
    "panel.balance": ("{amount} left", "余额 {amount}"),
    "panel.budget": ("{spent} of {budget} in 24 h", "24 小时内 {spent} / {budget}"),
    "panel.unsent_yes": ("Send", "发送"),
    "panel.unsent_no": ("Discard", "丢弃"),
    "panel.unanswered_yes": ("Ask again", "再次请求"),
    "panel.unanswered_no": ("Leave it", "不再请求"),
    "panel.unlimited": ("no limit", "无限额"),
    "panel.kept": ("Prompts and pictures are kept in {path}.", "提示词和图片保存在 {path}。"),
    "panel.kept_nowhere": (
        "Pictures are kept in memory alone and are gone with the kernel.",
        "图片仅保存在内存中，随内核结束而消失。",
    ),
    "panel.bug": (
        "A mistake in this package got in the way: {error}. Please report it; what was started has a row below.",
        "本软件包中的错误造成了阻碍：{error}。请报告此问题；已开始的任务在下方列出。",
    ),
    "panel.some_started": (
        "{n} of {asked} requests were started, are being made and may be billed. The next was not sent for this reason."
        " To have the rest, mend it, choose their quality and press Generate.",
        "{asked} 个请求中已开始 {n} 个，正在生成并可能计费。下一个因以下原因未发送。"
        "如需其余请求，请解决问题，选择其质量并按“生成”。",
    ),
    "panel.already_sent": (
        "It was sent already and cannot be cancelled; its pictures will be kept.",
        "任务已发送，无法取消；其图片会被保存。",
    ),
    "panel.no_retry": (
        "This job is not retried: it runs, is completed, or may be billed already.",
        "不会重试此任务：它正在运行、已完成或可能已计费。",
    ),
    # ---- panel: the composer
    "panel.badge_live": ("Live", "在线"),
    "panel.badge_sandbox": ("Sandbox", "沙盒"),
    "panel.badge_note": ("Drawings made on this machine; nothing is billed", "图片在本机绘制，不产生费用"),
    "panel.badge_replay": ("Replay", "回放"),
    "panel.badge_replay_of": (
        "Recorded pictures of {name}; nothing is billed",
        "{name} 的录制图片；不产生费用",
    ),
    "panel.badge_replay_of_drawings": (
        "Recorded sandbox drawings of {name}; nothing is billed",
        "{name} 的沙盒绘图录制；不产生费用",
    ),
    "panel.badge_use_key": ("Use a key", "使用密钥"),
    "panel.badge_key": ("Key", "密钥"),
    "panel.key_label": ("APIMart API key", "APIMart API 密钥"),
    "panel.key_safe": (
        "The key stays in this kernel's memory and is written nowhere.",
        "密钥只留在此内核的内存中，不会写入任何地方。",
    ),
    "panel.key_empty": ("Paste a key first.", "请先粘贴密钥。"),
    "panel.key_keep": ("Keep pictures on this machine", "在本机保存图片"),
    "panel.key_refused": (
        "APIMart did not accept this key. Copy it again from APIMart's API key page.",
        "APIMart 未接受此密钥。请从 APIMart 的 API 密钥页面重新复制。",
    ),
    "panel.key_connect": ("Connect", "连接"),
    "panel.key_connecting": ("Connecting...", "正在连接..."),
    "panel.key_cancel": ("Cancel", "取消"),
    "panel.key_forget": ("Back to the sandbox", "返回沙盒"),
    "panel.prompt_label": ("Prompt", "提示词"),
    "panel.prompt_hint": ("Describe the picture", "描述画面"),
    "panel.submit_generate": ("Generate {n}", "生成 {n} 张"),
    "panel.submit_compare": ("Compare qualities", "比较质量"),
    "panel.submit_code": ("Code", "代码"),
    "panel.submit_waiting": ("Waiting for the kernel", "正在等待内核"),
    "panel.submit_restarted": (
        "The kernel was restarted; run this panel's cell again.",
        "内核已重启；请重新运行此面板的单元格。",
    ),
    "panel.submit_problems": ("Before this can be sent", "发送前请修正"),
    "panel.submit_go_there": ("Go there", "前往"),
    "panel.submit_notice": ("Before the first request", "首次请求前"),
    "panel.submit_go_on": ("Go on", "继续"),
    "panel.submit_keep_nothing": ("Keep nothing", "不保存"),
    # ---- the mask editor
    "panel.masking_title": ("Paint what may change in the first reference", "涂画第一张参考图中可改动的部分"),
    "panel.masking_done": ("Done", "完成"),
    "panel.masking_share": ("✎ {n}%", "✎ {n}%"),
    "panel.masking_little": ("✎ <{n}%", "✎ <{n}%"),
    "panel.mask_title": ("Mask", "蒙版"),
    "panel.mask_tool": ("Tool", "工具"),
    "panel.mask_brush": ("Brush", "画笔"),
    "panel.mask_eraser": ("Eraser", "橡皮擦"),
    "panel.mask_rectangle": ("Rectangle", "矩形"),
    "panel.mask_rectangle_begun": (
        "First corner set. Move with the arrow keys, press Enter at the other corner.",
        "已设定第一个角。用方向键移动，在对角处按 Enter。",
    ),
    "panel.mask_size": ("Size", "大小"),
    "panel.mask_pixels": ("{n} px", "{n} 像素"),
    "panel.mask_undo": ("Undo", "撤销"),
    "panel.mask_redo": ("Redo", "重做"),
    "panel.mask_invert": ("Invert", "反选"),
    "panel.mask_clear": ("Clear", "清除"),
    "panel.mask_overlay": ("Stripes", "条纹"),
    "panel.mask_zoom": ("Zoom", "缩放"),
    "panel.mask_zoom_in": ("Zoom in", "放大"),
    "panel.mask_zoom_out": ("Zoom out", "缩小"),
    "panel.mask_fit": ("Fit", "适应"),
    "panel.mask_move": ("Move", "移动"),
    "panel.mask_stage": ("Picture to paint on", "可涂画的图片"),
    "panel.mask_picture": ("The picture to edit", "要编辑的图片"),
    "panel.mask_loading": ("Fetching the picture", "正在获取图片"),
    "panel.mask_nothing": ("Paint what may change", "请涂画可改动的部分"),
    "panel.mask_little": ("Under {n} % of the picture may change", "图片中不到 {n}% 可改动"),
    "panel.mask_share": ("{n} % of the picture may change", "图片中 {n}% 可改动"),
    "panel.mask_all": ("The whole picture may change", "整张图片均可改动"),
    "panel.mask_waiting": ("waiting for the kernel", "正在等待内核"),
    "panel.mask_refused": (
        "The kernel could not read the mask. Paint once more to send it again.",
        "内核无法读取蒙版。再涂画一次即可重新发送。",
    ),
    "panel.mask_wheel_keys": ("Ctrl+wheel", "Ctrl+滚轮"),
    "panel.mask_drag_keys": ("Space+drag", "空格+拖动"),
    "panel.mask_arrow_keys": ("Arrows, Enter", "方向键、Enter"),
    "panel.mask_paint_keys": ("Paint by keys", "键盘涂画"),
    # ---- blind comparison: its front end
    "panel.blind_name": ("Blind comparison", "盲测比较"),
    "panel.blind_question": ("Which picture do you prefer?", "您更喜欢哪张图片？"),
    "panel.blind_progress": ("{n} of {total}", "第 {n} 对，共 {total} 对"),
    "panel.blind_spoken": ("Pair {n} of {total}", "第 {n} 对图片，共 {total} 对"),
    "panel.blind_decided": ("Pairs decided", "已评图片对"),
    "panel.blind_left_picture": ("Left picture", "左图"),
    "panel.blind_right_picture": ("Right picture", "右图"),
    "panel.blind_pair": (
        "Two pictures. Left arrow: the left one. Right arrow: the right one. Down arrow or space: no difference.",
        "两张图片。左方向键：选左图；右方向键：选右图；下方向键或空格键：没有差别。",
    ),
    "panel.blind_left": ("Left", "左图"),
    "panel.blind_tie": ("No difference", "没有差别"),
    "panel.blind_right": ("Right", "右图"),
    "panel.blind_undo": ("Undo", "撤销"),
    "panel.blind_undo_title": ("Take the last choice back", "收回上一次选择"),
    "panel.blind_skip": ("Go on without this pair", "跳过这对图片"),
    "panel.blind_loading": ("Fetching the pictures", "正在获取图片"),
    "panel.blind_who": ("Your pseudonym", "您的化名"),
    "panel.blind_who_hint": (
        "Your choices are kept under it. Any name will do except your real one; the same one goes on where you were.",
        "您的选择会以此名保存。请勿使用真名；使用同一化名可从上次的位置继续。",
    ),
    "panel.blind_start": ("Start", "开始"),
    # ---- panel: the references
    "panel.references": ("References", "参考图"),
    "panel.references_up_to": ("(up to {most})", "（最多 {most} 张）"),
    "panel.references_choose": ("Drop, paste or choose pictures", "拖放、粘贴或选择图片"),
    "panel.references_drop": ("Drop to add", "松开即可添加"),
    "panel.references_link": ("Link", "链接"),
    "panel.references_link_title": ("Add pictures by their address", "按地址添加图片"),
    "panel.references_address": ("Address of a picture", "图片地址"),
    "panel.references_add": ("Add", "添加"),
    "panel.references_tile": ("Reference {place} of {n}: {name}", "第 {place} 张参考图，共 {n} 张：{name}"),
    "panel.references_at": ("Reference {place}: {problem}", "第 {place} 张参考图：{problem}"),
    "panel.references_chosen": ("Reference {place}", "第 {place} 张参考图"),
    "panel.references_first": (
        "The first reference is the one that is edited; a mask belongs to it.",
        "第一张参考图是要编辑的图片，蒙版属于它。",
    ),
    "panel.references_make_first": ("Make first", "设为第一张"),
    "panel.references_earlier": ("Earlier", "前移"),
    "panel.references_later": ("Later", "后移"),
    "panel.references_remove": ("Remove", "移除"),
    "panel.references_remove_one": ("Remove {name}", "移除 {name}"),
    "panel.references_cancel_one": ("Cancel {name}", "取消 {name}"),
    "panel.references_dismiss": ("Dismiss", "关闭"),
    "panel.references_mask": ("Mask", "蒙版"),
    "panel.references_paint": ("Paint a mask", "绘制蒙版"),
    "panel.references_edit_mask": ("Edit mask", "编辑蒙版"),
    "panel.references_remove_mask": ("Remove mask", "移除蒙版"),
    "panel.references_queued": ("Waiting: {name}", "等待中：{name}"),
    "panel.references_sending": ("Bringing {name} to the kernel", "正在将 {name} 传给内核"),
    "panel.references_reading": ("Looking at {name}", "正在读取 {name}"),
    "panel.references_waiting": ("Waiting for the kernel", "正在等待内核"),
    "panel.references_upload": (
        "Uploaded to APIMart; anyone with the link can open it for 72 hours.",
        "会上传到 APIMart；72 小时内，任何有链接的人都能打开。",
    ),
    "panel.references_added": ("{name} was added.", "已添加 {name}。"),
    "panel.references_removed": ("{name} was removed.", "已移除 {name}。"),
    "panel.references_moved": ("{name} is reference {place} of {n} now.", "{name} 现在是第 {place} 张，共 {n} 张。"),
    "panel.references_twice": ("{name} is among the references already.", "{name} 已在参考图中。"),
    "panel.references_there": ("That is among the references already.", "已在参考图中。"),
    "panel.references_wait": (
        "A picture or mask was still on its way, so nothing was sent. Send it again when it is here.",
        "还有图片或蒙版正在传输，所以没有发送。请等它到达后再发送一次。",
    ),
    "panel.references_mask_changed": (
        "The mask has changed meanwhile. Look at it, then press again.",
        "蒙版在此期间变了。请看一下，再按一次。",
    ),
    "panel.references_gone": (
        "{name} is no longer at hand. Add it again, or remove it.",
        "{name} 已不在手边。请重新添加，或将其移除。",
    ),
    "panel.references_missing": (
        "A picture is no longer at hand. Add it again, or remove it.",
        "有一张图片已不在手边。请重新添加，或将其移除。",
    ),
    "panel.references_data": (
        "A data: address holds the picture itself. Choose, drop or paste the picture instead.",
        "data: 地址包含图片本身。请改为选择、拖放或粘贴该图片。",
    ),
    "panel.references_file": (
        "{url} lies on a machine that APIMart cannot reach. Choose, drop or paste the picture instead.",
        "{url} 位于 APIMart 无法访问的机器上。请改为选择、拖放或粘贴该图片。",
    ),
    "panel.references_path": (
        "{url} is no web address. Begin with https://, or choose, drop or paste the picture.",
        "{url} 不是网址。请以 https:// 开头，或选择、拖放、粘贴该图片。",
    ),
    "panel.references_scheme": (
        "{url} cannot be opened by APIMart. Use an address that begins with https://.",
        "APIMart 无法打开 {url}。请使用以 https:// 开头的地址。",
    ),
    "panel.references_credentials": (
        "The address holds a user name or password, which APIMart would see. Use one that opens without them.",
        "该地址含有用户名或密码，会被 APIMart 看到。请使用无需登录即可打开的地址。",
    ),
    "panel.references_not_url": (
        "{url} is no address that can be opened. Write one that begins with https://.",
        "{url} 不是可以打开的地址。请写以 https:// 开头的地址。",
    ),
    "panel.references_shape": (
        "The result will be {made}, and the first reference is {given}: size {size} fits it best.",
        "结果将为 {made}，而第一张参考图为 {given}：尺寸 {size} 最合适。",
    ),
    "panel.references_too_many": (
        "{model} takes at most {most} references, and these are {count}. Remove {excess}.",
        "{model} 最多接受 {most} 张参考图，而这里有 {count} 张。请移除 {excess} 张。",
    ),
    "panel.references_left_out": (
        "The model takes at most {most} references, so {n} more were left out.",
        "该模型最多接受 {most} 张参考图，因此有 {n} 张未添加。",
    ),
    "panel.references_mask_alone": (
        "A mask belongs to a reference. Add the picture to edit, or remove the mask.",
        "蒙版需要参考图。请添加要编辑的图片，或移除蒙版。",
    ),
    "panel.references_no_mask": (
        "{model} takes no mask. Remove it, or choose another model.",
        "{model} 不支持蒙版。请移除蒙版，或选择其他模型。",
    ),
    "panel.references_empty": ("{name} is empty (0 bytes).", "{name} 是空的（0 字节）。"),
    "panel.references_not_an_image": (
        "{name} is not an image that can be read. Use a PNG, JPEG, WebP or GIF file.",
        "{name} 不是可以读取的图片。请使用 PNG、JPEG、WebP 或 GIF 文件。",
    ),
    "panel.references_damaged": (
        "{name} is damaged or cut off. Use a complete copy of the file.",
        "{name} 已损坏或不完整。请使用完整的文件。",
    ),
    "panel.references_too_many_pixels": (
        "{name} has {width}x{height} pixels, more than can be read here ({side}x{side}). Make it smaller first.",
        "{name} 有 {width}x{height} 像素，超过可读取的上限（{side}x{side}）。请先缩小。",
    ),
    "panel.references_too_large": (
        "{name} has {megabytes} MB, and at most {most} MB can be added. Make it smaller first.",
        "{name} 有 {megabytes} MB，最多可添加 {most} MB。请先缩小。",
    ),
    "panel.references_not_whole": (
        "{name} did not arrive whole. Add it again.",
        "{name} 未能完整到达。请重新添加。",
    ),
    "panel.references_unreadable": (
        "{name} cannot be read: it is a folder, or was moved. Add the picture itself.",
        "无法读取 {name}：它是文件夹，或已被移动。请添加图片本身。",
    ),
    # ---- grids
    "grid.not_images": (
        "A grid is made of GeneratedImages, such as job.result() or session.library give, not of {kind}.",
        "网格由 GeneratedImage 组成，例如 job.result() 或 session.library 给出的，而不是 {kind}。",
    ),
    "grid.same_axis": (
        "Rows and columns are both {name!r}. Write another setting for one of them, or col=None for a single column.",
        "行和列都是 {name!r}。请为其中之一换一个设置，或写 col=None 只用一列。",
    ),
    "grid.axis_no_text": (
        "{axis} names a setting as text, such as {axis}='quality', not {value}.",
        "{axis} 是设置的名称（文本），例如 {axis}='quality'，而不是 {value}。",
    ),
    "grid.unknown_axis": (
        "There is nothing called {name!r} to arrange pictures by.{hint} Write one of: {known}; or pass labels=, a "
        "function that gives each picture's own labels.",
        "没有名为 {name!r} 的设置可用于排列图片。{hint} 请写以下之一：{known}；"
        "或传入 labels=，即返回每张图片自有标签的函数。",
    ),
    "grid.no_label": (
        "labels= gives no {name!r} for picture {number}: {picture}. Have it give every picture one.",
        "labels= 没有为第 {number} 张图片给出 {name!r}：{picture}。请让它为每张图片都给出该标签。",
    ),
    "grid.labels_no_mapping": (
        "labels= gives a dict for each picture, such as {{'animal': 'fox'}}, not {kind}.",
        "labels= 应为每张图片返回一个字典，例如 {{'animal': 'fox'}}，而不是 {kind}。",
    ),
    "grid.labels_no_function": (
        "labels= is a function that takes a picture and gives a dict, such as lambda image: {{'animal': 'fox'}}, not "
        "{kind}.",
        "labels= 是接收图片并返回字典的函数，例如 lambda image: {{'animal': 'fox'}}，而不是 {kind}。",
    ),
    "grid.level": (
        "A level of {axis} is one value, such as a text or a number, not {value}.",
        "{axis} 的取值应为单个值，例如文本或数字，而不是 {value}。",
    ),
    "grid.levels": (
        "{axis} is a list of levels, such as {axis}=['low', 'high'], not {value}.",
        "{axis} 是取值的列表，例如 {axis}=['low', 'high']，而不是 {value}。",
    ),
    "grid.missing": (
        "missing= says for an empty place why: {{(row level, column level): 'text'}}. This part of it cannot be "
        "understood: {value}.",
        "missing= 说明空位的原因：{{(行取值, 列取值): '文本'}}。无法理解其中的这一部分：{value}。",
    ),
    "grid.no_cell": (
        "There is no {axis} {level} in this grid. Its levels are: {known}.",
        "此网格中没有 {axis} {level}。可用的取值有：{known}。",
    ),
    "grid.page": (
        "Pages are counted from 1, and this grid has {pages}: write page=1 to page={pages}, or None for all of them, "
        "not {value}.",
        "页码从 1 开始，此网格共 {pages} 页：请写 page=1 到 page={pages}，或写 None 表示全部，而不是 {value}。",
    ),
    "grid.suffix": (
        "A grid is saved as PNG, which keeps its settings: write {path} without {suffix}, or with .png.",
        "网格保存为 PNG，以便保留设置：请写不带 {suffix} 的 {path}，或使用 .png。",
    ),
    "grid.none_yet": ("none yet", "尚无图片"),
    "grid.corner": ("{row} × {col}", "{row} × {col}"),
    "grid.level_named": ("{name} {level}", "{name} {level}"),
    # ---- comparing
    "comparison.labels": (
        'labels are two texts, one for each picture, such as labels=("before", "after"), not {labels}.',
        '请给出两段文字作为 labels，每张图片一段，例如 labels=("before", "after")，而不是 {labels}。',
    ),
    "comparison.web_address": (
        "{address} is a web address, from which nothing is fetched. Save the picture and pass the path of the file.",
        "{address} 是网址，不会从那里获取图片。请先保存图片，再传入文件路径。",
    ),
    "comparison.alt": ("Picture {name}, {width}x{height} pixels", "图片 {name}，{width}x{height} 像素"),
    "comparison.made_smaller": (
        "{name} is shown at {new} pixels instead of {old}: a page is sent at most 20 MB of a picture.",
        "{name} 以 {new} 像素显示，而不是 {old}：每张图片最多向页面发送 20 MB。",
    ),
    # ---- panel: the matrix of a grid
    "panel.matrix_name": ("Pictures by {row} and {col}", "按 {row} 和 {col} 排列的图片"),
    "panel.matrix_name_one": ("Pictures by {row}", "按 {row} 排列的图片"),
    "panel.matrix_drawings": ("Drawings: no evidence about any model", "绘图：不能作为任何模型的依据"),
    "panel.matrix_replay": ("Recorded earlier, not made now", "此前录制，并非现在生成"),
    "panel.matrix_page": ("{i} of {n} in each cell", "每格第 {i} 张，共 {n} 张"),
    "panel.matrix_back": ("Previous picture of each cell", "每格上一张"),
    "panel.matrix_next": ("Next picture of each cell", "每格下一张"),
    "panel.matrix_cell": ("{row}, {col}: {what}", "{row}，{col}：{what}"),
    "panel.matrix_cell_one": ("{row}: {what}", "{row}：{what}"),
    "panel.matrix_hint": (
        "Arrow keys move between cells, Enter opens a picture, plus, minus and 0 zoom all, Page Up and Page Down step "
        "through the pictures of each cell.",
        "方向键在格子间移动，回车打开图片，加号、减号和 0 缩放全部，Page Up 和 Page Down 切换每格的图片。",
    ),
    "panel.matrix_gone": ("its file cannot be read", "无法读取其文件"),
    "panel.matrix_zoom_hint": ("Ctrl and the wheel, + or -", "Ctrl 加滚轮，或 + 和 -"),
    "panel.matrix_fit": ("Fit all", "全部适应"),
    # ---- panel: results and viewer
    "panel.before_alt": ("The picture it was made from", "所用的原图"),
    "panel.before_elsewhere": (
        "The first reference is on the web, where nothing is fetched from: {url}",
        "第一张参考图在网上，不会从那里获取：{url}",
    ),
    "panel.before_gone": (
        "The picture this one was made from is no longer kept.",
        "所用的原图已不再保留。",
    ),
    "panel.results.title": ("Results", "结果"),
    "panel.results.empty": ("Pictures appear here as they are made.", "生成的图片会显示在这里。"),
    "panel.results.kind.sandbox": ("Sandbox drawing", "沙盒绘图"),
    "panel.results.kind.replay": ("Replay", "回放"),
    "panel.results.kind.sandbox_replay": ("Sandbox replay", "沙盒回放"),
    "panel.results.progress": ("Progress", "进度"),
    "panel.results.time.s": ("{s} s", "{s} 秒"),
    "panel.results.time.min": ("{m} min {s} s", "{m} 分 {s} 秒"),
    "panel.results.time.h": ("{h} h {m} min", "{h} 小时 {m} 分"),
    "panel.results.time.of": ("{elapsed} of about {estimated}", "{elapsed}，预计约 {estimated}"),
    "panel.results.time.over": ("{elapsed}, about {estimated} expected", "{elapsed}，原预计约 {estimated}"),
    "panel.results.status.queued": ("waiting to be sent", "等待发送"),
    "panel.results.status.uploading": ("uploading references", "正在上传参考图"),
    "panel.results.status.sending": ("sending", "正在发送"),
    "panel.results.status.downloading": ("fetching the pictures", "正在获取图片"),
    "panel.results.status.failed": ("failed", "失败"),
    "panel.results.status.cancelled": ("cancelled", "已取消"),
    "panel.results.status.unknown": ("outcome unknown", "结果未知"),
    "panel.results.slow": (
        "Still running at APIMart; it may be billed.",
        "仍在 APIMart 运行；可能会计费。",
    ),
    "panel.results.action.edit": ("Edit prompt", "修改提示词"),
    "panel.results.action.key": ("Check key", "检查密钥"),
    "panel.results.action.look": ("Look again", "再次查询"),
    "panel.results.action.retry": ("Retry", "重试"),
    "panel.results.action.keep_looking": ("Keep looking", "继续查询"),
    "panel.results.cancel": ("Cancel", "取消"),
    "panel.results.hide": ("Hide", "隐藏"),
    "panel.results.unhide": ("Show again", "重新显示"),
    "panel.results.reuse": ("Reuse", "复用设置"),
    "panel.results.more": ("More for: {prompt}", "更多操作：{prompt}"),
    "panel.results.details": ("Details", "详细信息"),
    "panel.results.code_as": ("Code: {form}", "代码：{form}"),
    "panel.results.form.python": ("Python", "Python"),
    "panel.results.form.curl": ("cURL", "cURL"),
    "panel.results.form.json": ("JSON", "JSON"),
    "panel.results.download_all": ("Download all", "全部下载"),
    "panel.results.delete": ("Delete", "删除"),
    "panel.results.keep": ("Keep", "保留"),
    "panel.results.delete_one": ("Delete 1 picture?", "删除 1 张图片？"),
    "panel.results.delete_many": ("Delete {n} pictures?", "删除 {n} 张图片？"),
    "panel.results.tick": ("Select: {alt}", "选择：{alt}"),
    "panel.results.earlier": ("{n} earlier", "更早的 {n} 项"),
    "panel.results.fewer": ("Show fewer", "收起"),
    "panel.results.show_more": ("Show {n} more", "再显示 {n} 项"),
    "panel.results.hidden": ("{n} hidden: show", "已隐藏 {n} 项：显示"),
    "panel.results.hidden_shown": ("{n} hidden: hide again", "已隐藏 {n} 项：重新隐藏"),
    "panel.results.ended.one": ("1 picture is ready: {prompt}", "1 张图片已完成：{prompt}"),
    "panel.results.ended.many": ("{n} pictures are ready: {prompt}", "{n} 张图片已完成：{prompt}"),
    "panel.results.ended.failed": ("{prompt}: {message}", "{prompt}：{message}"),
    "panel.results.tray": ("Selected pictures", "所选图片"),
    "panel.results.selected": ("{n} selected", "已选 {n} 张"),
    "panel.results.compare": ("Compare", "比较"),
    "panel.results.before_after": ("Before and after", "前后对比"),
    "panel.results.before": ("Before", "之前"),
    "panel.results.after": ("After", "之后"),
    "panel.results.compare_one": ("Select one more to compare.", "再选一张即可比较。"),
    "panel.results.compare_many": ("Comparing takes exactly two.", "比较需要恰好两张。"),
    "panel.results.save": ("Save", "保存"),
    "panel.results.save_title": ("Download as a ZIP file", "下载为 ZIP 文件"),
    "panel.results.use": ("Use as reference", "用作参考图"),
    "panel.results.clear": ("Clear", "清除"),
    "panel.results.outside": ("{share} changed outside the mask", "蒙版外有 {share} 发生变化"),
    "panel.results.history": ("History", "历史"),
    "panel.results.rated": ("{n} of 5 stars", "{n} 星（共 5 星）"),
    "panel.results.star": ("{n} star", "{n} 星"),
    "panel.results.stars": ("{n} stars", "{n} 星"),
    "panel.results.rating_hint": (
        "Press 1 to 5, or the same star again for none.",
        "按 1 到 5 评分；再按一次同一颗星即可取消。",
    ),
    "panel.results.note_hint": ("Add a note", "添加备注"),
    "panel.results.large": ("Picture, large", "大图"),
    "panel.results.stage": (
        "Picture; zoom with + and -, move with the arrow keys.",
        "图片；用 + 和 - 缩放，用方向键移动。",
    ),
    "panel.results.stage_two": (
        "Two pictures; zoom with + and -, move with the arrow keys.",
        "两张图片；用 + 和 - 缩放，用方向键移动。",
    ),
    "panel.results.loading": ("Fetching the full picture", "正在获取完整图片"),
    "panel.results.gone": ("Deleted, or its file cannot be read", "已被删除，或无法读取其文件"),
    "panel.results.previous": ("Previous picture", "上一张"),
    "panel.results.next": ("Next picture", "下一张"),
    "panel.results.of": ("{i} of {n}", "第 {i} 张，共 {n} 张"),
    "panel.results.zoom": ("Zoom", "缩放"),
    "panel.results.zoom_in": ("Zoom in", "放大"),
    "panel.results.zoom_out": ("Zoom out", "缩小"),
    "panel.results.fit": ("Fit", "适应"),
    "panel.results.fit_title": ("Fit to the window", "适应窗口"),
    "panel.results.actual": ("Actual pixels", "实际像素"),
    "panel.results.close": ("Close", "关闭"),
    "panel.results.download": ("Download", "下载"),
    "panel.results.copy": ("Copy", "复制"),
    "panel.results.copied": ("Copied", "已复制"),
    "panel.results.code": ("Code", "代码"),
    "panel.results.wire": ("Wire record", "通信记录"),
    "panel.results.waiting": ("Waiting for the kernel", "正在等待内核"),
    "panel.results.compare_how": ("How to compare", "比较方式"),
    "panel.results.settings": ("Settings of both", "两者的设置"),
    "panel.results.mode.side": ("Side by side", "并排"),
    "panel.results.mode.slider": ("Slider", "滑块"),
    "panel.results.mode.flicker": ("Flicker", "闪换"),
    "panel.results.play": ("Play", "播放"),
    "panel.results.pause": ("Pause", "暂停"),
    "panel.results.swap": ("Swap", "对调"),
    "panel.results.divider": ("Where the pictures meet, in per cent", "两图分界位置（百分比）"),
    "panel.results.cost_of": ("{cost} for {n}", "{n} 张共 {cost}"),
    "panel.results.label.quality": ("Quality", "质量"),
    "panel.results.label.cost": ("Cost", "费用"),
    "panel.results.label.time": ("Time", "用时"),
    "panel.results.label.model": ("Model", "模型"),
    "panel.results.label.size": ("Size", "尺寸"),
    "panel.results.label.resolution": ("Resolution", "分辨率"),
    "panel.results.label.background": ("Background", "背景"),
    "panel.results.label.output_format": ("Format", "格式"),
    "panel.results.label.output_compression": ("Compression", "压缩"),
    "panel.results.label.moderation": ("Moderation", "审核"),
    "panel.results.label.references": ("References", "参考图"),
    "panel.results.label.picture": ("Picture", "图片"),
    "panel.results.label.rating": ("Rating", "评分"),
    "panel.results.label.note": ("Note", "备注"),
    "panel.results.label.prompt": ("Prompt", "提示词"),
    "panel.results.label.bytes": ("File", "文件"),
    "panel.results.label.created": ("Created", "创建时间"),
    "panel.results.label.sha256": ("SHA-256", "SHA-256"),
    "panel.results.label.task_id": ("Task", "任务编号"),
    # ---- panel: the history, and jobs of an earlier session
    "panel.sweep_images": ("{done} of {planned} images", "图片 {done} / {planned}"),
    "panel.sweep_spent": ("spent", "已花费"),
    "panel.sweep_of_allowed": ("of {allowed} allowed", "上限 {allowed}"),
    "panel.sweep_left": ("about {time} left", "预计还需 {time}"),
    "panel.sweep_at_a_time": ("{n} at a time", "同时 {n} 个"),
    "panel.sweep_running": ("{n} running", "进行中 {n} 个"),
    "panel.sweep_failed": ("{n} failed", "失败 {n} 个"),
    "panel.sweep_all_made": ("all made", "全部完成"),
    "panel.sweep_run": ("Run {n}", "运行 {n} 个"),
    "panel.sweep_run_cost": ("Run {n}, {cost}", "运行 {n} 个，{cost}"),
    "panel.sweep_waiting": ("Waiting for the kernel", "正在等待内核"),
    "panel.sweep_stop": ("Stop", "停止"),
    "panel.sweep_unheard": (
        "A cell keeps the kernel busy, and Stop waits for its end. To stop now, interrupt the cell.",
        "有单元格正在占用内核，停止要等它结束。若要立即停止，请中断该单元格。",
    ),
    "panel.sweep_plan": ("Plan", "计划"),
    "panel.sweep_axis": ("setting", "设置"),
    "panel.sweep_requests": ("requests", "请求"),
    "panel.sweep_cost": ("cost", "费用"),
    "panel.sweep_not_asked": ("Left out", "已排除"),
    "panel.sweep_not_asked_line": ("{n} with {levels}: {reason}", "{n} 个（{levels}）：{reason}"),
    "panel.sweep_retry_hint": ("Run again to ask for these alone.", "再次运行即可只重试这些请求。"),
    "panel.sweep_more": ("and {n} more", "以及另外 {n} 个"),
    "panel.sweep_label": ("Sweep {name}", "批量对比 {name}"),
    "panel.sweep_seconds": ("{n} s", "{n} 秒"),
    "panel.sweep_minutes": ("{n} min", "{n} 分钟"),
    "panel.sweep_hours": ("{n} h", "{n} 小时"),
    "panel.history.name": ("Search the history", "搜索历史"),
    "panel.history.text": ("Search prompts and notes", "搜索提示词和备注"),
    "panel.history.model": ("Model", "模型"),
    "panel.history.size": ("Size", "尺寸"),
    "panel.history.quality": ("Quality", "质量"),
    "panel.history.stars": ("Rating", "评分"),
    "panel.history.any.model": ("Any model", "所有模型"),
    "panel.history.any.size": ("Any size", "所有尺寸"),
    "panel.history.any.quality": ("Any quality", "所有质量"),
    "panel.history.any.stars": ("Any rating", "所有评分"),
    "panel.history.at_least": ("★ {n} and up", "★ {n} 及以上"),
    "panel.history.since": ("From", "从"),
    "panel.history.until": ("To", "到"),
    "panel.history.clear": ("Clear filters", "清除筛选"),
    "panel.history.reading": ("Looking through the library", "正在查找图片库"),
    "panel.history.empty": (
        "There is no picture in the library yet. Every picture made here is kept in it.",
        "图片库里还没有图片。在这里生成的每张图片都会保存在其中。",
    ),
    "panel.history.nothing": ("No picture matches all of these.", "没有同时符合这些条件的图片。"),
    "panel.history.found.one": ("1 picture found.", "找到 1 张图片。"),
    "panel.history.found.many": ("{n} pictures found.", "找到 {n} 张图片。"),
    "panel.history.more": ("Show more", "显示更多"),
    "panel.history.running": ("{n} in progress", "{n} 项进行中"),
    # ---- %imagine
    "magics.description": (
        "Makes pictures. In one line: %imagine --size 3:2 A red fox\n"
        "In a cell: %%imagine --size 3:2 as its first line, and the prompt below.\n"
        "Options stand before the prompt. {{name}}, {{row.name}} and {{names[0]}} are filled\n"
        "in from your variables; {{{{ and }}}} are braces. With a key, this is what is billed.",
        "生成图片。写成一行：%imagine --size 3:2 一只红狐狸\n"
        "写成单元格：首行写 %%imagine --size 3:2，提示词写在下面。\n"
        "选项写在提示词之前。{{name}}、{{row.name}} 和 {{names[0]}} 会从变量中填入；\n"
        "{{{{ 和 }}}} 表示花括号。使用密钥时，此操作会计费。",
    ),
    "magics.options": ("options", "选项"),
    "magics.models": ("what the models take", "各模型接受的值"),
    "magics.help_model": ("the model that draws", "使用的模型"),
    "magics.help_size": ("shape of the pictures, such as 3:2", "图片比例，例如 3:2"),
    "magics.help_n": ("how many pictures", "图片数量"),
    "magics.help_quality": ("such as low or high", "质量，例如 low 或 high"),
    "magics.help_background": ("such as transparent", "背景，例如 transparent"),
    "magics.help_moderation": ("how strict the filter is", "过滤的严格程度"),
    "magics.help_format": ("file format, such as jpeg", "文件格式，例如 jpeg"),
    "magics.help_compression": ("0 to 100, for jpeg", "0 到 100，用于 jpeg"),
    "magics.help_resolution": ("such as 2k, where the model has it", "分辨率，例如 2k（若模型支持）"),
    "magics.help_reference": (
        "a picture to start from, several by repeating it: a path, a URL, or a variable as {{fox}}",
        "参考图，可重复以给出多张：路径、URL，或变量，如 {{fox}}",
    ),
    "magics.help_mask": (
        "what may change in the first reference: a path, a URL, or a variable as {{hole}}",
        "第一张参考图中可改动之处：路径、URL，或变量，如 {{hole}}",
    ),
    "magics.help_reuse": ("take pictures of the same request, paying once", "取用相同请求的图片，只付费一次"),
    "magics.help_var": ("the variable that gets the pictures", "接收图片的变量"),
    "magics.help_session": ("a variable that holds a Session", "保存 Session 的变量"),
    "magics.help_no_wait": ("give the job at once, to --var too", "立即返回任务，--var 也保存该任务"),
    "magics.help_help": ("print this, and make nothing", "显示此说明，不生成图片"),
    "magics.no_option": (
        "%imagine has no option {option}.{hint} %imagine --help lists them; a prompt that begins with a dash goes"
        " after --.",
        "%imagine 没有选项 {option}。{hint} %imagine --help 会列出所有选项；以连字符开头的提示词请写在 -- 之后。",
    ),
    "magics.value_missing": (
        "{option} needs a value. Write {option} {value}, as %imagine --help shows; a value that begins with a dash is"
        " written {option}={value}.",
        "{option} 需要一个值。请按 %imagine --help 所示写 {option} {value}；以连字符开头的值请写成 {option}={value}。",
    ),
    "magics.no_value_taken": (
        "{option} takes no value. Write it alone.",
        "{option} 不接受值。请单独书写。",
    ),
    "magics.quote": (
        "A quote is not closed in the options: {text}. Close it; only values with spaces need quotes.",
        "选项中的引号未闭合：{text}。请将其闭合；只有含空格的值才需要引号。",
    ),
    "magics.option_in_prompt": (
        "{option} stands in the prompt, where it would be drawn. Options go before the prompt, in a cell on the line of"
        " %%imagine; if it is meant to be drawn, write -- there as the last of them. Nothing was sent.",
        "{option} 位于提示词中，会被当作画面内容。选项应写在提示词之前（在单元格中写在 %%imagine 所在行）；"
        "若确为画面内容，请在选项最后写 --。未发送任何内容。",
    ),
    "magics.prompt_above": (
        "{text!r} on the line of %%imagine is no option. Write the whole prompt below that line, or use %imagine with"
        " one percent sign. Nothing was sent.",
        "%%imagine 所在行的 {text!r} 不是选项。请把整个提示词写在该行之下，或使用单个百分号的 %imagine。"
        "未发送任何内容。",
    ),
    "magics.braces": (
        "{text} cannot be filled in. Name a variable in braces, as in {{animal}}, or double the braces to have them in"
        " the prompt: {{{{ and }}}}.",
        "{text} 无法填入。请在花括号中写变量名，例如 {{animal}}；若提示词中需要花括号，请写两个：{{{{ 和 }}}}。",
    ),
    "magics.no_variable": (
        "There is no variable {name!r} to fill {{{name}}} with.{hint} Set it in a cell above, or double the braces to"
        " have them in the prompt: {{{{{name}}}}}.",
        "没有可填入 {{{name}}} 的变量 {name!r}。{hint} 请在前面的单元格中赋值；"
        "若提示词中需要花括号，请写两个：{{{{{name}}}}}。",
    ),
    "magics.cannot_fill": (
        "{{{field}}} cannot be filled in ({reason}). Write an attribute or an item that the variable has, or double the"
        " braces to have them in the prompt.",
        "{{{field}}} 无法填入（{reason}）。请写该变量具有的属性或元素；若提示词中需要花括号，请写两个。",
    ),
    "magics.quoted_index": (
        "{{{field}}} cannot be filled in: here an index stands without quotes. Write {{{unquoted}}}.",
        "{{{field}}} 无法填入：此处的索引不加引号。请写 {{{unquoted}}}。",
    ),
    "magics.nothing_in": (
        "{option} {text} is None or empty. Set it in a cell above, or leave out {option}. Nothing was sent.",
        "{option} {text} 是 None 或为空。请在前面的单元格中赋值，或去掉 {option}。未发送任何内容。",
    ),
    "magics.no_identifier": (
        "--var {name} is no name a variable can have. Write one such as --var foxes.",
        "--var {name} 不是有效的变量名。请写类似 --var foxes 的名称。",
    ),
    "magics.no_session": (
        "{name} is no variable that holds a Session. Write --session with one of: {known}.",
        "{name} 不是保存 Session 的变量。请在 --session 后写以下之一：{known}。",
    ),
    "magics.no_session_yet": (
        "{name} is no variable that holds a Session. Make one with {name} = apimart_widgets.Session(), or leave out"
        " --session.",
        "{name} 不是保存 Session 的变量。请用 {name} = apimart_widgets.Session() 创建，或去掉 --session。",
    ),
    "magics.drawing": ("drawing", "正在绘制"),
    "magics.progress": ("{status}, {time}", "{status}，{time}"),
    "magics.one_picture": ("1 picture", "1 张图片"),
    "magics.pictures": ("{n} pictures", "{n} 张图片"),
    "magics.ended": ("{pictures} in {time}{cost}", "{pictures}，用时 {time}{cost}"),
    "magics.made_before": (
        "{pictures}, asked for before: nothing new was billed",
        "{pictures}，以前已请求过：没有新的费用",
    ),
    "magics.may_be_billed": ("{status}, {time}; the job is {job}", "{status}，{time}；该任务是 {job}"),
    "magics.interrupted": (
        "The wait was stopped, and the job goes on: what was paid for is kept. Get its pictures with {job}.result().",
        "等待已停止，任务仍在继续：已付费的内容会保留。请用 {job}.result() 获取图片。",
    ),
    "magics.interrupted_early": (
        "Stopped while the request was handed over. It may be on its way: look at {jobs} before you ask again.",
        "在移交请求时被停止。它可能已在进行中：再次请求前请查看 {jobs}。",
    ),
    # ---- check
    "check.begins": (
        "Comparing {origin} with what this package assumes.",
        "正在将 {origin} 与本软件包的假设进行比较。",
    ),
    "check.listed": ("{model} is listed.", "{model} 已列出。"),
    "check.not_listed": (
        "{model} is not listed for this key. Listed: {listed}.",
        "此密钥未列出 {model}。已列出：{listed}。",
    ),
    "check.no_models": ("The models cannot be listed. {reason}", "无法列出模型。{reason}"),
    "check.prices": (
        "{model} costs {theirs} a picture at {size}.",
        "{model} 在 {size} 下每张 {theirs}。",
    ),
    "check.prices_as_listed": (
        "{model} costs {theirs} a picture at {size}, as the list that comes with this package says.",
        "{model} 在 {size} 下每张 {theirs}，与本软件包自带的价目表一致。",
    ),
    "check.prices_differ": (
        "{model} costs {theirs} a picture at {size}; the list that comes with this package says {ours}.",
        "{model} 在 {size} 下每张 {theirs}；本软件包自带的价目表为 {ours}。",
    ),
    "check.price_range": ("{low} to {high}", "{low} 至 {high}"),
    "check.no_prices": ("{model} has no readable prices. {reason}", "{model} 没有可读的价格。{reason}"),
    "check.no_schema": ("{model} has no readable schema. {reason}", "{model} 没有可读的 schema。{reason}"),
    "check.schema": ("{model} has the fields, words and limits assumed.", "{model} 的字段、取值和限制与假设一致。"),
    "check.field_missing": ("{model} no longer has the field {field}.", "{model} 不再有字段 {field}。"),
    "check.words": (
        "{model} takes other words for {field}: {theirs}; assumed: {ours}.",
        "{model} 的 {field} 取值不同：{theirs}；假设为：{ours}。",
    ),
    "check.term": (
        "{model} states another {term} for {field}: {theirs}; assumed: {ours}.",
        "{model} 的 {field} 的 {term} 不同：{theirs}；假设为：{ours}。",
    ),
    "check.required": (
        "{model} requires {fields}, which a request may leave out. extra_body can carry what has no field here.",
        "{model} 要求 {fields}，而请求可能不含它们。没有对应字段的内容可通过 extra_body 传递。",
    ),
    "check.new_fields": (
        "{model} has fields this version does not know: {fields}. extra_body can carry them.",
        "{model} 有本版本不认识的字段：{fields}。可通过 extra_body 传递。",
    ),
    "check.balance": ("The balance can be read.", "余额可读取。"),
    "check.no_balance": ("The balance has another shape than assumed. {reason}", "余额的格式与假设不同。{reason}"),
    "check.unknown_task": ("An unknown task is answered with 404.", "未知任务返回 404。"),
    "check.unknown_task_differs": (
        "An unknown task is not answered with 404. {reason}",
        "未知任务没有返回 404。{reason}",
    ),
    "check.no_folder": (
        "{folder} is no folder that can be written to. Name another with --folder. Nothing was asked or billed.",
        "{folder} 不是可写入的文件夹。请用 --folder 指定其他文件夹。未发送请求，未产生费用。",
    ),
    "check.too_dear": (
        "No picture was made: it would cost {estimate}, and --spend allows {most}.",
        "未生成图片：预计费用 {estimate}，而 --spend 允许 {most}。",
    ),
    "check.unpriced": (
        "No picture was made: the server tells no price for {model}, which --spend could be held against.",
        "未生成图片：服务器没有给出 {model} 的价格，无法与 --spend 的上限比较。",
    ),
    "check.dearer": (
        "One picture was made and cost {cost}: --spend allows {most}, and the server's own prices say {estimate}.",
        "生成了一张图片，费用 {cost}：--spend 允许 {most}，而按服务器自己的价格应为 {estimate}。",
    ),
    "check.picture": (
        "One picture came back as asked: {size} {format} after {seconds} s, cost {cost}.",
        "一张图片按要求返回：{size} {format}，用时 {seconds} 秒，费用 {cost}。",
    ),
    "check.picture_differs": (
        "One picture came back otherwise than asked: {size} {format} after {seconds} s, cost {cost}.",
        "一张图片与要求不符：{size} {format}，用时 {seconds} 秒，费用 {cost}。",
    ),
    "check.no_picture": ("The picture could not be made. {reason}", "未能生成图片。{reason}"),
    "check.kept": ("What was said is kept in {path}, without the key.", "通信记录保存在 {path}，不含密钥。"),
}


class Sentence(str):
    """An English sentence that can be said in another language.

    >>> SENTENCES["example"] = ("{n} pictures.", "{n} 张图片。")
    >>> sentence = say("example", n=4)
    >>> sentence, sentence.to("zh")
    ('4 pictures.', '4 张图片。')
    >>> del SENTENCES["example"]
    """

    key: str
    values: Mapping[str, Any]

    def __new__(cls, key: str, values: Mapping[str, Any]) -> Sentence:
        sentence = super().__new__(cls, _fill(key, values, "en"))
        sentence.key = key
        sentence.values = dict(values)
        return sentence

    def to(self, language: Language) -> str:
        """The same sentence in ``language``; sentences among its values are translated too."""
        return _fill(self.key, self.values, language)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.key, dict(self.values))


def say(key: str, /, **values: Any) -> Sentence:
    """The sentence ``key`` of the table with its places filled in."""
    return Sentence(key, values)


def said_in(text: str, language: Language) -> str:
    """A sentence in ``language``; any other text, such as a server's own words, as it is.

    >>> said_in(say("client.nothing_billed"), "zh") == say("client.nothing_billed").to("zh"), said_in("Boom.", "zh")
    (True, 'Boom.')
    """
    return text.to(language) if isinstance(text, Sentence) else text


def _fill(key: str, values: Mapping[str, Any], language: Language) -> str:
    template = SENTENCES[key][LANGUAGES.index(language)]
    return template.format(**{name: _translated(value, language) for name, value in values.items()})


def _translated(value: Any, language: Language) -> Any:
    if isinstance(value, Sentence):
        return value.to(language)
    if isinstance(value, tuple):
        return "\n".join(str(_translated(item, language)) for item in value)
    return value
