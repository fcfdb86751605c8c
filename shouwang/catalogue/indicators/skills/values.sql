WITH attempt AS (
  SELECT sid, skill, assessed_on, batch_id, sheet_no, row_no, CASE WHEN result_mark IN (0, 1) THEN result END AS score, result_mark,
         CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
  FROM skill_assessment WHERE assessed_on <= $as_of AND result_mark <> 9
), skill AS (
  SELECT sid, skill, BOOL_OR(NOT passed AND result_mark <> 6) AND NOT BOOL_OR(passed) AS failed FROM attempt GROUP BY sid, skill
), tally AS (
  SELECT sid, COUNT(*) FILTER (WHERE failed) AS failed FROM skill GROUP BY sid
), latest AS (
  SELECT sid, score, ROW_NUMBER() OVER (PARTITION BY sid ORDER BY assessed_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
  FROM attempt WHERE score IS NOT NULL
), got AS (
  SELECT sid, COUNT(DISTINCT certificate) AS n FROM certificate WHERE got_on <= $as_of AND required IS DISTINCT FROM FALSE GROUP BY sid
), due AS (
  SELECT s.sid, MAX(c.certificates_due) AS n
  FROM student AS s CROSS JOIN peers_skills AS p
  JOIN course_plan AS c ON s.major_code = c.major_code AND s.entry_year = c.entry_year AND c.term <= p.term_over
  GROUP BY s.sid
)
SELECT s.sid, CASE WHEN p.certificates > 0 AND d.n IS NOT NULL THEN GREATEST(d.n - COALESCE(g.n, 0), 0) END AS certificates_missing,
       t.failed AS skill_failed, l.score AS skill_score_latest
FROM student AS s CROSS JOIN peers_skills AS p
LEFT JOIN tally AS t ON s.sid = t.sid
LEFT JOIN latest AS l ON s.sid = l.sid AND l.nth = 1
LEFT JOIN got AS g ON s.sid = g.sid
LEFT JOIN due AS d ON s.sid = d.sid
