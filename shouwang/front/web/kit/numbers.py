"""A whole number that somebody sent: out of an address or a form, where anything may stand."""


def number(text: str, digits: int = 18) -> int | None:
    """None unless it is up to `digits` plain digits. "²" is a digit to Python and no number; thousands of digits are refused by int itself."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
