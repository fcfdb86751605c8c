WITH change AS (
  SELECT sid, kind, until, applied_to_resume,
         ROW_NUMBER() OVER (PARTITION BY sid ORDER BY effective_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
  FROM enrolment_change
  WHERE effective_on <= $as_of AND kind IN (CODE('enrolment_change.kind', 'suspend'), CODE('enrolment_change.kind', 'resume'))
), away AS (
  SELECT sid, until, applied_to_resume FROM change WHERE nth = 1 AND kind = CODE('enrolment_change.kind', 'suspend')
), back AS (
  SELECT sid FROM change WHERE nth = 1 AND kind = CODE('enrolment_change.kind', 'resume')
), seen AS (
  SELECT s.sid, GREATEST(a.last_on, d.last_on, e.last_on, c.last_on, i.last_on, o.last_on) AS last_on
  FROM student AS s
  LEFT JOIN indicators_attendance AS a ON s.sid = a.sid LEFT JOIN indicators_dorm AS d ON s.sid = d.sid
  LEFT JOIN indicators_engagement AS e ON s.sid = e.sid LEFT JOIN indicators_coursework AS c ON s.sid = c.sid
  LEFT JOIN indicators_internship AS i ON s.sid = i.sid LEFT JOIN indicators_conduct AS o ON s.sid = o.sid
)
SELECT s.sid,
       CASE WHEN w.sid IS NOT NULL OR (s.status = CODE('student.status', 'suspended') AND b.sid IS NULL) THEN 1 ELSE 0 END AS enrolment_suspended,
       CASE WHEN w.applied_to_resume IS DISTINCT FROM TRUE THEN DATE_DIFF('day', $as_of, w.until) END AS leave_of_absence_days_left,
       CASE WHEN n.last_on IS NOT NULL AND p.last_on IS NOT NULL THEN GREATEST(DATE_DIFF('day', n.last_on, p.last_on), 0) END AS days_since_any_record
FROM student AS s CROSS JOIN peers_enrolment AS p
JOIN seen AS n ON s.sid = n.sid
LEFT JOIN away AS w ON s.sid = w.sid
LEFT JOIN back AS b ON s.sid = b.sid
