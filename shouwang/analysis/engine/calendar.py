"""The statements by which every session knows its term and its school days; both come from facts, never from a clock."""

# The term of a day is the latest that had begun: between terms it is the one that is over.
TERMS = """
WITH begun AS (
  SELECT term, starts_on, ends_on, ROW_NUMBER() OVER (ORDER BY starts_on DESC, term DESC) AS nth
  FROM everyone_term WHERE starts_on <= $as_of
)
SELECT MAX(term) FILTER (WHERE nth = 1) AS term, MAX(starts_on) FILTER (WHERE nth = 1) AS term_start,
       MAX(ends_on) FILTER (WHERE nth = 1) AS term_end, MAX(term) FILTER (WHERE nth = 2) AS term_before,
       MAX(starts_on) FILTER (WHERE nth = 2) AS term_before_start
FROM begun
"""

TERM_NAMES = ("term", "term_start", "term_end", "term_before", "term_before_start")

# back = 0 is the latest school day on or before the day of evaluation; make-up workdays count, days between terms do not.
# The two words hold one bit a day: bits 0 to 61 of the newer 62 school days, then of the older 62.
SCHOOL_DAY = """
WITH numbered AS (
  SELECT c.day, ROW_NUMBER() OVER (ORDER BY c.day DESC) - 1 AS back
  FROM everyone_school_calendar AS c
  WHERE c.day <= $as_of AND c.kind IN (CODE('school_calendar.kind', 'school'), CODE('school_calendar.kind', 'makeup'))
    AND EXISTS (SELECT 1 FROM everyone_term AS t WHERE c.day BETWEEN t.starts_on AND t.ends_on)
)
SELECT day, CAST(ROUND(back) AS INTEGER) AS back,
       CASE WHEN back < 62 THEN CAST(ROUND(POWER(2, back)) AS BIGINT) ELSE CAST(0 AS BIGINT) END AS newer,
       CASE WHEN back >= 62 AND back < 124 THEN CAST(ROUND(POWER(2, back - 62)) AS BIGINT) ELSE CAST(0 AS BIGINT) END AS older
FROM numbered
"""

# Every day of the last year and a half, school day or not. Understood by both engines as it stands.
EVERY_DAY = "SELECT CAST($as_of - CAST(back AS INTEGER) AS DATE) AS day FROM range(550) AS days(back)"

TERM_DAY = "SELECT term, starts_on, ends_on FROM everyone_term WHERE starts_on <= $as_of"
