-- How far each feed reaches and which stretches of it can be compared: 14 days for the platform, 30 for loans, stretch 0 the latest.
-- A stretch counts when the feed had begun and, where a calendar is known, at least half of its weekdays were school days.
WITH reach AS (
  SELECT 'platform' AS feed, 14 AS days, 14 AS stale, MIN(day) AS first_on, MAX(day) AS ref FROM everyone_platform_activity WHERE day <= $as_of
  UNION ALL
  SELECT 'loan' AS feed, 30 AS days, 45 AS stale, MIN(loaned_on) AS first_on, MAX(loaned_on) AS ref FROM everyone_library_loan WHERE loaned_on <= $as_of
  UNION ALL
  SELECT 'activity' AS feed, 30 AS days, 60 AS stale, MIN(earned_on) AS first_on, MAX(earned_on) AS ref FROM everyone_activity_points WHERE earned_on <= $as_of
), number AS (
  SELECT back AS nth FROM (VALUES (0), (1), (2), (3), (4), (5)) AS listed(back)
), calendar AS (
  SELECT COUNT(*) AS days FROM school_day
), stretch AS (
  SELECT r.feed, r.ref, r.first_on, r.days, n.nth, COUNT(d.day) AS school_days, MAX(c.days) AS calendar_days
  FROM reach AS r CROSS JOIN number AS n CROSS JOIN calendar AS c
  LEFT JOIN school_day AS d ON d.day > r.ref - r.days * (n.nth + 1) AND d.day <= r.ref - r.days * n.nth
  WHERE r.ref IS NOT NULL AND r.ref >= $as_of - r.stale
  GROUP BY r.feed, r.ref, r.first_on, r.days, n.nth
), year AS (
  SELECT MIN(starts_on) AS starts_on FROM term_day WHERE term - MOD(term, 10) = $term - MOD($term, 10)
)
SELECT s.feed, s.nth, s.ref, s.first_on, y.starts_on AS year_start,
       s.ref - s.days * (s.nth + 1) + 1 AS from_on, s.ref - s.days * s.nth AS to_on,
       s.first_on <= s.ref - s.days * (s.nth + 1) + 1 AND (s.calendar_days = 0 OR s.school_days * 14 >= s.days * 5) AS usable
FROM stretch AS s CROSS JOIN year AS y
