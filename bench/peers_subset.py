"""Twelve indicators as the product, Polars and pandas compute them, and the rules as a Python loop over students; all must give the same values.

Attendance (runs of absent days included), failed courses, fees and points. Every contestant reads the same merged files.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.generate import AS_OF, facts
from shouwang.analysis.engine import DuckDB, DuckSession, codes
from shouwang.analysis.facts import pieces
from shouwang.analysis.indicators import compute, load
from shouwang.analysis.standard import load as load_standard

NAMES = (
    "absences_term", "truancy_hours_term", "lates_term", "lates_14d", "absence_rate_30d", "absence_rate_change", "absent_days_running",
    "absent_days_longest", "days_since_class", "courses_failed_total", "fee_owed", "activity_points_total",
)  # fmt: skip
TERM_START = date(2025, 9, 1)
ABSENT, LATE, LEAVE = 3, 2, 4
CONTESTANTS = ("subset", "polars", "pandas", "loop", "same")
TABLES = {
    "failed": "SELECT sid, COUNT(*) FILTER (WHERE failed) AS n FROM (SELECT sid, course_code, NOT BOOL_OR(result >= pass_mark) AS failed"
    " FROM score WHERE result_mark IN (0, 1) GROUP BY sid, course_code) GROUP BY sid",
    "fees": "SELECT sid, SUM(GREATEST(due - COALESCE(reduced, 0) - paid, 0)) AS rest FROM fee WHERE due_on <= $as_of GROUP BY sid",
    "points_": "SELECT sid, SUM(points) AS points FROM activity_points WHERE earned_on <= $as_of GROUP BY sid",
}


def contestant(name: str, students: int, looped: int) -> tuple[Callable[[], float | None], DuckSession | None]:
    if name == "subset":
        session = _session(students)
        return (lambda: _subset(session)), session
    if name == "loop":
        return _loop(students, looped), None
    if name == "same":
        return (lambda: _different(students)), None
    return (lambda: float(len({"polars": _polars, "pandas": _pandas}[name](students)) * 0)), None


def _session(students: int) -> DuckSession:
    folder, snapshot = facts(students)
    session = DuckDB([folder / "facts", folder / "temp"], threads=2, memory="1400MB").open(snapshot, AS_OF)
    session.rows("SELECT COUNT(*) AS n FROM student")
    return session


def _subset(session: DuckSession) -> None:
    """The product's own attendance statement, and three short ones."""
    area = load().area("attendance")
    session.create(f"peers_{area.name}", area.peers or "")
    session.create(area.panel, area.values)
    for name, sql in TABLES.items():
        session.create(name, codes(sql, load_standard()))
    attended = ", ".join(f"CAST(a.{name} AS DOUBLE) AS {name}" for name in NAMES[:9])
    session.create(
        "wide",
        f"SELECT s.sid, {attended}, CAST(f.n AS DOUBLE) AS courses_failed_total, CAST(e.rest AS DOUBLE) AS fee_owed, CAST(p.points AS DOUBLE) AS"
        f" activity_points_total FROM student AS s LEFT JOIN {area.panel} AS a ON s.sid = a.sid LEFT JOIN failed AS f ON s.sid = f.sid"
        " LEFT JOIN fees AS e ON s.sid = e.sid LEFT JOIN points_ AS p ON s.sid = p.sid",
    )


def _files(students: int, table: str) -> list[Path]:
    found = pieces(load_standard().table(table), facts(students)[1])
    assert not found.dirty, "merge first"
    return [file.path for file in found.clean]


def _days(students: int) -> list[date]:
    """School days up to the day of evaluation, the latest first."""
    with _session(students) as session:
        return [row["day"] for row in session.rows("SELECT day FROM school_day WHERE back < 124 ORDER BY back")]


