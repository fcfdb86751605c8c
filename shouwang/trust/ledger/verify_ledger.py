#!/usr/bin/env python3
"""核验“守望”操作记录的证明文件。Checks a proof file of the Shouwang ledger.

    python3 verify_ledger.py 证明.json [--key 公钥] [--code 短码]

只需要 Python 3.8 以上的标准库，不联网。Needs nothing but Python's standard library, and no network.
  --key   学校公布的公钥（64 位十六进制）   the public key that the school has published
  --code  公告栏或打印件上的树头短码         the short code of a head, as posted or printed
退出状态：0 证明成立，1 不成立，2 文件无法读取。Exit status: 0 proved, 1 not proved, 2 unreadable.

方法 Method: RFC 9162 (Merkle tree, sections 2.1.3.2 and 2.1.4.2), RFC 8032 (Ed25519 signatures).
"""
# mypy: allow-untyped-defs, allow-untyped-calls

import hashlib
import json
import sys

# ---- Ed25519, RFC 8032 section 5.1.7 and appendix A ----------------------------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(p, q):
    """Adds two points of the curve in extended coordinates."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    """A point added to itself."""
    sum_ = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            sum_ = add(sum_, point)
        point = add(point, point)
        scalar >>= 1
    return sum_


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point(encoded):
    """The point that 32 bytes stand for. ValueError for bytes that are none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, signature, message):
    """Whether `signature` (64 bytes) over `message` was made with the private half of `key` (32 bytes)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        a, r = point(key), point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return s < ORDER and same(times(s, BASE), add(r, times(h, a)))


# ---- Merkle tree, RFC 9162 section 2.1 -----------------------------------------------------------------------------
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_from_path(leaf, index, size, path):
    """The root that follows from a leaf and its audit path (2.1.3.2); None when the path has a wrong length."""
    f, s, r = index, size - 1, leaf
    if index >= size:
        return None
    for p in path:
        if s == 0:
            return None
        if f & 1 or f == s:
            r = sha(b"\x01", p, r)
            while not f & 1 and f:
                f, s = f >> 1, s >> 1
        else:
            r = sha(b"\x01", r, p)
        f, s = f >> 1, s >> 1
    return r if s == 0 else None


def is_beginning(old_size, old_root, new_size, new_root, path):
    """Whether the tree of `old_size` is the beginning of that of `new_size` (2.1.4.2)."""
    if old_size == 0:
        return not path and old_root == hashlib.sha256().digest()
    if old_size == new_size:
        return not path and old_root == new_root
    if not 0 < old_size < new_size or not path:
        return False
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    f, s = old_size - 1, new_size - 1
    while f & 1:
        f, s = f >> 1, s >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if s == 0:
            return False
        if f & 1 or f == s:
            fr, sr = sha(b"\x01", c, fr), sha(b"\x01", c, sr)
            while not f & 1 and f:
                f, s = f >> 1, s >> 1
        else:
            sr = sha(b"\x01", sr, c)
        f, s = f >> 1, s >> 1
    return fr == old_root and sr == new_root and s == 0


# ---- What the bytes are made of ------------------------------------------------------------------------------------
def head_text(head):
    return "\n".join(("shouwang-ledger-head-v1", str(head["size"]), head["root"], head["at"], head["previous"], "")).encode()


def short_code(head):
    number = int.from_bytes(hashlib.sha256(head_text(head)).digest()[:10], "big")
    signs = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(signs[at : at + 4] for at in range(0, 16, 4))


def leaf_of(entry):
    text = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha(b"\x00", text.encode())


def lines_digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


# ---- The checks: each says in both languages what holds or what does not ---------------------------------------------
class Report:
    def __init__(self):
        self.good = True

    def check(self, holds, zh, en):
        self.good = self.good and holds
        print(("[成立 holds]   " if holds else "[不成立 FAILS] ") + zh + "\n               " + en)

    def note(self, zh, en):
        print("[说明 note]    " + zh + "\n               " + en)


def check_head(report, head, name, key):
    signed = is_signed(bytes.fromhex(head["key"]), bytes.fromhex(head["signature"]), head_text(head))
    where = f"size {head['size']}, {head['at']}, {short_code(head)}"
    report.check(signed, f"{name}树头（{where}）由公钥 {head['key'][:16]}… 签名", f"the {name} head ({where}) is signed by that key")
    if key:
        report.check(head["key"].lower() == key.lower(), "签名公钥就是给出的公钥", "the signing key is the key you gave")


def check_inclusion(report, proof, key):
    entry, head = proof["entry"], proof["head"]
    path = [bytes.fromhex(one) for one in proof["path"]]
    root = root_from_path(leaf_of(entry), proof["leaf"], head["size"], path)
    words = proof.get("sentence", {"zh": entry["kind"], "en": entry["kind"]})
    who = "平台 the platform" if entry["by"] is None else f"账号 account {entry['by']}"
    print(f"记录 Entry {entry['id']} · {entry['at']} · {who} · {words['zh']} ({words['en']})\n")
    report.check(
        root is not None and root.hex() == head["root"],
        f"这条记录是 {head['size']} 条记录中的第 {proof['leaf'] + 1} 条，内容一字未改",
        f"this entry is number {proof['leaf'] + 1} of {head['size']}, and not one sign of it was changed",
    )
    if "about" in proof:
        about = lines_digest(sorted(proof["about"])) == entry["about"]
        report.check(about, "所列对象正是记录中的对象：" + "、".join(proof["about"][:8]), "the subjects listed are those of the entry")
    else:
        report.note("涉及的对象没有公开，只有摘要", "the subjects are not disclosed, only their digest")
    if "seals" in proof:
        seals = (lines_digest(proof["seals"]) if proof["seals"] else "") == entry["seals"]
        report.check(seals, f"所列 {len(proof['seals'])} 行数据的摘要正是当时绑定的", "the digests of rows listed are those bound then")
    check_head(report, head, "", key)


def check_consistency(report, proof, key):
    old, new = proof["old"], proof["new"]
    path = [bytes.fromhex(one) for one in proof["path"]]
    report.check(
        is_beginning(old["size"], bytes.fromhex(old["root"]), new["size"], bytes.fromhex(new["root"]), path),
        f"较早的 {old['size']} 条记录原样保留在后来的 {new['size']} 条之中：没有改动、删除、插入或调换",
        f"the {old['size']} earlier entries stand unchanged at the beginning of the {new['size']}: none altered, removed, inserted or moved",
    )
    check_head(report, old, "较早 earlier ", key)
    check_head(report, new, "后来 later ", key)


def limits(report, key, code):
    print("\n没有证明的 What this does not prove:")
    if not key and not code:
        report.note("公钥是否属于学校：请与学校公布的公钥比较（--key），或与打印的短码比较（--code）",
                    "that the key is the school's: compare it with the published one (--key) or with a posted short code (--code)")  # fmt: skip
    report.note("记录里写的事是否真实：只证明它在那时写下，之后没有被改动",
                "that what was recorded is true: only that it was recorded and not changed since")  # fmt: skip
    report.note("时刻来自学校的时钟；若树头带有 RFC 3161 时间戳，可用 openssl ts -verify 核验",
                "the moments are of the school's clock; an RFC 3161 stamp of a head can be checked with openssl ts -verify")  # fmt: skip


def main(arguments):
    options = dict(zip(arguments[1::2], arguments[2::2]))  # noqa: B905  older Pythons than ours read this too
    if not arguments or set(options) - {"--key", "--code"} or len(arguments) % 2 == 0:
        print(__doc__)
        return 2
    key, code = options.get("--key", ""), options.get("--code", "")
    report, kinds = Report(), {"inclusion": check_inclusion, "consistency": check_consistency}
    try:
        with open(arguments[0], encoding="utf-8") as stream:
            proof = json.load(stream)
        kind = proof["proof"].split("-")[2] if proof["proof"].endswith("-v1") else ""
        kinds[kind](report, proof, key)
        heads = [proof[name] for name in ("head", "old", "new") if name in proof]
        if code:
            known = code.upper() in [short_code(head) for head in heads]
            report.check(known, f"短码 {code} 是其中一个树头的短码", f"the short code {code} is that of a head in this file")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as reason:
        print(f"文件无法读取，或不是证明文件。The file cannot be read, or is no proof: {reason!r}")
        return 2
    limits(report, key, code)
    print("\n结论 Conclusion: " + ("证明成立 PROVED" if report.good else "证明不成立 NOT PROVED"))
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
