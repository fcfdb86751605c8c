"""From the sealed words and the numbers of a letter to its page; and where copies lie. Nothing here decides anything."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from shouwang.trust.vault import files
from shouwang.work.letters import policies, wording
from shouwang.work.letters.models import Batch, Letter, Template
from shouwang.work.printing import codes, templates
from shouwang.work.printing.pages import Press


@dataclass(frozen=True, slots=True)
class Figure:
    """A number behind a reason, as it is printed: 不及格门数：5 门（提醒线 ≥ 3）."""

    title: str
    value: str
    line: str


@dataclass(frozen=True, slots=True)
class Reason:
    sentence: str
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a letter says but its numbers and days. Sealed as one text: it is a document, and is only ever read whole."""

    school: str
    unit: str
    title: str
    to: str
    addressee: str
    student: str
    student_number: str
    class_name: str
    opening: str
    reasons: tuple[Reason, ...]
    remark: str
    as_of: str
    advice: tuple[str, ...]
    closing: str
    contact: str
    receipt_text: str

    def packed(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def unpacked(cls, text: str) -> "Words":
        given = json.loads(text)
        reasons = tuple(Reason(one["sentence"], tuple(Figure(**fig) for fig in one["figures"])) for one in given.pop("reasons"))
        return cls(**given | {"reasons": reasons, "advice": tuple(given["advice"])})


@cache
def press() -> Press:
    return Press(wording.page())


def day(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.year} 年 {local.month} 月 {local.day} 日"


def sheet(words: Words, letter: Letter) -> dict[str, Any]:
    """What the page is set from. A draft has dashes where its numbers will stand."""
    issued = letter.number is not None and letter.year is not None
    code = letter.receipt or ""
    return asdict(words) | {
        "class": words.class_name,
        "number": policies.number(words.unit, letter.year or 0, letter.number or 0) if issued else "（发出时编号）",
        "date": day(letter.issued_at) if letter.issued_at else "（发出日期）",
        "receipt": code or "（发出时编号）",
        "due": day(letter.due_at) if letter.due_at else "（发出时确定）",
        "qr": codes.svg(address(code)) if code else "",
    }


def address(code: str) -> str:
    """What the QR code says: the page that enters this receipt; the number alone where the school has no fixed address."""
    base = str(getattr(settings, "ADDRESS", ""))
    return f"{base}/letters/receipts/?number={code}" if base else code


def pdf(sheets: Sequence[dict[str, Any]], at: datetime) -> bytes:
    return press().pdf(sheets, at)


def picture(one: dict[str, Any]) -> list[bytes]:
    return list(press().pictures([one]))


def filled(template: Template, one: Mapping[str, Any]) -> bytes:
    """The letter on the school's own paper."""
    names = {
        "学校": "school",
        "学院": "unit",
        "标题": "title",
        "编号": "number",
        "收件人": "to",
        "姓名": "student",
        "学号": "student_number",
    }
    names |= {
        "班级": "class",
        "开头": "opening",
        "补充": "remark",
        "结尾": "closing",
        "联系人": "contact",
        "日期": "date",
        "数据截至": "as_of",
    }
    names |= {"回执编号": "receipt", "回执正文": "receipt_text", "回执期限": "due"}
    values: dict[str, object] = {mark: one[key] for mark, key in names.items()}
    values |= {"事由": [reason["sentence"] for reason in one["reasons"]], "建议": list(one["advice"]), "二维码": ""}
    code = str(one["receipt"])
    return templates.fill(template_bytes(template), values, {"二维码": codes.png(address(code))} if code.isdigit() else None)


def folder() -> Path:
    path = Path(settings.DATA) / "letters"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _place(path: Path) -> str:
    return f"letters/{path.name}"


def copy_path(letter: Letter) -> Path:
    return folder() / f"{letter.uuid}.{letter.copy_format}"


def bundle_path(batch: Batch) -> Path:
    return folder() / f"bundle-{batch.uuid}.{'zip' if batch.template_id else 'pdf'}"


def template_path(template: Template) -> Path:
    return folder() / f"template-{template.uuid}.docx"


def keep(content: bytes, path: Path, subject: str) -> str:
    """Sealed with the subject's key, whole or not at all; the SHA-256 of the text."""
    return files.seal_to(io.BytesIO(content), path, subject=subject, place=_place(path)).sha256


def kept(path: Path) -> bytes | None:
    """What lies there; None when it is gone."""
    return files.open_file(path, place=_place(path)).read() if path.exists() else None


def template_bytes(template: Template) -> bytes:
    found = kept(template_path(template))
    if found is None or hashlib.sha256(found).hexdigest() != template.sha256:
        raise templates.BadTemplate(["模板文件不见了或被改动过。请从备份恢复，或重新上传模板。"])
    return found


def zipped(named: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in named:
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
