"""A passkey without a browser: a registration as an authenticator would have sent it, for pages that list and rename keys."""

import hashlib
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData


def registration(name: bytes = b"key-1") -> dict[str, Any]:
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(Aaguid.NONE, hashlib.sha256(name).digest(), public)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(hashlib.sha256(b"testserver").digest(), flags, 0, credential)
    attestation = AttestationObject.create("none", data, {})
    client = CollectedClientData.create("webauthn.create", b"challenge", "https://testserver")
    key = websafe_encode(credential.credential_id)
    response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(attestation)}
    return {"id": key, "rawId": key, "type": "public-key", "response": response, "clientExtensionResults": {"credProps": {"rk": True}}}


def key_of(account: Any, name: str = "办公室电脑") -> Authenticator:
    data = {"name": name, "credential": registration(name.encode() + str(account.pk).encode())}
    return Authenticator.objects.create(user=account, type=Authenticator.Type.WEBAUTHN, data=data)
