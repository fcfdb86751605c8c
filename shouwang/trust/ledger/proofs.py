"""Proofs that leave the house as a file: one entry stands in a signed tree; a later tree begins with all of an earlier one.

The recipient checks them with `verify_ledger.py`, which knows nothing of this program.
"""

from typing import Any

from shouwang.trust.ledger import heads, tree
from shouwang.trust.ledger.canonical import moment
from shouwang.trust.ledger.models import Entry, Head, Tree
from shouwang.trust.ledger.policies import sentence
from shouwang.trust.ledger.sequencer import fields, read, seals_of, sequence, subjects_of


class NoProof(Exception):
    """Why there can be no proof, in Chinese, with the remedy."""


def inclusion(entry: Entry, head: Head, *, reveal: bool) -> dict[str, Any]:
    """That `entry` stands under `head`. With `reveal`, the file names whom it is about and the rows it bound; else only their digests."""
    if entry.leaf is None:  # a place, once given, never changes
        sequence()
        entry.refresh_from_db(fields=["leaf"])
    if entry.leaf is None or entry.leaf >= head.size:
        raise NoProof("这条记录比最新的签名树头更新。请先点“立即签名”，再下载证明。")
    subjects, seals = sorted(subjects_of([entry.pk])[entry.pk]), seals_of([entry.pk])[entry.pk]
    opened = {"about": subjects, "seals": seals} if reveal else {}
    return {
        "proof": "shouwang-ledger-inclusion-v1",
        "entry": fields(entry, subjects, seals),
        "sentence": {"zh": sentence(entry.kind), "en": sentence(entry.kind, "en")},
        **opened,
        "leaf": entry.leaf,
        "path": tree.roots(tree.inclusion(entry.leaf, head.size), read),
        "head": described(head),
    }


def consistency(old: Head, new: Head) -> dict[str, Any]:
    """That everything under `old` stands unchanged at the beginning of `new`."""
    if old.size > new.size:
        raise NoProof("请把较早的树头放在前面。")
    ranges = tree.consistency(old.size, new.size) if old.size else []
    path = tree.roots(ranges, read)
    return {"proof": "shouwang-ledger-consistency-v1", "old": described(old), "new": described(new), "path": path}


def described(head: Head) -> dict[str, Any]:
    """A head as it stands in a proof file and on paper."""
    found = {"size": head.size, "root": head.root, "at": moment(head.at), "previous": head.previous}
    found |= {"key": head.key, "signature": head.signature, "code": heads.code(head)}
    return found | ({"timestamp_rfc3161": head.token} if head.token else {})


def size() -> int:
    """How many entries have their place."""
    return Tree.objects.filter(pk=1).values_list("size", flat=True).first() or 0
