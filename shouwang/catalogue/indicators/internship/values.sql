WITH checkin AS (
  SELECT sid, COUNT(*) FILTER (WHERE day > $as_of - 14) AS n_14d, COUNT(*) FILTER (WHERE NOT done AND day > $as_of - 14) AS missed_14d,
         MIN(day) AS first_on, MAX(day) AS last_on, MAX(CASE WHEN done THEN day END) AS done_on
  FROM internship_checkin WHERE day <= $as_of AND day > $as_of - 240
  GROUP BY sid
), judged AS (
  SELECT sid, result, evaluated_on,
         ROW_NUMBER() OVER (PARTITION BY sid ORDER BY evaluated_on DESC, evaluator, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
  FROM internship_evaluation
  WHERE evaluated_on <= $as_of AND evaluator <> CODE('internship_evaluation.evaluator', 'self') AND result_mark IN (0, 1)
), milestone AS (
  SELECT sid, COUNT(*) FILTER (WHERE due_on < $as_of AND (done_on IS NULL OR done_on > $as_of)) AS late
  FROM graduation_milestone GROUP BY sid
)
SELECT s.sid, c.last_on,
       CASE WHEN c.n_14d > 0 THEN c.missed_14d END AS internship_checkins_missed_14d,
       j.result AS internship_score_latest,
       CASE WHEN c.last_on > $as_of - 30 THEN DATE_DIFF('day', COALESCE(c.done_on, c.first_on - 1), c.last_on) END AS days_since_internship_checkin,
       m.late AS milestones_late
FROM student AS s
LEFT JOIN checkin AS c ON s.sid = c.sid
LEFT JOIN judged AS j ON s.sid = j.sid AND j.nth = 1
LEFT JOIN milestone AS m ON s.sid = m.sid