def _pandas(students: int) -> Any:
    """As one finds it written: read, filter, group, merge; runs by a running count of accounted days."""
    import pandas as pd

    def read(table: str, columns: list[str]) -> Any:
        return pd.concat([pd.read_parquet(path, columns=columns) for path in _files(students, table)], ignore_index=True)

    sids = read("student", ["sid"])["sid"]
    att = read("attendance", ["sid", "day", "status", "hours"])
    att["day"], att["hours"] = pd.to_datetime(att["day"]), att["hours"].astype(float)
    as_of = pd.Timestamp(AS_OF)
    att = att[(att["day"] <= as_of) & (att["day"] >= pd.Timestamp(TERM_START))]
    out = pd.DataFrame(index=sids.sort_values())
    absent, late = att[att["status"] == ABSENT], att[att["status"] == LATE]
    out["absences_term"] = absent.groupby("sid").size()
    out["truancy_hours_term"] = absent.groupby("sid")["hours"].sum()
    out["lates_term"] = late.groupby("sid").size()
    out["lates_14d"] = late[late["day"] > as_of - pd.Timedelta(days=14)].groupby("sid").size()
    rates = []
    for begin, end in ((30, 0), (60, 30)):
        near = att[(att["day"] > as_of - pd.Timedelta(days=begin)) & (att["day"] <= as_of - pd.Timedelta(days=end))]
        missed = near[near["status"] == ABSENT].groupby("sid").size().reindex(out.index).fillna(0)
        rates.append(missed / near.groupby("sid").size().reindex(out.index))
    out["absence_rate_30d"], out["absence_rate_change"] = (100 * rates[0]).round(4), (100 * (rates[0] - rates[1])).round(4)
    daily = att.assign(missed=att["status"] == ABSENT, accounted=att["status"] != ABSENT).groupby(["sid", "day"], as_index=False)
    daily = daily[["missed", "accounted"]].any().sort_values(["sid", "day"])
    daily["absent"] = daily["missed"] & ~daily["accounted"]
    daily["block"] = daily.groupby("sid")["accounted"].cumsum()
    runs = daily.groupby(["sid", "block"])["absent"].sum()
    out["absent_days_longest"] = runs.groupby("sid").max()
    out["absent_days_running"] = runs.groupby("sid").last()
    seen = att[~att["status"].isin([ABSENT, LEAVE])].groupby("sid")["day"].max().reindex(out.index)
    known = att.groupby("sid")["day"].agg(["min", "max"])
    out["days_since_class"] = (known["max"] - seen.fillna(known["min"] - pd.Timedelta(days=1))).dt.days
    score = read("score", ["sid", "course_code", "result", "pass_mark", "result_mark"])
    score = score[score["result_mark"].isin([0, 1])]
    score["passed"] = score["result"].astype(float) >= score["pass_mark"].astype(float)
    failed = ~score.groupby(["sid", "course_code"])["passed"].any()
    out["courses_failed_total"] = failed.groupby("sid").sum()
    fee = read("fee", ["sid", "due", "paid", "due_on"])
    fee["rest"] = (fee["due"].astype(float) - fee["paid"].astype(float)).clip(lower=0)
    out["fee_owed"] = fee.groupby("sid")["rest"].sum()
    points = read("activity_points", ["sid", "points"])
    out["activity_points_total"] = points.assign(points=points["points"].astype(float)).groupby("sid")["points"].sum()
    counted = ["absences_term", "truancy_hours_term", "lates_term", "lates_14d"]
    out[counted] = out[counted].fillna(0)
    return out


