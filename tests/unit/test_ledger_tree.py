"""The Merkle tree against its definition (RFC 9162, 2.1), written here a second time from the text; and the verifier's signatures against RFC 8032."""

import hashlib
import importlib.util
from pathlib import Path

import pytest

from shouwang.trust.ledger import tree

VERIFIER = Path(tree.__file__).with_name("verify_ledger.py")


def verifier():
    found = importlib.util.spec_from_file_location("verify_ledger", VERIFIER)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def h(data):
    return hashlib.sha256(data).digest()


def k_of(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(leaves):
    """2.1.1: the definition, over the leaves themselves."""
    if not leaves:
        return h(b"")
    if len(leaves) == 1:
        return h(b"\x00" + leaves[0])
    k = k_of(len(leaves))
    return h(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m, leaves):
    """2.1.3.1"""
    if len(leaves) == 1:
        return []
    k = k_of(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m, leaves, whole):
    """2.1.4.1"""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = k_of(n)
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


LEAVES = [f"entry {n}".encode() for n in range(64)]


def stored(count, steps=(1,)):
    """The nodes of a tree that grew in pieces of these sizes."""
    nodes, size, at = {}, 0, 0
    while size < count:
        piece = LEAVES[size : min(size + steps[at % len(steps)], count)]
        new = list(tree.grown(size, [tree.leaf(one) for one in piece], nodes))
        assert not {(level, index) for level, index, _ in new} & nodes.keys(), "a node never changes"
        nodes.update({(level, index): one for level, index, one in new})
        size, at = size + len(piece), at + 1
    return nodes


def reader(nodes):
    return lambda places: {place: nodes[place] for place in places}


@pytest.mark.parametrize("size", range(65))
def test_root_and_proofs_of_every_size(size):
    nodes, checks = stored(size), verifier()
    assert nodes == stored(size, (3, 1, 7)) == stored(size, (64,))
    assert len(nodes) == sum(size >> level for level in range(8))
    root = tree.root(size, reader(nodes))
    assert root == mth(LEAVES[:size]).hex()
    for at in range(size):
        proof = [bytes.fromhex(one) for one in tree.roots(tree.inclusion(at, size), reader(nodes))]
        assert proof == path(at, LEAVES[:size])
        leaf = h(b"\x00" + LEAVES[at])
        assert checks.root_from_path(leaf, at, size, proof).hex() == root
        for wrong in (checks.root_from_path(leaf, at, size, proof[:-1]), checks.root_from_path(h(b"\x00x"), at, size, proof)):
            assert size == 1 or wrong is None or wrong.hex() != root
        assert checks.root_from_path(leaf, at, size, [*proof, h(b"")]) is None
    for old in range(1, size + 1):
        proof = [bytes.fromhex(one) for one in tree.roots(tree.consistency(old, size), reader(nodes))]
        assert proof == subproof(old, LEAVES[:size], True)
        before = mth(LEAVES[:old])
        assert checks.is_beginning(old, before, size, bytes.fromhex(root), proof)
        assert not checks.is_beginning(old, mth([*LEAVES[: old - 1], b"x"]), size, bytes.fromhex(root), proof)
        if old < size:
            assert not checks.is_beginning(old, before, size, bytes.fromhex(root), [*proof, h(b"")])
            assert not checks.is_beginning(old, before, size, bytes.fromhex(root), proof[:-1])


# RFC 8032, 7.1: TEST 1, 2, 3, 1024 is left out for its length, SHA(abc)
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032(key, message, signature):
    key, message, signature = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    check = verifier().is_signed
    assert check(key, signature, message)
    assert not check(key, signature, message + b"x")
    assert not check(key, signature[:-1] + bytes([signature[-1] ^ 1]), message)
    assert not check(key, signature[:63], message) and not check(b"\xff" * 32, signature, message)
    high = int.from_bytes(signature[32:], "little") + verifier().ORDER
    assert not check(key, signature[:32] + high.to_bytes(32, "little"), message), "the same signature in a second form"


def test_the_verifier_agrees_with_the_library_about_random_keys():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    check = verifier().is_signed
    for n in range(20):
        key = Ed25519PrivateKey.from_private_bytes(h(bytes([n])))
        public, signature = key.public_key().public_bytes_raw(), key.sign(LEAVES[n])
        assert check(public, signature, LEAVES[n]) and not check(public, signature, LEAVES[n + 1])
