"""One spelling for headings and labels: width, case, spaces, brackets and marks of emphasis do not matter."""

import re
import unicodedata

_NOISE = re.compile(r"[\s*＊:：'\"“”‘’`·•_\-—]+")


def normal(text: str) -> str:
    """The comparable form of a heading or label: NFKC, lower case, without spaces, stars, colons, quotes and dashes."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return _NOISE.sub("", folded) or folded
