"""Word templates somebody uploaded: hostile until checked, filled in a sandbox.

A placeholder is {{ 姓名 }}; a list may be gone through once with {%p for 句 in 事由 %} … {%p endfor %}. Nothing else of the template language is
allowed: no attributes, calls, filters or arithmetic, so that neither the server nor other people's data can be reached from a document.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_BYTES = 5 << 20  # as uploaded
MOST_UNFOLDED = 40 << 20
MOST_TEXT = 3 << 20  # one part that is read as text
MOST_PARTS = 400
MOST_PLACEHOLDERS = 200
_FORBIDDEN_PARTS = re.compile(r"vbaProject|vbaData|activeX|embeddings/|oleObject|afchunk", re.IGNORECASE)
_FIELD = re.compile(r"^\s*(PAGE|NUMPAGES|SECTIONPAGES|DATE|TIME)\b", re.IGNORECASE)
_TEXT_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml$")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class BadTemplate(Exception):
    """Why a template is refused; `reasons` are sentences for people, each with its remedy."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Checked:
    """A harmless template: which placeholders it uses, and which of those that must stand in it are missing."""

    used: tuple[str, ...]
    missing: tuple[str, ...]


def check(content: bytes, *, texts: Collection[str], lists: Collection[str], required: Collection[str] = ()) -> Checked:
    """BadTemplate with every reason, unless the file is a plain Word document whose placeholders are all known."""
    parts = _parts(content)
    reasons = _dangers(parts)
    if reasons:
        raise BadTemplate(reasons)
    used: set[str] = set()
    for xml in _template_texts(content):
        used |= _names(xml, texts, lists, reasons)
    if reasons:
        raise BadTemplate(list(dict.fromkeys(reasons)))
    return Checked(tuple(sorted(used)), tuple(name for name in required if name not in used))


