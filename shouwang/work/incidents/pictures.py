"""Photographs without what a camera writes into them: only the parts a picture needs are copied, everything else is left out. Pure."""

import struct
import zlib

JPEG, PNG = "jpeg", "png"
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# Start of frame, tables, scan; APP0 (JFIF) and APP14 (Adobe: how colours are coded) are rebuilt or kept only in their short standard form.
_KEPT = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA"})
LARGEST_SIDE = 12_000


class NoPicture(ValueError):
    """Neither a JPEG nor a PNG, or a broken one."""


def stripped(data: bytes) -> tuple[str, bytes]:
    """(kind, the picture without metadata). NoPicture for anything else: HEIC, GIF, SVG, PDF, a program with another ending."""
    if data[:3] == b"\xff\xd8\xff":
        return JPEG, _jpeg(data)
    if data[:8] == _PNG_HEAD:
        return PNG, _png(data)
    raise NoPicture("neither JPEG nor PNG")


def _jpeg(data: bytes) -> bytes:
    """Segment by segment up to the end of the picture; whatever follows it is dropped as well."""
    kept, at, scanned, framed = [b"\xff\xd8"], 2, False, False
    while True:
        marker, at = _marker(data, at)
        if marker == 0xD9:
            break
        if marker in _ALONE:
            continue
        if at + 2 > len(data):
            raise NoPicture("cut off")
        length = struct.unpack_from(">H", data, at)[0]
        segment = data[at : at + length]
        if length < 2 or len(segment) < length:
            raise NoPicture("cut off")
        at += length
        if marker in _KEPT or _is_adobe(marker, segment):
            kept.append(bytes((0xFF, marker)) + segment)
            framed = framed or marker in (0xC0, 0xC1, 0xC2) and _fits(segment)
        elif marker == 0xDA:
            ends = _scan_end(data, at)
            kept.append(b"\xff\xda" + segment + data[at:ends])
            at, scanned = ends, True
    if not (scanned and framed):
        raise NoPicture("no picture inside")
    return b"".join([*kept, b"\xff\xd9"])


def _marker(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data) or data[at] != 0xFF:
        raise NoPicture("no marker where one must stand")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise NoPicture("cut off")
    return data[at], at + 1


def _scan_end(data: bytes, at: int) -> int:
    """Where the coded picture ends: at the first marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise NoPicture("cut off")
        if data[at + 1] != 0x00 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _is_adobe(marker: int, segment: bytes) -> bool:
    return marker == 0xEE and len(segment) == 14 and segment[2:7] == b"Adobe"


def _fits(segment: bytes) -> bool:
    if len(segment) < 7:
        raise NoPicture("cut off")
    height, width = struct.unpack_from(">HH", segment, 3)
    if not 0 < width <= LARGEST_SIDE or not 0 < height <= LARGEST_SIDE:
        raise NoPicture("no size, or an unreasonable one")
    return True


def _png(data: bytes) -> bytes:
    kept, at, names = [_PNG_HEAD], len(_PNG_HEAD), []
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        name, whole = data[at + 4 : at + 8], data[at : at + 12 + length]
        if len(whole) < 12 + length or struct.unpack(">I", whole[-4:])[0] != zlib.crc32(whole[4:-4]):
            raise NoPicture("cut off or changed")
        at += 12 + length
        if name in _PNG_KEPT:
            kept.append(whole)
            names.append(name)
        if name == b"IEND":
            break
    if not names or names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise NoPicture("no picture inside")
    width, height = struct.unpack_from(">II", kept[1], 8)
    if not 0 < width <= LARGEST_SIDE or not 0 < height <= LARGEST_SIDE:
        raise NoPicture("an unreasonable size")
    return b"".join(kept)
