"""The English messages: finds every Chinese msgid of templates and code, compares with the .po file, compiles it. Needs no gettext."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "gettext_noop"}
_TEMPLATE_CALL = re.compile(r"""\b(?:n?gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|'''(?:.|\n)*?'''|\"\"\"(?:.|\n)*?\"\"\")""")


def po_path() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"


def found() -> set[str]:
    """Every msgid that a page may show."""
    return set(_of_templates()) | set(_of_code())


def _of_templates() -> Iterator[str]:
    for path in sorted((settings.PACKAGE / "front" / "web").rglob("*.html")):
        for text in _TEMPLATE_CALL.findall(templatize(path.read_text(encoding="utf-8"))):
            yield ast.literal_eval(text)


def _of_code() -> Iterator[str]:
    for path in sorted(settings.PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "gettext" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def missing() -> list[str]:
    """Msgids without an English text, in order."""
    known = {entry.msgid for entry in polib.pofile(str(po_path())) if entry.translated() and not entry.obsolete}
    return sorted(found() - known)


def unused() -> list[str]:
    """English texts whose msgid no page shows any more."""
    return sorted({entry.msgid for entry in polib.pofile(str(po_path()))} - found())


def compile_messages() -> int:
    """Writes the .mo file that Django reads; returns how many messages it holds."""
    catalogue = polib.pofile(str(po_path()))
    catalogue.save_as_mofile(str(po_path().with_suffix(".mo")))
    return len(catalogue.translated_entries())
