"""The campus as tests know it: a CAS server by name; whoever needs an answer from it plays it on loopback."""

from typing import Any

CAS = "https://cas.example.edu.cn/cas"


def offer_cas(settings: Any, address: str = CAS, **more: str) -> None:
    """The sign-in page offers CAS, as with SHOUWANG_CAS_URL."""
    app = {"name": "统一身份认证", "client_id": "cas", "provider_id": "cas", "settings": {"server_url": address, **more}}
    settings.CAMPUS = {"cas": {"name": "统一身份认证", "origin": address}}
    settings.SOCIALACCOUNT_PROVIDERS = {"cas": {"APPS": [app]}}
