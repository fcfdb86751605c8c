-- What the plan of the student's major and entry year expects up to the latest term with results of this student: a term whose
-- results are not out yet, or in which the student took nothing, expects nothing.
WITH result AS (
  SELECT sid, latest_term, result_term, credits_earned, earned_term FROM indicators_academics
), due AS (
  SELECT s.sid, SUM(p.credits_due) AS due, SUM(CASE WHEN p.term = r.result_term THEN p.credits_due END) AS due_term
  FROM student AS s JOIN result AS r ON s.sid = r.sid
  JOIN course_plan AS p ON s.major_code = p.major_code AND s.entry_year = p.entry_year AND p.term <= COALESCE(r.result_term, r.latest_term)
  GROUP BY s.sid
)
SELECT r.sid, d.due AS credits_due, r.credits_earned,
       CASE WHEN d.due IS NOT NULL AND r.credits_earned IS NOT NULL THEN GREATEST(d.due - r.credits_earned, 0) END AS credits_missing,
       CASE WHEN d.due_term IS NOT NULL THEN GREATEST(d.due_term - COALESCE(r.earned_term, 0), 0) END AS credits_missing_term
FROM result AS r
LEFT JOIN due AS d ON r.sid = d.sid
