"""The campus as tests know it: a CAS server that follows the protocol, on loopback, and the settings that name it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

CAS = "https://cas.example.edu.cn/cas"
SPACE = 'xmlns:cas="http://www.yale.edu/tp/cas"'


def offer_cas(settings: Any, address: str = CAS, **more: str) -> None:
    """The sign-in page offers CAS, as with SHOUWANG_CAS_URL."""
    app = {"name": "统一身份认证", "client_id": "cas", "provider_id": "cas", "settings": {"server_url": address, **more}}
    settings.CAMPUS = {"cas": {"name": "统一身份认证", "origin": address}}
    settings.SOCIALACCOUNT_PROVIDERS = {"cas": {"APPS": [app]}}


class FakeCas:
    """CAS 3.0 as its specification says: /login gives a ticket for a service to whoever types a name; /p3/serviceValidate takes each
    ticket once, and only together with the very service it was given for.
    """

    def __init__(self) -> None:
        self.tickets: dict[str, tuple[str, str]] = {}
        self.answer: bytes | None = None  # a hostile campus says this instead
        self.count = 0
        self.address = ""

    def ticket(self, service: str, user: str) -> str:
        self.count += 1
        word = f"ST-{self.count}-{user}"
        self.tickets[word] = (service, user)
        return word

    def validate(self, service: str, ticket: str) -> bytes:
        if self.answer is not None:
            return self.answer
        given, user = self.tickets.pop(ticket, ("", ""))
        if not user or given != service:
            code = "INVALID_TICKET" if not user else "INVALID_SERVICE"
            return f'<cas:serviceResponse {SPACE}><cas:authenticationFailure code="{code}">no</cas:authenticationFailure></cas:serviceResponse>'.encode()
        inside = f"<cas:user>{escape(user)}</cas:user><cas:attributes><cas:staffNo>{escape(user.upper())}</cas:staffNo></cas:attributes>"
        return (
            f"<cas:serviceResponse {SPACE}><cas:authenticationSuccess>{inside}</cas:authenticationSuccess></cas:serviceResponse>".encode()
        )


@contextmanager
def campus() -> Iterator[FakeCas]:
    fake = FakeCas()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            if asked.path == "/cas/p3/serviceValidate":
                self._say(fake.validate(query.get("service", ""), query.get("ticket", "")), "text/xml")
            elif asked.path == "/cas/login" and "username" in query:
                ticket = fake.ticket(query["service"], query["username"])
                self.send_response(302)
                self.send_header("Location", f"{query['service']}{'&' if '?' in query['service'] else '?'}ticket={quote(ticket)}")
                self.end_headers()
            elif asked.path == "/cas/login":
                service = escape(query.get("service", ""), {'"': "&quot;"})
                form = f'<form><input type=hidden name=service value="{service}"><input name=username aria-label=number><button>campus</button></form>'
                self._say(f"<!doctype html><title>CAS</title>{form}".encode(), "text/html; charset=utf-8")
            else:
                self.send_error(404)

        def _say(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.address = f"http://localhost:{server.server_address[1]}/cas"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
