"""The same natural key twice in one file: identical rows count once, different ones are all refused."""

from shouwang.analysis.facts.duck import literal, name
from shouwang.analysis.facts.views import fact_schema
from shouwang.analysis.intake.relations import Relations

PROVENANCE = ("batch_id", "sheet_no", "row_no")


def refuse_duplicates(work: Relations) -> int:
    """Takes doubled keys out of the good rows and tells them. Returns how many rows merely repeat another."""
    key, join = _key(work)
    columns = ", ".join(f"{column} AS k{at}" for at, column in enumerate(key))
    work.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT {columns} FROM {work.good} AS g {join} GROUP BY ALL HAVING count(*) > 1"
    )
    if not work.one("SELECT count(*) FROM doubled"):
        return 0
    _list_rows(work, key)
    column = literal(work.table.key[0])
    work.cursor.execute(f"""
        INSERT INTO {work.problems} SELECT sheet_no, row_no, {column}, shown, 'duplicate_key', '第 ' || places || ' 行'
        FROM doubled_rows WHERE contents > 1""")
    work.cursor.execute(f"""
        INSERT INTO {work.problems} SELECT sheet_no, row_no, {column}, shown, 'duplicate_row', first_row::VARCHAR
        FROM doubled_rows WHERE contents = 1 AND place > 1""")
    work.cursor.execute(f"""
        DELETE FROM {work.good} AS g USING doubled_rows AS d
        WHERE g.sheet_no = d.sheet_no AND g.row_no = d.row_no AND (d.contents > 1 OR d.place > 1)""")
    return int(work.one("SELECT count(*) FROM doubled_rows WHERE contents = 1 AND place > 1"))


def _key(work: Relations) -> tuple[list[str], str]:
    """The columns that make the key, and the join they need: new students have no sid yet, their number stands for it."""
    columns = [f"g.{name(column)}" for column in work.table.fact_key]
    if work.brings_students and work.numbers:
        columns[work.table.fact_key.index("sid")] = f"{work.numbers.relation}.number"
        return columns, f"JOIN {work.cells} AS cells USING (sheet_no, row_no) {work.numbers.join()}"
    return columns, ""


def _list_rows(work: Relations, key: list[str]) -> None:
    """The table doubled_rows: each row of a doubled key with its place among its equals and how many different contents they have."""
    facts = [f"g.{name(field)}" for field, _ in fact_schema(work.table) if field not in PROVENANCE]
    others = [f"cells.{name(column.name)}" for column in work.table.columns if column.store != "facts" and column.type != "student_no"]
    join = work.numbers.join() if work.brings_students and work.numbers else ""
    same = " AND ".join(f"{column} IS NOT DISTINCT FROM d.k{at}" for at, column in enumerate(key))
    group = "PARTITION BY " + ", ".join(f"k{at}" for at in range(len(key)))
    work.cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubled_rows AS
        WITH listed AS (
            SELECT g.sheet_no, g.row_no, cells.{name(work.table.key[0])} AS shown, d.*, hash({", ".join([*facts, *others])}) AS content
            FROM {work.good} AS g JOIN {work.cells} AS cells USING (sheet_no, row_no) {join} JOIN doubled AS d ON {same}
        )
        SELECT sheet_no, row_no, shown,
               row_number() OVER ({group} ORDER BY sheet_no, row_no) AS place,
               first_value(row_no) OVER ({group} ORDER BY sheet_no, row_no) AS first_row,
               string_agg(row_no::VARCHAR, '、') OVER ({group} ORDER BY sheet_no, row_no
                   ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS places,
               count(DISTINCT content) OVER ({group}) AS contents
        FROM listed""")
