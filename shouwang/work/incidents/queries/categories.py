"""The categories in use: those of the catalogue and those the school added."""

from shouwang.work.incidents.models import OwnCategory
from shouwang.work.incidents.network import Kind, load


def _own(row: OwnCategory) -> Kind:
    skips = {"critical": ("college", "affairs")} if row.skips else {}
    return Kind(
        code=row.code,
        zh=row.title,
        en=row.title_en or row.title,
        icon="dots",
        urgency=row.urgency,
        departments=tuple(row.departments.split()),
        mask=row.mask,
        skips=skips,
        domain="conduct",
        playbook="",
        level=1,
        own=True,
    )


def kinds() -> dict[str, Kind]:
    """What can be reported now; the school's own before "something else"."""
    shipped = dict(load().kinds)
    last = shipped.pop("other")
    own = {row.code: _own(row) for row in OwnCategory.objects.filter(retired_at=None).order_by("pk")}
    return shipped | own | {"other": last}


def kind(code: str) -> Kind:
    """Any category that was ever reported, retired ones too. KeyError for what never was."""
    if code in load().kinds:
        return load().kinds[code]
    row = OwnCategory.objects.filter(code=code).first()
    if row is None:
        raise KeyError(code)
    return _own(row)


def titles(lang: str) -> dict[str, str]:
    """code → title of every category, retired ones too."""
    shipped = {code: one.zh if lang == "zh" else one.en for code, one in load().kinds.items()}
    own = OwnCategory.objects.values_list("code", "title", "title_en")
    return shipped | {code: zh if lang == "zh" else en or zh for code, zh, en in own}
