"""The door to other machines: what may be called, what never, and that the connection goes where was looked."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shouwang.trust import outgoing


def names(monkeypatch, **known: list[str]) -> list[str]:
    """A name server of our own; returns the list of look-ups."""
    asked: list[str] = []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        found = known.get(host.replace(".", "_").replace("-", "_"))
        if found is None:
            raise socket.gaierror("unknown")
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://224.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://",
        "http://user:password@example.com/",
        "http://example.com:99999/",
        "//example.com/",
        "javascript:alert(1)",
    ],
)
def test_what_is_never_called(address):
    assert outgoing.why_not(address), address


def test_names_that_lead_inside_are_refused(monkeypatch):
    names(monkeypatch, inside_example=["10.0.0.5"], both_example=["93.184.216.34", "127.0.0.1"], outside_example=["93.184.216.34"])
    assert "内网" in str(outgoing.why_not("https://inside.example/"))
    assert outgoing.why_not("https://both.example/"), "one address inside is enough"
    assert outgoing.why_not("https://outside.example/") is None
    assert "找不到" in str(outgoing.why_not("https://unknown.example/"))


def test_named_hosts_of_the_campus_may_be_private_but_never_metadata(monkeypatch):
    names(monkeypatch, cas_example=["10.0.0.5"], evil_example=["169.254.169.254"])
    assert outgoing.why_not("https://cas.example/", {"cas.example"}) is None
    assert outgoing.why_not("https://evil.example/", {"evil.example"})


@pytest.fixture
def server():
    """Answers with what it was asked; /big answers without an end, /away elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/")
                self.end_headers()
                return
            body = b"x" * (outgoing.MOST_BYTES + 10) if self.path == "/big" else self.headers["Host"].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Quiet."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.server_address[1]
    running.shutdown()
    running.server_close()


def test_the_connection_goes_to_the_address_that_was_looked_at(server, monkeypatch):
    real = socket.getaddrinfo
    answers = iter([["127.0.0.1"]])  # a second look-up would find nothing: it must not happen

    def getaddrinfo(host, port, *args, **kwargs):
        if host == "campus.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(answers)]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", getaddrinfo)
    with outgoing.session(allowed={"campus.example"}) as session:
        assert session.get(f"http://campus.example:{server}/").text == f"campus.example:{server}"


def test_redirects_are_not_followed_and_answers_end(server):
    with outgoing.session(allowed={"localhost"}) as session:
        assert session.get(f"http://localhost:{server}/away").status_code == 302
        with pytest.raises(outgoing.Refused, match="太大"):
            session.get(f"http://localhost:{server}/big")
    with outgoing.session() as session, pytest.raises(outgoing.Refused):
        session.get(f"http://localhost:{server}/")


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with outgoing.session(allowed={"localhost"}) as session:
        assert session.get(f"http://localhost:{server}/").status_code == 200
