"""The Merkle tree of RFC 9162, section 2.1, as arithmetic over complete subtrees; no database, no Django.

Node (level, index) is the root over the 2**level leaves from index * 2**level on. Only complete subtrees are kept: a node never changes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

Place = tuple[int, int]  # level, index
Range = tuple[int, int]  # from leaf, up to and without leaf
Read = Callable[[Iterable[Place]], Mapping[Place, str]]
EMPTY = sha256(b"").hexdigest()


def leaf(content: bytes) -> str:
    """The hash of one entry, in hex."""
    return sha256(b"\x00" + content).hexdigest()


def inner(left: str, right: str) -> str:
    """The hash over two neighbours, in hex."""
    return sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def places(low: int, high: int) -> list[Place]:
    """The complete subtrees that make up the leaves of a range, from left to right, largest possible each."""
    found = []
    while low < high:
        level = (high - low).bit_length() - 1
        if low:
            level = min(level, (low & -low).bit_length() - 1)
        found.append((level, low >> level))
        low += 1 << level
    return found


def joined(hashes: Sequence[str]) -> str:
    """The root over complete subtrees of falling size: the largest power of two is always split off on the left."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = inner(left, found)
    return found


def roots(ranges: Sequence[Range], read: Read) -> list[str]:
    """The root of every range, with one reading of nodes."""
    wanted = [places(*one) for one in ranges]
    nodes = read({place for found in wanted for place in found})
    return [joined([nodes[place] for place in found]) for found in wanted]


def root(size: int, read: Read) -> str:
    """The root of the first `size` leaves."""
    return roots([(0, size)], read)[0]


def _split(low: int, high: int) -> int:
    """Where the left subtree ends: the largest power of two below the number of leaves."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def inclusion(at: int, size: int) -> list[Range]:
    """The ranges whose roots prove leaf `at` in a tree of `size` (RFC 9162, 2.1.3.1), lowest first."""
    low, high, path = 0, size, []
    while high - low > 1:
        middle = _split(low, high)
        if at < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    return path[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """The ranges whose roots prove that the tree of `old` leaves is the beginning of that of `size` (RFC 9162, 2.1.4.1)."""
    low, high, whole, path = 0, size, True, []
    while old != high:
        middle = _split(low, high)
        if old <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, whole = middle, False
    return ([] if whole else [(low, high)]) + path[::-1]


def frontier(size: int) -> list[Place]:
    """The nodes on the right edge that new leaves are joined to."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def grown(size: int, leaves: Sequence[str], edge: Mapping[Place, str]) -> Iterator[tuple[int, int, str]]:
    """The nodes (level, index, hash) that become complete when `leaves` are appended to a tree of `size`; `edge` holds its frontier."""
    level, first, row = 0, size, list(leaves)
    while row:
        yield from ((level, first + offset, one) for offset, one in enumerate(row))
        if first & 1:
            first, row = first - 1, [edge[level, first - 1], *row]
        row = [inner(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        level, first = level + 1, first >> 1
