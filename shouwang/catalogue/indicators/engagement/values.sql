-- Against the student's own baseline: the latest stretch beside the mean of the earlier ones, in their own spread, but never
-- finer than one day (or one loan), so that somebody perfectly regular does not alarm by missing a single day.
WITH stretch AS (
  SELECT feed, nth FROM peers_engagement WHERE feed IN ('platform', 'loan') AND (usable OR nth = 0)
), reach AS (
  SELECT MAX(CASE WHEN feed = 'platform' THEN ref END) AS platform_ref, MAX(CASE WHEN feed = 'platform' THEN first_on END) AS platform_first,
         MAX(CASE WHEN feed = 'loan' THEN ref END) AS loan_ref,
         MAX(CASE WHEN feed = 'activity' THEN ref END) AS activity_ref, MAX(CASE WHEN feed = 'activity' THEN first_on END) AS activity_first,
         MAX(year_start) AS year_start,
         COUNT(*) FILTER (WHERE feed = 'platform' AND nth > 0 AND usable) AS platform_stretches,
         COUNT(*) FILTER (WHERE feed = 'platform' AND nth = 0 AND usable) AS platform_now,
         COUNT(*) FILTER (WHERE feed = 'loan' AND nth > 0 AND usable) AS loan_stretches,
         COUNT(*) FILTER (WHERE feed = 'loan' AND nth = 0 AND usable) AS loan_now
  FROM peers_engagement
), visit AS (
  SELECT sid, CAST(FLOOR(DATE_DIFF('day', p.day, r.platform_ref) / 14) AS INTEGER) AS nth, COUNT(*) AS n
  FROM platform_activity AS p CROSS JOIN reach AS r
  WHERE p.actions > 0 AND p.day <= $as_of AND p.day > $as_of - 98
  GROUP BY sid, CAST(FLOOR(DATE_DIFF('day', p.day, r.platform_ref) / 14) AS INTEGER)
), platform AS (
  SELECT v.sid, SUM(CASE WHEN v.nth = 0 THEN n ELSE 0 END) AS now, SUM(CASE WHEN v.nth > 0 THEN n ELSE 0 END) AS total,
         SUM(CASE WHEN v.nth > 0 THEN n * n ELSE 0 END) AS squares
  FROM visit AS v JOIN stretch AS t ON t.feed = 'platform' AND v.nth = t.nth GROUP BY v.sid
), last_visit AS (
  SELECT sid, MAX(day) AS last_on FROM platform_activity WHERE actions > 0 AND day <= $as_of AND day > $as_of - 180 GROUP BY sid
), borrowed AS (
  SELECT sid, CAST(FLOOR(DATE_DIFF('day', l.loaned_on, r.loan_ref) / 30) AS INTEGER) AS nth, COUNT(*) AS n
  FROM library_loan AS l CROSS JOIN reach AS r
  WHERE l.loaned_on <= $as_of AND l.loaned_on > $as_of - 240
  GROUP BY sid, CAST(FLOOR(DATE_DIFF('day', l.loaned_on, r.loan_ref) / 30) AS INTEGER)
), loan AS (
  SELECT b.sid, SUM(CASE WHEN b.nth = 0 THEN n ELSE 0 END) AS now, SUM(CASE WHEN b.nth > 0 THEN n ELSE 0 END) AS total,
         SUM(CASE WHEN b.nth > 0 THEN n * n ELSE 0 END) AS squares
  FROM borrowed AS b JOIN stretch AS t ON t.feed = 'loan' AND b.nth = t.nth GROUP BY b.sid
), last_loan AS (
  SELECT sid, MAX(loaned_on) AS last_on FROM library_loan WHERE loaned_on <= $as_of GROUP BY sid
), activity AS (
  SELECT a.sid, SUM(a.points) AS points, SUM(CASE WHEN a.earned_on >= r.year_start THEN a.points ELSE 0 END) AS points_year, MAX(a.earned_on) AS last_on
  FROM activity_points AS a CROSS JOIN reach AS r WHERE a.earned_on <= $as_of GROUP BY a.sid
), filled AS (
  SELECT s.sid, r.*, COALESCE(p.now, 0) AS visits, CAST(COALESCE(p.total, 0) AS DOUBLE) / r.platform_stretches AS visits_mean,
         CAST(COALESCE(p.squares, 0) AS DOUBLE) / r.platform_stretches AS visits_square,
         COALESCE(l.now, 0) AS loans, CAST(COALESCE(l.total, 0) AS DOUBLE) / r.loan_stretches AS loans_mean,
         CAST(COALESCE(l.squares, 0) AS DOUBLE) / r.loan_stretches AS loans_square,
         v.last_on AS visited_on, b.last_on AS borrowed_on, a.points, a.points_year, a.last_on AS active_on
  FROM student AS s CROSS JOIN reach AS r
  LEFT JOIN platform AS p ON s.sid = p.sid LEFT JOIN last_visit AS v ON s.sid = v.sid
  LEFT JOIN loan AS l ON s.sid = l.sid LEFT JOIN last_loan AS b ON s.sid = b.sid LEFT JOIN activity AS a ON s.sid = a.sid
)
SELECT sid, GREATEST(visited_on, borrowed_on, active_on) AS last_on,
       CASE WHEN activity_ref IS NOT NULL THEN COALESCE(points, 0) END AS activity_points_total,
       CASE WHEN activity_ref >= year_start THEN COALESCE(points_year, 0) END AS activity_points_year,
       DATE_DIFF('day', CASE WHEN activity_ref IS NOT NULL THEN COALESCE(active_on, activity_first - 1) END, activity_ref) AS days_since_activity,
       CASE WHEN loan_ref IS NOT NULL THEN loans END AS loans_30d,
       CASE WHEN loan_now = 1 AND loan_stretches >= 2
            THEN ROUND((loans - loans_mean) / GREATEST(SQRT(GREATEST(loans_square - loans_mean * loans_mean, 0)), 1), 6) END AS loans_change,
       CASE WHEN platform_ref IS NOT NULL THEN visits END AS platform_days_14d,
       CASE WHEN platform_now = 1 AND platform_stretches >= 2
            THEN ROUND((visits - visits_mean) / GREATEST(SQRT(GREATEST(visits_square - visits_mean * visits_mean, 0)), 1), 6) END AS platform_change,
       DATE_DIFF('day', CASE WHEN platform_ref IS NOT NULL THEN COALESCE(visited_on, GREATEST(platform_first, $as_of - 179) - 1) END, platform_ref)
         AS days_since_platform
FROM filled
