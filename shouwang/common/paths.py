"""Materialised paths of the organisation tree: four base-36 digits a level, so that a subtree is one index range."""

WIDTH = 4
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def step(number: int) -> str:
    """One level's four digits for the n-th child (0 ≤ n < 36**4). ValueError beyond."""
    if not 0 <= number < 36**WIDTH:
        raise ValueError(f"a unit has at most {36**WIDTH} children, not {number}")
    digits = ""
    for _ in range(WIDTH):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


def next_path(path: str) -> str:
    """The first path behind the subtree of `path`: the subtree is `path <= p < next_path(path)`. '~' for the empty path."""
    return path[:-1] + chr(ord(path[-1]) + 1) if path else "~"


def covers(path: str, other: str) -> bool:
    """Whether `other` is `path` itself or lies below it."""
    return other.startswith(path)


def ancestors(path: str) -> list[str]:
    """The paths from the root down to `path` itself."""
    return [path[:end] for end in range(WIDTH, len(path) + 1, WIDTH)]
