"""Acceptance 3: each published policy flags exactly the students that a plain pandas calculation from the raw rows flags.

The raw rows are what a college would export: score texts, Chinese words, dates. The product reads them with its own intake words; pandas reads
them here, again, by hand and by the wording of the regulations, and knows nothing of the product's SQL.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shouwang.analysis.indicators import compute
from shouwang.analysis.intake.scores import Score, score
from shouwang.analysis.rules import load_presets, verdict_sql
from tests.facts_world import FactsWorld

STUDENTS = 902  # the last two are made by hand, at the boundary of 1.8 grade points
WEEK_TWO = date(2025, 9, 10)  # of the new term: the lists speak of the term before
TERM_ENDS = date(2025, 6, 30)  # before the term ends: process warnings speak of this one
TERMS = (20241, 20242)
TEXTS = [
    "85",
    "92.5",
    "60",
    "59.5",
    "59",
    "68",
    "74",
    "30",
    "优",
    "良",
    "中",
    "及格",
    "不及格",
    "合格",
    "通过",
    "不合格",
    "缺考",
    "旷考",
    "缓考",
    "免修",
    "作弊",
    "违纪",
    "缺",
    "85/合格",
]
ODDS = [9, 6, 6, 5, 6, 5, 6, 2, 3, 3, 3, 2, 2, 2, 1, 2, 1, 1, 3, 1, 1, 1, 2, 1]
KINDS = {"正常考试": "normal", "补考": "resit", "重修": "retake", "缓考": "deferred"}
NATURES = {"必修": "required", "选修": "elective"}
SANCTIONS = {
    "通报批评": "criticism",
    "警告": "warning",
    "严重警告": "serious_warning",
    "记过": "demerit",
    "留校察看": "probation",
    "违纪": "event",
    "表扬": "praise",
}


# ---- the raw rows -------------------------------------------------------------------------------------------------------
@cache
def raw() -> dict[str, pd.DataFrame]:
    dice = np.random.default_rng(2025)
    scores, attendance, leaves, conduct, changes = [], [], [], [], []
    for sid in range(1, STUDENTS - 1):
        weak = dice.choice([0.03, 0.25, 0.6], p=[0.4, 0.35, 0.25])
        odds = np.array([n * (weak * 10 if fails(text) else 1) for text, n in zip(TEXTS, ODDS, strict=True)])
        load = int(dice.integers(4, 8))  # about as many courses each term, as plans have
        for term in TERMS:
            for course in range(load + int(dice.integers(0, 2))):
                code, nature = f"C{term}{course}", "必修" if dice.random() < 0.75 else "选修"
                credit = float(dice.choice([0.5, 1, 1.5, 2, 3, 4, 5]))
                text = str(dice.choice(TEXTS, p=odds / odds.sum()))
                scores.append((sid, term, code, credit, nature, "正常考试", text))
                if (fails(text) or text == "缓考") and dice.random() < 0.5:
                    kind = "缓考" if text == "缓考" else "补考"
                    scores.append((sid, term, code, credit, nature, kind, str(dice.choice(["60", "59.5", "78", "缺考", "45"]))))
                if fails(text) and term == 20241 and dice.random() < 0.3:
                    scores.append((sid, 20242, code, credit, nature, "重修", str(dice.choice(["61", "58", "缓考", "缺考"]))))
        for day in range(int(dice.integers(0, 8))):
            on = date(2025, 3, 3) + timedelta(days=7 * day)
            attendance.append(
                (sid, on, "1-2节", str(dice.choice(["旷课", "出勤", "迟到", "请假"], p=[0.6, 0.2, 0.1, 0.1])), int(dice.choice([1, 2, 4])))
            )
        if dice.random() < 0.3:
            leaves += [
                (
                    sid,
                    f"2025-0{month}-1{n} 08:00",
                    float(dice.choice([3, 5, 5.5, 10, 10.5])),
                    str(dice.choice(["事假", "病假"])),
                    str(dice.choice(["是", "否"], p=[0.85, 0.15])),
                )
                for n, month in enumerate(dice.choice([1, 3, 4, 5], size=2, replace=False))
            ]
        if dice.random() < 0.3:
            lifted = dice.choice(["", "2025-06-30", "2025-09-10", "2025-09-11", "2026-01-01"])
            conduct.append(
                (sid, str(dice.choice(list(SANCTIONS))), str(dice.choice(["2025-03-04", "2025-09-10", "2025-09-11"])), str(lifted))
            )
        if dice.random() < 0.15:
            until = date(2025, 9, 10) + timedelta(days=int(dice.choice([-5, -1, 0, 1, 10, 29, 30, 31, 60, 200])))
            changes.append((sid, "休学", "2024-10-08", until.isoformat(), str(dice.choice(["是", "否", ""]))))
            if dice.random() < 0.25:
                changes.append((sid, "复学", "2025-03-01", "", ""))
    scores += [(sid, term, f"H{term}", 2.0, "必修", "正常考试", text) for sid, text in ((901, "68"), (902, "67.9")) for term in TERMS]
    return {
        "score": pd.DataFrame(scores, columns=["sid", "term", "course", "credit", "nature", "kind", "text"]).drop_duplicates(
            ["sid", "term", "course", "kind"]
        ),
        "attendance": pd.DataFrame(attendance, columns=["sid", "day", "period", "status", "hours"]),
        "leave": pd.DataFrame(leaves, columns=["sid", "starts_at", "days", "kind", "approved"]),
        "conduct": pd.DataFrame(conduct, columns=["sid", "kind", "decided_on", "lifted_on"]),
        "changes": pd.DataFrame(changes, columns=["sid", "kind", "effective_on", "until", "applied"]),
    }


def fails(text: str) -> bool:
    return text in {"59.5", "59", "30", "不及格", "不合格", "缺考", "旷考", "作弊", "违纪"}


# ---- plain pandas, by the wording of policies.md ------------------------------------------------------------------------
@cache
def marked() -> pd.DataFrame:
    words = {"优": 95.0, "良": 85.0, "中": 75.0, "及格": 65.0, "不及格": 50.0, "85/合格": 85.0}
    frame = raw()["score"].copy()
    frame = frame[~frame["text"].isin(["缺", "—"])]
    frame["mark"] = frame["text"].map(words).fillna(pd.to_numeric(frame["text"], errors="coerce"))
    frame["passed"] = (frame["mark"] >= 60) | frame["text"].isin(["合格", "通过", "免修"])
    frame["failing"] = ~frame["passed"] & (frame["text"] != "缓考")
    frame["forfeit"] = frame["text"].isin(["缺考", "旷考", "作弊", "违纪"])
    return frame


@cache
def courses() -> pd.DataFrame:
    """A course per student: failed when some result fails and none is valid and passing."""
    rows = marked()
    by = rows.groupby(["sid", "course"])
    found = by.agg(
        credit=("credit", "max"),
        required=("nature", lambda natures: (natures == "必修").any()),
        passed=("passed", "any"),
        failing=("failing", "any"),
    )
    found["failed"] = found["failing"] & ~found["passed"]
    found["best"] = rows[rows["passed"]].groupby(["sid", "course"])["mark"].max()
    return found


@cache
def figures() -> pd.DataFrame:
    rows, course = marked(), courses()
    everyone = pd.Index(range(1, STUDENTS + 1), name="sid")
    failed = course[course["failed"]].reset_index()
    in_last = rows[(rows["term"] == 20242) & rows["failing"]][["sid", "course"]].drop_duplicates().merge(failed, on=["sid", "course"])
    out = pd.DataFrame(index=everyone)
    out["M"] = failed.groupby("sid").size()
    out["C"] = failed.groupby("sid")["credit"].sum()
    out["last"] = in_last.groupby("sid").size()
    out["retake"] = failed[failed["required"]].groupby("sid")["credit"].sum()
    out["earned"] = course[course["passed"]].groupby("sid")["credit"].sum()
    passed_now = rows[(rows["term"] == 20242) & rows["passed"]].drop_duplicates(["sid", "course"])
    out["earned_term"] = passed_now.groupby("sid")["credit"].sum()
    out["forfeit"] = rows[(rows["term"] == 20242) & rows["forfeit"]].drop_duplicates(["sid", "course"]).groupby("sid").size()
    out = out.fillna(0)
    out["D"] = (sum(PLAN.values()) - out["earned"]).clip(lower=0)
    out["D_term"] = (PLAN[20242] - out["earned_term"]).clip(lower=0)
    graded = course[course["best"].notna() | course["failed"]].reset_index()
    graded["points"] = ((graded["best"] - 50) / 10).where(~graded["failed"], 0.0) * graded["credit"]
    sums = graded.groupby("sid")[["points", "credit"]].sum()
    out["gpa"] = (sums["points"] / sums["credit"]).round(6)
    out["sanctions"] = [in_force(sid, WEEK_TWO) for sid in everyone]
    return out


PLAN = {20241: 14.0, 20242: 15.5}


@cache
def in_force(sid: int, on: date) -> frozenset[str]:
    rows = raw()["conduct"]
    rows = rows[(rows["sid"] == sid) & (rows["decided_on"] <= on.isoformat())]
    return frozenset(row.kind for row in rows.itertuples() if row.lifted_on == "" or row.lifted_on > on.isoformat())


def has(*kinds: str) -> pd.Series:
    return figures()["sanctions"].map(lambda found: bool(found & set(kinds)))


def sids(flagged: pd.Series) -> set[int]:
    return set(flagged.index[flagged])


# ---- the product --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> FactsWorld:
    world, rows = FactsWorld(Path(tmp_path_factory.mktemp("policies"))), raw()
    world.students(*range(1, STUDENTS + 1), status="enrolled")
    world.add("course_plan", [{"major_code": "M1", "entry_year": 2024, "term": term, "credits_due": due} for term, due in PLAN.items()])
    world.add("score", [as_fact(row) for row in rows["score"].itertuples()])
    statuses = {"旷课": "absent", "出勤": "present", "迟到": "late", "请假": "leave"}
    world.add(
        "attendance",
        [
            {"sid": r.sid, "day": r.day, "period": r.period, "status": statuses[r.status], "hours": r.hours}
            for r in rows["attendance"].itertuples()
        ],
    )
    kinds = {"事假": "personal", "病假": "sick"}
    world.add(
        "leave",
        [
            {
                "sid": r.sid,
                "starts_at": r.starts_at,
                "ends_at": r.starts_at,
                "days": r.days,
                "kind": kinds[r.kind],
                "approved": r.approved == "是",
            }
            for r in rows["leave"].itertuples()
        ],
    )
    world.add(
        "conduct",
        [
            {"sid": r.sid, "kind": SANCTIONS[r.kind], "decided_on": r.decided_on, "lifted_on": r.lifted_on or None}
            for r in rows["conduct"].itertuples()
        ],
    )
    moves = {"休学": "suspend", "复学": "resume"}
    world.add(
        "enrolment_change",
        [
            {
                "sid": r.sid,
                "kind": moves[r.kind],
                "effective_on": r.effective_on,
                "until": r.until or None,
                "applied_to_resume": {"是": True, "否": False}.get(r.applied),
            }
            for r in rows["changes"].itertuples()
        ],
    )
    return world


def as_fact(row: object) -> dict[str, object]:
    found = score(row.text)
    assert isinstance(found, Score)
    return {
        "sid": row.sid, "term": row.term, "course_code": row.course, "credit": row.credit, "required": NATURES[row.nature], "exam_kind": KINDS[row.kind],
        "result": found.value, "result_mark": found.mark,
    }  # fmt: skip


def flagged(world: FactsWorld, preset: str, as_of: date) -> dict[str, set[int]]:
    """Rule code (without the policy's name) → the students for whom it fires."""
    rules = load_presets()[preset]
    found: dict[str, set[int]] = {rule.code.removeprefix(preset + "-"): set() for rule in rules}
    with world.session(as_of) as session:
        compute(session)
        for row in session.rows(verdict_sql(rules)):
            found[row["rule"].removeprefix(preset + "-")].add(row["sid"])
    return found


# ---- the comparison -----------------------------------------------------------------------------------------------------
def test_the_rows_hit_every_boundary() -> None:
    f = figures()
    for column, at in [
        ("C", (6.5, 7, 15.5, 16)),
        ("M", (2, 3, 4, 5, 7, 8)),
        ("last", (1, 2, 3, 4, 5)),
        ("retake", (14.5, 15, 19.5, 20)),
        ("D", (0, 5, 15, 25)),
        ("D_term", (9.5, 10)),
    ]:
        assert set(at) <= set(f[column]), (column, sorted(f[column].unique()))
    assert (f["gpa"] == 1.8).any() and ((f["gpa"] > 1.7) & (f["gpa"] < 1.8)).any()


def test_hunan_safety(world: FactsWorld) -> None:
    f, found = figures(), flagged(world, "hunan-safety", WEEK_TWO)
    assert found["credit-yellow"] == sids(((f["C"] >= 7) & (f["C"] < 16)) | (f["M"] >= 3))
    assert found["credit-orange"] == sids(f["C"] >= 16)
    assert found["discipline"] == sids(has("警告", "严重警告", "记过", "留校察看")), "public criticism is no sanction"
    assert min(map(len, found.values())) > 5


def test_wuhan_textile(world: FactsWorld) -> None:
    f, found = figures(), flagged(world, "wuhan-textile", WEEK_TWO)
    assert found["yellow"] == sids((f["last"] == 2) | has("通报批评", "警告"))
    assert found["orange"] == sids(
        f["last"].isin([3, 4]) | f["M"].between(5, 7) | ((f["retake"] >= 15) & (f["retake"] < 20)) | has("严重警告")
    )
    assert found["red"] == sids((f["last"] >= 5) | (f["M"] >= 8) | (f["retake"] >= 20) | has("记过", "留校察看"))
    assert min(map(len, found.values())) > 5


def test_qufu_normal(world: FactsWorld) -> None:
    f, found = figures(), flagged(world, "qufu-normal", WEEK_TWO)
    assert found["blue"] == sids((f["D"] > 0) & (f["D"] <= 5))
    assert found["yellow"] == sids((f["D"] > 5) & (f["D"] <= 15))
    assert found["orange"] == sids(((f["D"] > 15) & (f["D"] <= 25)) | (f["gpa"] < 1.8) | has("记过", "留校察看"))
    assert found["red"] == sids(f["D"] > 25)
    assert min(map(len, found.values())) > 5


def test_wannan_medical(world: FactsWorld) -> None:
    f, rows = figures(), raw()
    found = flagged(world, "wannan-medical", TERM_ENDS)
    attendance, leaves = rows["attendance"], rows["leave"]
    hours = attendance[attendance["status"] == "旷课"].groupby("sid")["hours"].sum().reindex(f.index, fill_value=0)
    away = (
        leaves[(leaves["approved"] == "是") & (leaves["starts_at"] >= "2025-02-17")]
        .groupby("sid")["days"]
        .sum()
        .reindex(f.index, fill_value=0)
    )
    assert {9, 10} <= set(hours) and {10, 10.5} <= set(away)
    assert found["process"] == sids((hours >= 10) | (away > 10))
    quality = sids((f["last"] >= 1) | (f["M"] >= 2) | (f["D_term"] >= 10) | (f["forfeit"] >= 1))
    assert found["quality"] == quality and flagged(world, "wannan-medical", WEEK_TWO)["quality"] == quality
    assert min(len(found["process"]), len(found["quality"])) > 5


def test_wannan_return(world: FactsWorld) -> None:
    """Leave of absence about to expire (within 30 days, or expired) without an application to resume, unless resumed already."""
    changes = raw()["changes"]
    resumed = set(changes[changes["kind"] == "复学"]["sid"])
    away = changes[changes["kind"] == "休学"]
    due = away[(away["until"] <= (WEEK_TWO + timedelta(days=30)).isoformat()) & (away["applied"] != "是") & ~away["sid"].isin(resumed)]
    assert flagged(world, "wannan-medical", WEEK_TWO)["return"] == set(due["sid"])
    assert flagged(world, "hunan-safety", WEEK_TWO)["enrolment"] == set(due["sid"])
