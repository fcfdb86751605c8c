WITH owed AS (
  SELECT sid, due_on, GREATEST(due - COALESCE(reduced, 0) - paid, 0) AS rest FROM fee WHERE due_on <= $as_of
), fees AS (
  SELECT sid, SUM(rest) AS rest, MIN(CASE WHEN rest > 0 THEN due_on END) AS since FROM owed GROUP BY sid
), judged AS (
  SELECT sid, level, ROW_NUMBER() OVER (PARTITION BY sid ORDER BY granted_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
  FROM aid
  WHERE kind = CODE('aid.kind', 'assessment') AND level IS NOT NULL AND granted_on <= $as_of AND (until IS NULL OR until >= $as_of)
), helped AS (
  SELECT sid, COUNT(DISTINCT kind) AS n
  FROM aid
  WHERE kind NOT IN (CODE('aid.kind', 'assessment'), CODE('aid.kind', 'scholarship')) AND granted_on <= $as_of
    AND COALESCE(until, granted_on + 365) >= $as_of
  GROUP BY sid
)
SELECT s.sid, f.rest AS fee_owed,
       CASE WHEN f.sid IS NOT NULL THEN COALESCE(DATE_DIFF('day', f.since, $as_of), 0) END AS fee_days_late,
       CASE WHEN p.aids > 0 THEN COALESCE(h.n, 0) END AS aid_level,
       CASE WHEN p.assessments > 0 THEN COALESCE(j.level, 0) END AS hardship_level
FROM student AS s CROSS JOIN peers_hardship AS p
LEFT JOIN fees AS f ON s.sid = f.sid
LEFT JOIN judged AS j ON s.sid = j.sid AND j.nth = 1
LEFT JOIN helped AS h ON s.sid = h.sid
