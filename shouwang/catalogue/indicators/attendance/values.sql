-- Per session where sessions are delivered, per day where only days are. A school day counts as absent when something was missed and the
-- student was neither seen nor on leave that day; days without a record neither count nor break a run (no record is not presence).
-- school_day gives every school day one bit: `newer` holds the latest 62, `older` the 62 before.
WITH record AS (
  -- Marks of whole days are kept apart from marks of sessions by adding ten.
  SELECT sid, day, status AS mark, hours FROM attendance
  UNION ALL
  SELECT sid, day, status + 10 AS mark, CAST(NULL AS DECIMAL(10, 2)) AS hours FROM attendance_day
), span AS (
  -- Four counters in one number, twelve bits each: in this term, in 14 days, in 30 days, in the 30 before. One sum instead of four.
  SELECT d.day, d.day >= $term_start AS in_term,
         CASE WHEN d.day >= $term_start THEN c.newer ELSE 0 END AS newer, CASE WHEN d.day >= $term_start THEN c.older ELSE 0 END AS older,
         CASE WHEN d.day >= $term_start THEN 1 ELSE 0 END + CASE WHEN d.day > $as_of - 14 THEN 4096 ELSE 0 END
           + CASE WHEN d.day > $as_of - 30 THEN 16777216 ELSE 0 END
           + CASE WHEN d.day > $as_of - 60 AND d.day <= $as_of - 30 THEN 68719476736 ELSE 0 END AS counters
  FROM every_day AS d LEFT JOIN school_day AS c ON d.day = c.day
  WHERE d.day >= LEAST($term_start, $as_of - 59)
), tally AS (
  -- All that is asked of the rows is asked once per student and mark; what the marks mean is decided on the few rows that remain.
  SELECT r.sid, r.mark, MIN(r.day) AS first_on, MAX(r.day) AS last_on, SUM(s.counters) AS counters,
         SUM(CASE WHEN s.in_term THEN r.hours END) AS hours, BIT_OR(s.newer) AS newer, BIT_OR(s.older) AS older
  FROM record AS r JOIN span AS s ON r.day = s.day
  GROUP BY r.sid, r.mark
), meaning AS (
  SELECT *, mark < 10 AS session,
         mark IN (CODE('attendance.status', 'absent'), 10 + CODE('attendance_day.status', 'absent')) AS absent,
         mark IN (CODE('attendance.status', 'leave'), 10 + CODE('attendance_day.status', 'leave')) AS away,
         mark IN (CODE('attendance.status', 'late'), CODE('attendance.status', 'early'), 10 + CODE('attendance_day.status', 'late'), 10 + CODE('attendance_day.status', 'early')) AS late
  FROM tally
), summed AS (
  SELECT sid, MIN(first_on) AS first_on, MAX(last_on) AS last_on, MAX(CASE WHEN NOT absent AND NOT away THEN last_on END) AS seen_on,
         SUM(CASE WHEN absent THEN hours ELSE 0 END) AS hours_absent,
         SUM(CASE WHEN session THEN counters ELSE 0 END) AS sessions, SUM(CASE WHEN NOT session THEN counters ELSE 0 END) AS days,
         SUM(CASE WHEN session AND absent THEN counters ELSE 0 END) AS sessions_absent, SUM(CASE WHEN NOT session AND absent THEN counters ELSE 0 END) AS days_absent,
         SUM(CASE WHEN session AND late THEN counters ELSE 0 END) AS sessions_late, SUM(CASE WHEN NOT session AND late THEN counters ELSE 0 END) AS days_late,
         BIT_OR(CASE WHEN absent THEN newer ELSE 0 END) AS missed_newer, BIT_OR(CASE WHEN absent THEN older ELSE 0 END) AS missed_older,
         BIT_OR(CASE WHEN absent THEN 0 ELSE newer END) AS accounted_newer, BIT_OR(CASE WHEN absent THEN 0 ELSE older END) AS accounted_older
  FROM meaning GROUP BY sid
), merged AS (
  -- Where a student has records of sessions, those count; else those of whole days.
  SELECT sid, first_on, last_on, seen_on, (sessions + days) & 4095 AS n_term,
         CASE WHEN (sessions & 4095) > 0 THEN sessions_absent & 4095 WHEN (days & 4095) > 0 THEN days_absent & 4095 END AS absent_term,
         CASE WHEN (sessions & 4095) > 0 THEN hours_absent END AS hours_term,
         CASE WHEN (sessions & 4095) > 0 THEN sessions_late & 4095 WHEN (days & 4095) > 0 THEN days_late & 4095 END AS late_term,
         CASE WHEN ((sessions >> 12) & 4095) > 0 THEN (sessions_late >> 12) & 4095
              WHEN ((days >> 12) & 4095) > 0 THEN (days_late >> 12) & 4095 END AS late_14d,
         CASE WHEN ((sessions >> 24) & 4095) > 0 THEN CAST((sessions_absent >> 24) & 4095 AS DOUBLE) / ((sessions >> 24) & 4095)
              ELSE CAST((days_absent >> 24) & 4095 AS DOUBLE) / ((days >> 24) & 4095) END AS rate,
         CASE WHEN ((sessions >> 24) & 4095) > 0 THEN CAST((sessions_absent >> 36) & 4095 AS DOUBLE) / ((sessions >> 36) & 4095)
              ELSE CAST((days_absent >> 36) & 4095 AS DOUBLE) / ((days >> 36) & 4095) END AS rate_before,
         COALESCE(missed_newer, 0) AS missed_newer, COALESCE(missed_older, 0) AS missed_older,
         COALESCE(accounted_newer, 0) AS accounted_newer, COALESCE(accounted_older, 0) AS accounted_older
  FROM summed
), away AS (
  SELECT sid, SUM(days) AS days_term
  FROM leave
  WHERE starts_at < $as_of + 1 AND starts_at >= $term_start AND approved IS DISTINCT FROM FALSE AND kind <> CODE('leave.kind', 'official')
  GROUP BY sid
), masked AS (
  SELECT *, missed_newer & ~accounted_newer AS absent_newer, missed_older & ~accounted_older AS absent_older FROM merged
), counted AS (
  -- x & -x is the latest accounted day; the absent bits below it are the days missed since.
  SELECT *, BIT_COUNT(absent_newer) + BIT_COUNT(absent_older) AS absent_days,
         CASE WHEN accounted_newer <> 0 THEN BIT_COUNT(absent_newer & ((accounted_newer & -accounted_newer) - 1))
              WHEN accounted_older <> 0 THEN BIT_COUNT(absent_newer) + BIT_COUNT(absent_older & ((accounted_older & -accounted_older) - 1))
              ELSE BIT_COUNT(absent_newer) + BIT_COUNT(absent_older) END AS running
  FROM masked
), run AS (
  -- Absent days between the same two accounted days are one run: each is named by the accounted days that came after it.
  SELECT m.sid, CASE WHEN c.newer <> 0 THEN BIT_COUNT(m.accounted_newer & (c.newer - 1))
                     ELSE BIT_COUNT(m.accounted_newer) + BIT_COUNT(m.accounted_older & (c.older - 1)) END AS place,
         COUNT(*) AS length
  FROM counted AS m JOIN school_day AS c ON (m.absent_newer & c.newer) <> 0 OR (m.absent_older & c.older) <> 0
  WHERE m.absent_days > m.running AND m.absent_days > 1
  GROUP BY m.sid, place
), longest AS (
  SELECT sid, MAX(length) AS length FROM run GROUP BY sid
)
SELECT s.sid, m.last_on, m.absent_term AS absences_term, m.hours_term AS truancy_hours_term, m.late_term AS lates_term, m.late_14d AS lates_14d,
       CASE WHEN p.leaves > 0 THEN COALESCE(a.days_term, 0) END AS leave_days_term,
       ROUND(100 * m.rate, 4) AS absence_rate_30d, ROUND(100 * (m.rate - m.rate_before), 4) AS absence_rate_change,
       CASE WHEN m.n_term > 0 AND m.last_on > $as_of - 14 THEN m.running END AS absent_days_running,
       CASE WHEN m.n_term > 0 THEN COALESCE(l.length, m.absent_days) END AS absent_days_longest,
       DATE_DIFF('day', COALESCE(m.seen_on, m.first_on - 1), m.last_on) AS days_since_class
FROM student AS s
CROSS JOIN peers_attendance AS p
LEFT JOIN counted AS m ON s.sid = m.sid
LEFT JOIN longest AS l ON s.sid = l.sid
LEFT JOIN away AS a ON s.sid = a.sid
