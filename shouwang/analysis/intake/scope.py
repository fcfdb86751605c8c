"""What a delivery replaces: the older rows of its natural keys, and for a whole delivery everything else that lies in its scope."""

from shouwang.analysis.facts import Snapshot, relation
from shouwang.analysis.facts.duck import name
from shouwang.analysis.facts.views import every_version, same_key
from shouwang.analysis.intake.checked import Checked
from shouwang.analysis.intake.reasons import REASONS
from shouwang.analysis.standard import Column

_NOTICES = ", ".join(f"'{code}'" for code, reason in REASONS.items() if reason.level == "notice")


def live_rows(checked: Checked, snapshot: Snapshot) -> str:
    """SELECT of the live rows that the delivery could touch."""
    return relation(checked.table, snapshot, days=_days(checked))


def tombs(checked: Checked, snapshot: Snapshot) -> str | None:
    """SELECT of (batch_id, natural key) of every older version that the delivery supersedes or that is gone; None when there is none.

    It looks into the files themselves: what an earlier batch had superseded is named again (see facts.store.superseded).
    """
    old = every_version(checked.table, snapshot, days=_days(checked))
    if old is None:
        return None
    table, good = checked.table, checked.work.good
    key = ", ".join(f"o.{name(column)}" for column in table.fact_key)
    superseded = f"SELECT o.batch_id, {key} FROM ({old}) AS o SEMI JOIN {good} AS n ON {same_key(table, 'o', 'n')}"
    if table.delivery != "whole":
        return superseded
    if _refused_rows(checked):
        return f"{superseded} UNION ALL SELECT o.batch_id, {key} FROM ({gone(checked, old)}) AS o"
    # Nothing was refused: whatever lies inside is either superseded or gone, which needs no comparison of keys.
    inside = f"SELECT o.batch_id, {key} FROM ({old}) AS o WHERE {_inside(checked)}"
    outside = f"SELECT o.* FROM ({old}) AS o WHERE ({_inside(checked)}) IS NOT TRUE"
    return f"{inside} UNION ALL SELECT o.batch_id, {key} FROM ({outside}) AS o SEMI JOIN {good} AS n ON {same_key(table, 'o', 'n')}"


def gone(checked: Checked, old: str) -> str:
    """SELECT of the rows of `old` that lie in the delivery's scope but are not in it.

    A row whose new version was refused is not gone: the old one stays until a good one comes.
    """
    good = checked.work.good
    query = f"SELECT o.* FROM ({old}) AS o ANTI JOIN {good} AS n ON {same_key(checked.table, 'o', 'n')} WHERE {_inside(checked)}"
    if not _refused_rows(checked):
        return query
    _hold_refused(checked)
    return f"SELECT o.* FROM ({query}) AS o ANTI JOIN held AS h ON {_may_be_held(checked)}"


def _refused_rows(checked: Checked) -> bool:
    return bool(checked.work.one(f"SELECT count(*) FROM {checked.work.problems} WHERE code NOT IN ({_NOTICES})"))


def _inside(checked: Checked) -> str:
    """SQL: the old row `o` lies within the scope of a whole delivery."""
    return " AND ".join(_within(checked, word) for word in checked.table.scope) or "TRUE"


def _within(checked: Checked, word: str) -> str:
    """SQL: the old row `o` lies within one word of the table's scope."""
    table, good = checked.table, checked.work.good
    if word == "school":
        return "TRUE"
    if word == "day":
        day = name(table.day or "")
        return (
            f"CAST(o.{day} AS DATE) BETWEEN (SELECT min(CAST({day} AS DATE)) FROM {good}) AND (SELECT max(CAST({day} AS DATE)) FROM {good})"
        )
    if word in ("class", "college"):
        if checked.work.brings_students and (unit := _unit_column(checked)):
            # In the student table the row itself says the class; the roster would still name the one a student has just left.
            return f"o.{name(unit.name)} IN (SELECT {name(unit.name)} FROM {good})"
        path = f"{word}_path"
        return f"""o.sid IN (SELECT sid FROM roster WHERE {path} IN
                (SELECT {path} FROM roster SEMI JOIN {good} AS n ON roster.sid = n.sid WHERE {path} <> ''))"""
    column = name(_column(checked, word).name)
    return f"(o.{column} IN (SELECT {column} FROM {good}) OR o.{column} IS NULL AND EXISTS (FROM {good} WHERE {column} IS NULL))"


def _column(checked: Checked, word: str) -> Column:
    """The column a scope word names: one of that name, else the table's term."""
    named = next((column for column in checked.table.columns if column.name == word), None)
    return named or next(column for column in checked.table.columns if column.type == word)


def _unit_column(checked: Checked) -> Column | None:
    return next((column for column in checked.table.fact_columns if column.type == "unit_code"), None)


def _hold_refused(checked: Checked) -> None:
    """The table `held`: the keys of refused rows as far as they could be read."""
    work = checked.work
    parts, joins = [], []
    for word, fact in zip(checked.table.key, checked.table.fact_key, strict=True):
        dictionary = work.dictionaries.get(word)
        parts.append(f"{dictionary.value() if dictionary else 'NULL'} AS {name(fact)}")
        joins += [dictionary.join()] if dictionary else []
    work.cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE held AS SELECT DISTINCT {", ".join(parts)} FROM {work.cells} AS cells {" ".join(joins)}
        SEMI JOIN (FROM {work.problems} WHERE code NOT IN ({_NOTICES})) AS p ON cells.sheet_no = p.sheet_no AND cells.row_no = p.row_no""")


def _may_be_held(checked: Checked) -> str:
    """SQL: `o` may be the row that `h` meant. The student must be known; other unreadable parts of the key fit anything."""
    parts = []
    for fact in checked.table.fact_key:
        same = f"o.{name(fact)} = h.{name(fact)}"
        parts.append(same if fact == "sid" or len(checked.table.fact_key) == 1 else f"(h.{name(fact)} IS NULL OR {same})")
    return " AND ".join(parts)


def _days(checked: Checked) -> tuple[str, str] | None:
    """The first and last day of the good rows, when the day is part of the key: older files outside them cannot be touched."""
    table = checked.table
    if not table.day or table.day not in table.key or not table.column(table.day).required:
        return None
    day = name(table.day)
    query = f"SELECT CAST(min(CAST({day} AS DATE)) AS VARCHAR), CAST(max(CAST({day} AS DATE)) AS VARCHAR) FROM {checked.work.good}"
    found = checked.work.cursor.execute(query).fetchall()[0]
    return (found[0], found[1]) if found and found[0] else None
