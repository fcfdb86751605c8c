"""Gateways of our own on loopback: a real SMTP server, and HTTP servers that answer as WeCom, DingTalk and an SMS gateway do, or misbehave."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller


@dataclass
class Gateway:
    """What was asked, and how to answer: `moods` are used up in order, then everything is well.

    "500", "404", "slow:<seconds>" (then well), "hang" (never answers), "twice" (the answer comes twice), "cut" (half an answer),
    "lost" (it is done, but the answer gets lost), "busy", "stale", "unknown", "garbage".
    """

    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    done: list[dict[str, Any]] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    always: str = ""
    keys: set[str] = field(default_factory=set)
    tokens: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


BUSY = {"wecom": 45009, "dingtalk": 88, "robot": 45009}
STALE = {"wecom": 42001, "dingtalk": 40014, "robot": 42001}


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._answer(json.loads(body) if body.startswith("{") else {name: one[0] for name, one in parse_qs(body).items()})

        def _answer(self, body: dict[str, Any]) -> None:
            parts = urlsplit(self.path)
            asked = {
                "path": parts.path,
                "query": {k: v[0] for k, v in parse_qs(parts.query).items()},
                "body": body,
                "at": time.time(),
                "headers": dict(self.headers),
            }
            gateway.asked.append(asked)
            if parts.path in ("/cgi-bin/gettoken", "/gettoken"):
                gateway.tokens += 1
                return self._say(200, {"errcode": 0, "access_token": f"token{gateway.tokens}", "expires_in": 7200})
            if parts.path == "/topapi/v2/user/getbymobile":
                known = body.get("mobile", "").endswith("1")
                return self._say(200, {"errcode": 0, "result": {"userid": "u1"}} if known else {"errcode": 60121})
            return self._deliver(asked, gateway.moods.pop(0) if gateway.moods else gateway.always)

        def _deliver(self, asked: dict[str, Any], mood: str) -> None:
            kind = "wecom" if "message/send" in asked["path"] else "dingtalk" if "asyncsend" in asked["path"] else "robot"
            if mood.startswith("slow:"):
                time.sleep(float(mood.partition(":")[2]))
            if mood == "hang":
                time.sleep(30)
                return None
            if mood in ("500", "404"):
                return self._say(int(mood), {})
            if mood in ("busy", "stale", "unknown"):
                code = {"busy": BUSY[kind], "stale": STALE[kind], "unknown": 34001 if kind == "dingtalk" else 40003}[mood]
                return self._say(200, {"errcode": code})
            if mood == "garbage":
                return self._raw(200, b"<html>maintenance</html>")
            self._do(asked, kind)
            if mood == "lost":
                self.connection.close()
                return None
            answer = {"errcode": 0, "errmsg": "ok", "msgid": f"m{len(gateway.done)}", "task_id": len(gateway.done), "code": "OK"}
            if mood == "cut":
                return self._raw(200, json.dumps(answer).encode(), length=500)
            self._say(200, answer)
            if mood == "twice":
                self._say(200, answer)
            return None

        def _do(self, asked: dict[str, Any], kind: str) -> None:
            """A gateway that knows keys delivers the same one once; WeCom compares the whole request when it is told to."""
            key = asked["headers"].get("Idempotency-Key", "")
            if kind == "wecom" and asked["body"].get("enable_duplicate_check"):
                key = json.dumps(asked["body"], sort_keys=True)
            if not key or key not in gateway.keys:
                gateway.done.append(asked)
            gateway.keys.add(key)

        def _say(self, status: int, answer: dict[str, Any]) -> None:
            self._raw(status, json.dumps(answer).encode())

        def _raw(self, status: int, body: bytes, length: int = 0) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
                if length:
                    self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                """The other side has gone."""

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def gateway() -> Iterator[Gateway]:
    found = Gateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    server.block_on_close = False
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Postbox:
    """A real SMTP server. `refuse`: answers to the next recipients; `slow`: seconds before a mail is accepted."""

    port: int = 0
    mails: list[tuple[list[str], str]] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    slow: float = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.slow:
            import asyncio

            await asyncio.sleep(self.slow)
        self.mails.append((list(envelope.rcpt_tos), envelope.content.decode("utf-8", "replace")))
        return "250 OK"


@contextmanager
def postbox() -> Iterator[Postbox]:
    found = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port, ready_timeout=10)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


def use_mail(settings: Any, box: Postbox) -> None:
    """As SHOUWANG_MAIL would, without TLS: loopback."""
    settings.MAIL, settings.EMAIL_BACKEND = True, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", box.port, False, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "守望 <shouwang@yl.example.edu.cn>"