def _polars(students: int) -> Any:
    """The product's algorithm, lazily: counters and masks of school days per student and mark, then what the marks mean."""
    import polars as pl

    def read(table: str) -> Any:
        return pl.scan_parquet(_files(students, table))

    days = _days(students)
    back = {day: n for n, day in enumerate(days)}
    span = [TERM_START + timedelta(days=n) for n in range((AS_OF - TERM_START).days + 1)]

    def near(day: date, least: int, most: int) -> bool:
        return AS_OF - timedelta(days=most) < day <= AS_OF - timedelta(days=least)

    calendar = pl.LazyFrame(
        {
            "day": span,
            "newer": [1 << back[day] if back.get(day, 99) < 62 else 0 for day in span],
            "older": [1 << back[day] - 62 if back.get(day, 0) >= 62 else 0 for day in span],
            "counters": [1 + 4096 * near(day, 0, 14) + (1 << 24) * near(day, 0, 30) + (1 << 36) * near(day, 30, 60) for day in span],
        },
        schema_overrides={"newer": pl.Int64, "older": pl.Int64, "counters": pl.Int64},
    )
    c, sum_ = pl.col, lambda name, of: pl.when(of).then(pl.col(name)).otherwise(0).sum()
    tally = (
        read("attendance").select("sid", "day", "status", c("hours").cast(pl.Float64)).join(calendar, on="day").group_by("sid", "status")
        .agg(c("day").min().alias("first"), c("day").max().alias("last"), c("counters").sum(), c("hours").sum(), c("newer").bitwise_or(), c("older").bitwise_or())
    )  # fmt: skip
    absent, late = c("status") == ABSENT, c("status") == LATE

    def either(name: str, of: Any) -> Any:
        return pl.when(of).then(c(name)).otherwise(0).bitwise_or()

    summed = tally.group_by("sid").agg(
        c("first").min(), c("last").max(), pl.when(~c("status").is_in([ABSENT, LEAVE])).then(c("last")).max().alias("seen"),
        sum_("hours", absent).alias("truancy_hours_term"), c("counters").sum().alias("all"), sum_("counters", absent).alias("missed"),
        sum_("counters", late).alias("late"), either("newer", absent).alias("mn"), either("older", absent).alias("mo"),
        either("newer", ~absent).alias("an"), either("older", ~absent).alias("ao"),
    )  # fmt: skip

    def part(name: str, shift: int) -> Any:
        return (c(name) // (1 << shift)) & 4095

    def ones(of: Any) -> Any:
        return of.bitwise_count_ones().cast(pl.Int64)

    masked = summed.with_columns((c("mn") & ~c("an")).alias("bn"), (c("mo") & ~c("ao")).alias("bo")).with_columns(
        (ones(c("bn")) + ones(c("bo"))).alias("days"),
        pl.when(c("an") != 0).then(ones(c("bn") & ((c("an") & -c("an")) - 1)))
        .when(c("ao") != 0).then(ones(c("bn")) + ones(c("bo") & ((c("ao") & -c("ao")) - 1)))
        .otherwise(ones(c("bn")) + ones(c("bo"))).alias("absent_days_running"),
    )  # fmt: skip
    place = range(len(days))
    bits = pl.LazyFrame({"n": [1 << k if k < 62 else 0 for k in place], "o": [1 << k - 62 if k >= 62 else 0 for k in place]}, schema={"n": pl.Int64, "o": pl.Int64})  # fmt: skip
    longest = (
        masked.filter((c("days") > c("absent_days_running")) & (c("days") > 1)).select("sid", "bn", "bo", "an", "ao").join(bits, how="cross")
        .filter(((c("bn") & c("n")) != 0) | ((c("bo") & c("o")) != 0))
        .with_columns(pl.when(c("n") != 0).then(ones(c("an") & (c("n") - 1))).otherwise(ones(c("an")) + ones(c("ao") & (c("o") - 1))).alias("place"))
        .group_by("sid", "place").agg(pl.len().alias("length")).group_by("sid").agg(c("length").max())
    )  # fmt: skip
    rate, before = part("missed", 24) / part("all", 24), part("missed", 36) / part("all", 36)
    attended = masked.join(longest, on="sid", how="left").select(
        "sid", part("missed", 0).alias("absences_term"), "truancy_hours_term", part("late", 0).alias("lates_term"), part("late", 12).alias("lates_14d"),
        (100 * rate).round(4).alias("absence_rate_30d"), (100 * (rate - before)).round(4).alias("absence_rate_change"), "absent_days_running",
        c("length").fill_null(c("days")).alias("absent_days_longest"),
        (c("last") - c("seen").fill_null(c("first") - pl.duration(days=1))).dt.total_days().alias("days_since_class"),
    )  # fmt: skip
    score = (
        read("score")
        .filter(c("result_mark").is_in([0, 1]))
        .group_by("sid", "course_code")
        .agg((c("result") >= c("pass_mark")).any().alias("ok"))
    )
    failed = score.group_by("sid").agg((~c("ok")).sum().alias("courses_failed_total"))
    fees = read("fee").group_by("sid").agg((c("due") - c("paid")).cast(pl.Float64).clip(lower_bound=0).sum().alias("fee_owed"))
    points = read("activity_points").group_by("sid").agg(c("points").cast(pl.Float64).sum().alias("activity_points_total"))
    whole = read("student").select("sid")
    for one in (attended, failed, fees, points):
        whole = whole.join(one, on="sid", how="left")
    return whole.collect()


def _different(students: int) -> float:
    """How many values differ between the product and each of the two libraries."""
    with _session(students) as session:
        _subset(session)
        ours = {row.pop("sid"): row for row in session.rows("SELECT * FROM wide")}
    frames, lazy = _pandas(students), _polars(students)
    theirs = {
        int(sid): dict(zip(frames.columns, row, strict=True)) for sid, row in zip(frames.index, frames.itertuples(index=False), strict=True)
    }
    others = {row.pop("sid"): row for row in lazy.iter_rows(named=True)}
    return float(sum(_unlike(ours[sid][name], found[sid][name]) for found in (theirs, others) for sid in ours for name in NAMES))


def _unlike(one: Any, other: Any) -> bool:
    nothing = [value is None or value != value for value in (one, other)]
    return nothing[0] != nothing[1] if any(nothing) else abs(float(one) - float(other)) > 1e-6


def _loop(students: int, looped: int) -> Callable[[], float | None]:
    """Every rule over every student with PyPI rule-engine: the wide rows are fetched before, the loop alone is measured."""
    import rule_engine  # type: ignore[import-not-found]  # of requirements/bench.lock, in .tools/bench only

    from bench.evaluate import rules
    from shouwang.analysis.rules import to_text

    with _session(students) as session:
        compute(session)
        rows = session.rows(f"SELECT * FROM wide ORDER BY sid LIMIT {looped}")
    compiled = [rule_engine.Rule(_worded(to_text(rule.when))) for rule in rules()]

    def work() -> None:
        fired = 0
        for row in rows:
            for rule in compiled:
                try:
                    fired += rule.matches(row)
                except rule_engine.errors.EngineError:  # a value that is not known
                    continue

    return work


def _worded(text: str) -> str:
    """Our conditions in the words of rule-engine."""
    text = re.sub(r"NOT (\w+) IS NULL|(\w+) IS NOT NULL", lambda found: f"{found[1] or found[2]} != null", text)
    text = re.sub(r"(\w+) IS NULL", r"\1 == null", text)
    for ours, theirs in ((" AND ", " and "), (" OR ", " or "), ("NOT ", "not "), (" <> ", " != ")):
        text = text.replace(ours, theirs)
    return re.sub(r"(?<![<>!=]) = ", " == ", text)
