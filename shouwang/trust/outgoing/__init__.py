"""The one door to other machines: addresses are resolved once, looked at, and then used as they were looked at.

A configured or typed address must not lead into the machine itself or into the network behind it (SSRF). Internal hosts are named by the
operator (SHOUWANG_INTERNAL_HOSTS); the cloud's metadata service and the like stay closed even then.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

MOST_BYTES = 4 * 1024 * 1024
TIMEOUT = 8
SCHEMES = frozenset({"http", "https"})
_NEVER = [
    ipaddress.ip_network(one) for one in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "0.0.0.0/8", "::/128")
]


Failure = requests.RequestException  # not reached, not answered, refused


class Refused(requests.RequestException):
    """An address the product does not call; the reason is the message."""


def why_not(address: str, allowed: Collection[str] = ()) -> str | None:
    """None when the address may be called, else the reason in Chinese. Looks the name up."""
    try:
        resolve(address, allowed)
    except Refused as reason:
        return str(reason)
    return None


def resolve(address: str, allowed: Collection[str] = ()) -> str:
    """The numeric address to connect to. Refused when any of the name's addresses is one that must not be called: a name that leads
    outside today and inside tomorrow does not get a second look-up.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as problem:
        raise Refused(f"网址写法不对：{problem}") from problem
    if parts.scheme not in SCHEMES or not parts.hostname or parts.username is not None:
        raise Refused("只能访问 http 或 https 网址，网址中不能带用户名")
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Refused(f"找不到主机 {parts.hostname}，请核对网址") from problem
    numbers = [str(one[4][0]).partition("%")[0] for one in found]
    internal = parts.hostname in allowed or parts.hostname.lower() in {name.lower() for name in allowed}
    for number in numbers:
        if reason := _why_not_number(ipaddress.ip_address(number), internal):
            raise Refused(f"{parts.hostname}：{reason}")
    return numbers[0]


def _why_not_number(number: ipaddress.IPv4Address | ipaddress.IPv6Address, internal: bool) -> str | None:
    inner = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
    if inner is not None:
        return _why_not_number(inner, internal)
    if any(number in network for network in _NEVER if network.version == number.version) or number.is_multicast:
        return "这是链路本地、元数据或保留地址，不能访问"
    if not internal and not number.is_global:
        return "这是内网或本机地址。确需访问时，由运维在 SHOUWANG_INTERNAL_HOSTS 中列出主机名"
    return None


class _Pinned(HTTPAdapter):
    """Connects to the address that was looked at; certificate and Host header stay those of the name."""

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = frozenset(allowed)
        super().__init__()

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        host, pool = self.build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool = pool | {"assert_hostname": host["host"], "server_hostname": host["host"]}
        return self.poolmanager.connection_from_host(**(host | {"host": resolve(request.url, self.allowed)}), pool_kwargs=pool)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.headers["Host"] = urlsplit(request.url).netloc
        answer = super().send(request, *args, **(kwargs | {"stream": True}))
        try:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        except urllib3.exceptions.HTTPError as problem:  # cut off in the middle, or never finished: a failure like any other
            answer.close()
            raise requests.ConnectionError(problem) from problem
        if len(body) > MOST_BYTES:
            answer.close()
            raise Refused("对方的回答太大，没有读完")
        answer._content = body
        return answer


class _Session(requests.Session):
    """No redirects (each would be a new address to look at), no proxies from the environment, never without an end."""

    def __init__(self, allowed: Collection[str]) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("http://", _Pinned(allowed))
        self.mount("https://", _Pinned(allowed))

    def request(self, method: Any, url: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(method, url, **(kwargs | {"allow_redirects": False}))


def session(*, allowed: Collection[str] = ()) -> requests.Session:
    """A session for one errand. `allowed`: hosts of the campus network that may be called although they are private."""
    return _Session(allowed)
