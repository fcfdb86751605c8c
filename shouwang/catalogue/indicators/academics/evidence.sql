WITH attempt AS (
  SELECT *, CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
  FROM score
  WHERE sid = $sid AND (posted_on IS NULL OR posted_on <= $as_of) AND ($term IS NULL OR term <= $term) AND result_mark <> 9
), course AS (
  SELECT course_code, BOOL_OR(NOT passed AND result_mark <> 6) AND NOT BOOL_OR(passed) AS failed,
         BOOL_OR(term IN ($term, $term_before)) AS recent
  FROM attempt GROUP BY course_code
)
SELECT 'score' AS source, a.batch_id, a.sheet_no, a.row_no, a.posted_on AS on_day, COALESCE(a.course_name, a.course_code) AS label,
       a.term, a.credit, a.required, a.exam_kind, a.result, a.result_mark, a.passed, c.failed, c.recent
FROM attempt AS a JOIN course AS c ON a.course_code = c.course_code