def fill(content: bytes, values: Mapping[str, object], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The document with its placeholders filled; pictures are PNG, 26 mm wide. The template must have been checked. BadTemplate when it fails."""
    document = DocxTemplate(io.BytesIO(content))
    drawn = {name: InlineImage(document, io.BytesIO(png), width=Mm(26)) for name, png in (pictures or {}).items()}
    try:
        document.render({**values, **drawn}, _sandbox())
    except (TemplateError, ValueError, KeyError) as problem:
        raise BadTemplate([f"模板填写时出错：{problem}。请重新上传并检查。"]) from problem
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _sandbox() -> Environment:
    return ImmutableSandboxedEnvironment(autoescape=True)


def _parts(content: bytes) -> dict[str, bytes]:
    """The parts of the package. BadTemplate when it is none, or would unfold beyond reason."""
    if len(content) > MOST_BYTES:
        raise BadTemplate([f"文件超过 {MOST_BYTES >> 20} MB。请删去模板中的大图片后再上传。"])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNFOLDED:
                raise BadTemplate(["文件展开后过大，不像一份公文模板。请用 Word 另存为新的 .docx 后再上传。"])
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise BadTemplate(["这不是能打开的 .docx 文件。请用 Word 或 WPS 另存为 .docx 后再上传。"]) from problem
    if sum(map(len, parts.values())) > MOST_UNFOLDED:  # a size in the directory may be a lie
        raise BadTemplate(["文件展开后过大，不像一份公文模板。请用 Word 另存为新的 .docx 后再上传。"])
    return parts


def _dangers(parts: dict[str, bytes]) -> list[str]:
    """Everything in the package that does something by itself or points outside."""
    reasons = []
    if "word/document.xml" not in parts or "[Content_Types].xml" not in parts:
        return ["文件里没有 Word 正文。请用 Word 或 WPS 另存为 .docx 后再上传。"]
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in parts):
        reasons.append("文件里有指向别处的路径。请用 Word 另存为新的 .docx 后再上传。")
    if b"macroEnabled" in parts["[Content_Types].xml"] or any(_FORBIDDEN_PARTS.search(name) for name in parts):
        reasons.append("文件含有宏、控件或嵌入的对象。请删去后另存为 .docx 再上传。")
    for name, xml in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        if len(xml) > MOST_TEXT:
            reasons.append(f"{name} 过大。请删去模板中不需要的内容。")
        elif b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            reasons.append("文件里有外部实体定义。请用 Word 另存为新的 .docx 后再上传。")
        else:
            reasons += _dangers_of(name, xml)
    return list(dict.fromkeys(reasons))


def _dangers_of(name: str, xml: bytes) -> Iterator[str]:
    try:
        tree = ElementTree.fromstring(xml)  # noqa: S314 - entities were refused
    except ElementTree.ParseError:
        yield f"{name} 已损坏。请用 Word 另存为新的 .docx 后再上传。"
        return
    if name.endswith(".rels"):
        if any(item.get("TargetMode") == "External" for item in tree):
            yield "文件链接到外部地址（图片、模板或网页）。请把链接改成普通文字，把图片插入文件。"
        return
    if name.startswith("docProps/") and any("{{" in (item.text or "") or "{%" in (item.text or "") for item in tree.iter()):
        yield "文件属性里有占位符。请在“文件 → 信息”中清空标题、作者等属性。"
    fields = [item.text or "" for item in tree.iter(f"{_W}instrText")] + [
        item.get(f"{_W}instr", "") for item in tree.iter(f"{_W}fldSimple")
    ]
    if any(field.strip() and not _FIELD.match(field) for field in fields):
        yield "文件里有会读取外部内容的域。请只保留页码和日期，其余改成普通文字。"
    if any(item.tag.endswith("}altChunk") for item in tree.iter()):
        yield "文件里嵌入了另一份文档。请把内容直接粘贴进来。"


def _template_texts(content: bytes) -> Iterator[str]:
    """The texts docxtpl would hand to the template language."""
    document = DocxTemplate(io.BytesIO(content))
    document.init_docx()
    for part in document.docx.part.package.iter_parts():
        if _TEXT_PARTS.search(str(part.partname)):
            yield document.patch_xml(part.blob.decode("utf-8"))


def _names(xml: str, texts: Collection[str], lists: Collection[str], reasons: list[str]) -> set[str]:
    """The placeholders of a part; whatever is more than a placeholder goes to `reasons`."""
    if xml.count("{{") + xml.count("{%") > MOST_PLACEHOLDERS:
        reasons.append(f"占位符超过 {MOST_PLACEHOLDERS} 个。请精简模板。")
        return set()
    try:
        tree = _sandbox().parse(xml)
    except TemplateError as problem:
        reasons.append(f"占位符写法有误：{problem}。请检查大括号是否成对，例如 {{{{ 姓名 }}}}。")
        return set()
    walk = _Walk(texts, lists, reasons)
    walk.through(tree, frozenset())
    return walk.used


@dataclass
class _Walk:
    """Goes through a template's tree and takes nothing but known names and one loop."""

    texts: Collection[str]
    lists: Collection[str]
    reasons: list[str]
    used: set[str] = field(default_factory=set)

    def through(self, node: nodes.Node, loop: frozenset[str]) -> None:
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.Output):
                self.through(child, loop)
            elif isinstance(child, nodes.Name):
                self._name(child.name, loop)
            elif isinstance(child, nodes.For) and not loop and _is_plain(child):
                self._loop(child)
            elif not isinstance(child, nodes.TemplateData):
                self.reasons.append("模板里有占位符以外的表达式（计算、属性、函数或嵌套循环）。请只使用 {{ 名称 }} 和一层 {%p for … %}。")

    def _name(self, name: str, loop: frozenset[str]) -> None:
        if name in self.texts:
            self.used.add(name)
        elif name not in loop:
            self.reasons.append(f"不认识的占位符：{name}。可用的占位符见页面上的列表。")

    def _loop(self, child: nodes.For) -> None:
        name, target = getattr(child.iter, "name", ""), getattr(child.target, "name", "")
        if name not in self.lists:
            self.reasons.append(f"不认识的列表：{name}。可用的列表：{'、'.join(self.lists)}。")
            return
        self.used.add(name)
        self.through(nodes.Template(child.body), frozenset({target}))


def _is_plain(loop: nodes.For) -> bool:
    return isinstance(loop.iter, nodes.Name) and isinstance(loop.target, nodes.Name) and not (loop.else_ or loop.test or loop.recursive)
