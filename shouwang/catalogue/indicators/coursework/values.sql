-- Missed: due before the day to which the hand-ins reach, and neither handed in by then nor marked. Handed in late is not missed.
-- What was handed in after the day of evaluation counts as if it were not known yet, mark and all: a past day is judged as it was.
WITH piece AS (
  SELECT c.sid, c.due_on, c.handed_in_on, c.kind IN (CODE('coursework.kind', 'quiz'), CODE('coursework.kind', 'exam')) AS assessment,
         CASE WHEN c.result_mark IN (0, 1) AND (c.handed_in_on IS NULL OR c.handed_in_on <= $as_of) THEN c.result END AS score,
         CASE WHEN c.handed_in_on IS NULL THEN COALESCE(c.result_mark, 9) IN (3, 4, 5, 9) ELSE c.handed_in_on > $as_of END AS missed
  FROM coursework AS c CROSS JOIN peers_coursework AS p
  WHERE c.due_on < COALESCE(p.ref, $as_of) AND c.due_on >= LEAST($term_start, $as_of - 29)
), tally AS (
  SELECT sid, MAX(CASE WHEN handed_in_on <= $as_of THEN handed_in_on END) AS last_on,
         COUNT(*) FILTER (WHERE NOT assessment AND due_on > $as_of - 30) AS n_30d,
         COUNT(*) FILTER (WHERE NOT assessment AND missed AND due_on > $as_of - 30) AS missed_30d,
         COUNT(*) FILTER (WHERE NOT assessment AND due_on >= $term_start) AS n_term,
         COUNT(*) FILTER (WHERE NOT assessment AND missed AND due_on >= $term_start) AS missed_term,
         COUNT(*) FILTER (WHERE assessment AND due_on >= $term_start) AS n_assessed,
         COUNT(*) FILTER (WHERE assessment AND missed AND due_on >= $term_start) AS missed_assessed,
         SUM(CASE WHEN NOT assessment AND due_on >= $term_start THEN score END) AS work_total,
         COUNT(CASE WHEN NOT assessment AND due_on >= $term_start THEN score END) AS work_scores,
         SUM(CASE WHEN assessment AND due_on >= $term_start THEN score END) AS assessed_total,
         COUNT(CASE WHEN assessment AND due_on >= $term_start THEN score END) AS assessed_scores
  FROM piece GROUP BY sid
)
SELECT sid, last_on, CASE WHEN n_30d > 0 THEN missed_30d END AS coursework_missed_30d, CASE WHEN n_term > 0 THEN missed_term END AS coursework_missed_term,
       ROUND(CAST(work_total AS DOUBLE) / work_scores, 6) AS coursework_score_mean,
       CASE WHEN n_assessed > 0 THEN missed_assessed END AS assessments_missed,
       ROUND(CAST(assessed_total AS DOUBLE) / assessed_scores, 6) AS assessment_score_mean
FROM tally
