-- Per session where sessions are delivered, per day where only days are. A school day counts as absent when something was missed and the
-- student was neither seen nor on leave that day; days without a record neither count nor break a run (no record is not presence).
-- school_day gives every school day one bit: `newer` holds the latest 62, `older` the 62 before.
WITH session AS (
  SELECT a.sid, MIN(a.day) AS first_on, MAX(a.day) AS last_on,
         MAX(CASE WHEN a.status IN (CODE('attendance.status', 'present'), CODE('attendance.status', 'late'), CODE('attendance.status', 'early')) THEN a.day END) AS seen_on,
         COUNT(*) FILTER (WHERE a.day >= $term_start) AS n_term,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance.status', 'absent') AND a.day >= $term_start) AS absent_term,
         SUM(CASE WHEN a.status = CODE('attendance.status', 'absent') AND a.day >= $term_start THEN COALESCE(a.hours, 2) ELSE 0 END) AS hours_term,
         COUNT(*) FILTER (WHERE a.status IN (CODE('attendance.status', 'late'), CODE('attendance.status', 'early')) AND a.day >= $term_start) AS late_term,
         COUNT(*) FILTER (WHERE a.day > $as_of - 14) AS n_14d,
         COUNT(*) FILTER (WHERE a.status IN (CODE('attendance.status', 'late'), CODE('attendance.status', 'early')) AND a.day > $as_of - 14) AS late_14d,
         COUNT(*) FILTER (WHERE a.day > $as_of - 30) AS n_30d,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance.status', 'absent') AND a.day > $as_of - 30) AS absent_30d,
         COUNT(*) FILTER (WHERE a.day > $as_of - 60 AND a.day <= $as_of - 30) AS n_before,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance.status', 'absent') AND a.day > $as_of - 60 AND a.day <= $as_of - 30) AS absent_before,
         BIT_OR(CASE WHEN a.status = CODE('attendance.status', 'absent') THEN c.newer ELSE 0 END) AS absent_newer,
         BIT_OR(CASE WHEN a.status = CODE('attendance.status', 'absent') THEN c.older ELSE 0 END) AS absent_older,
         BIT_OR(CASE WHEN a.status = CODE('attendance.status', 'absent') THEN 0 ELSE c.newer END) AS accounted_newer,
         BIT_OR(CASE WHEN a.status = CODE('attendance.status', 'absent') THEN 0 ELSE c.older END) AS accounted_older
  FROM attendance AS a LEFT JOIN school_day AS c ON a.day = c.day AND c.day >= $term_start
  WHERE a.day <= $as_of AND a.day >= LEAST($term_start, $as_of - 59)
  GROUP BY a.sid
), daily AS (
  SELECT a.sid, MIN(a.day) AS first_on, MAX(a.day) AS last_on,
         MAX(CASE WHEN a.status IN (CODE('attendance_day.status', 'present'), CODE('attendance_day.status', 'late'), CODE('attendance_day.status', 'early')) THEN a.day END) AS seen_on,
         COUNT(*) FILTER (WHERE a.day >= $term_start) AS n_term,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance_day.status', 'absent') AND a.day >= $term_start) AS absent_term,
         COUNT(*) FILTER (WHERE a.status IN (CODE('attendance_day.status', 'late'), CODE('attendance_day.status', 'early')) AND a.day >= $term_start) AS late_term,
         COUNT(*) FILTER (WHERE a.day > $as_of - 14) AS n_14d,
         COUNT(*) FILTER (WHERE a.status IN (CODE('attendance_day.status', 'late'), CODE('attendance_day.status', 'early')) AND a.day > $as_of - 14) AS late_14d,
         COUNT(*) FILTER (WHERE a.day > $as_of - 30) AS n_30d,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance_day.status', 'absent') AND a.day > $as_of - 30) AS absent_30d,
         COUNT(*) FILTER (WHERE a.day > $as_of - 60 AND a.day <= $as_of - 30) AS n_before,
         COUNT(*) FILTER (WHERE a.status = CODE('attendance_day.status', 'absent') AND a.day > $as_of - 60 AND a.day <= $as_of - 30) AS absent_before,
         BIT_OR(CASE WHEN a.status = CODE('attendance_day.status', 'absent') THEN c.newer ELSE 0 END) AS absent_newer,
         BIT_OR(CASE WHEN a.status = CODE('attendance_day.status', 'absent') THEN c.older ELSE 0 END) AS absent_older,
         BIT_OR(CASE WHEN a.status = CODE('attendance_day.status', 'absent') THEN 0 ELSE c.newer END) AS accounted_newer,
         BIT_OR(CASE WHEN a.status = CODE('attendance_day.status', 'absent') THEN 0 ELSE c.older END) AS accounted_older
  FROM attendance_day AS a LEFT JOIN school_day AS c ON a.day = c.day AND c.day >= $term_start
  WHERE a.day <= $as_of AND a.day >= LEAST($term_start, $as_of - 59)
  GROUP BY a.sid
), away AS (
  SELECT sid, SUM(days) AS days_term
  FROM leave
  WHERE starts_at < $as_of + 1 AND starts_at >= $term_start AND approved IS DISTINCT FROM FALSE AND kind <> CODE('leave.kind', 'official')
  GROUP BY sid
), merged AS (
  SELECT COALESCE(s.sid, d.sid) AS sid,
         LEAST(s.first_on, d.first_on) AS first_on, GREATEST(s.last_on, d.last_on) AS last_on, GREATEST(s.seen_on, d.seen_on) AS seen_on,
         CASE WHEN s.n_term > 0 THEN s.absent_term WHEN d.n_term > 0 THEN d.absent_term END AS absent_term,
         CASE WHEN s.n_term > 0 THEN s.hours_term END AS hours_term,
         CASE WHEN s.n_term > 0 THEN s.late_term WHEN d.n_term > 0 THEN d.late_term END AS late_term,
         CASE WHEN s.n_14d > 0 THEN s.late_14d WHEN d.n_14d > 0 THEN d.late_14d END AS late_14d,
         CASE WHEN s.n_30d > 0 THEN CAST(s.absent_30d AS DOUBLE) / s.n_30d ELSE CAST(d.absent_30d AS DOUBLE) / d.n_30d END AS rate,
         CASE WHEN s.n_30d > 0 THEN CAST(s.absent_before AS DOUBLE) / s.n_before ELSE CAST(d.absent_before AS DOUBLE) / d.n_before END AS rate_before,
         COALESCE(s.n_term, 0) + COALESCE(d.n_term, 0) AS n_term,
         COALESCE(s.accounted_newer, 0) | COALESCE(d.accounted_newer, 0) AS accounted_newer,
         COALESCE(s.accounted_older, 0) | COALESCE(d.accounted_older, 0) AS accounted_older,
         COALESCE(s.absent_newer, 0) | COALESCE(d.absent_newer, 0) AS missed_newer,
         COALESCE(s.absent_older, 0) | COALESCE(d.absent_older, 0) AS missed_older
  FROM session AS s FULL JOIN daily AS d ON s.sid = d.sid
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
  SELECT m.sid, BIT_COUNT(m.accounted_newer & (c.newer - 1)) + CASE WHEN c.newer = 0 THEN BIT_COUNT(m.accounted_newer) + BIT_COUNT(m.accounted_older & (c.older - 1)) ELSE 0 END AS place,
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
