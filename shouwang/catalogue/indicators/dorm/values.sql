-- Bit k of every mask is the night k nights before the feed's latest whole night (06:00 to 06:00). A night is spent outside when the gate
-- the student uses delivered, the day after was a school day, no leave covers it, and the last sign of the night is not "in".
-- A night without any sign was spent inside when the next sign is "out" (who leaves was there), or, where the feed reports both ways,
-- when the last sign of all is "in".
WITH feed AS (
  SELECT MAX(last_day) AS last_day, MAX(ref) AS ref, MAX(two_way) AS two_way, MAX(school_nights) AS school_nights FROM peers_dorm
), sign AS NOT MATERIALIZED (
  SELECT a.sid, COALESCE(a.gate, '') AS gate, a.direction, a.seen_at,
         DATE_DIFF('day', CAST(a.seen_at - INTERVAL 6 HOUR AS DATE), f.ref) AS back,
         MOD(EXTRACT(HOUR FROM a.seen_at) + 18, 24) * 3600 + EXTRACT(MINUTE FROM a.seen_at) * 60 + EXTRACT(SECOND FROM a.seen_at) AS moment
  FROM dorm_access AS a CROSS JOIN feed AS f
  WHERE a.seen_at < $as_of + 1 AND a.seen_at >= $as_of - 180
), used AS (
  SELECT sid, gate, MAX(CASE WHEN direction <> CODE('dorm_access.direction', 'absent') THEN seen_at END) AS last_at,
         BIT_OR(CASE WHEN direction = CODE('dorm_access.direction', 'in') AND (EXTRACT(HOUR FROM seen_at) >= 23 OR EXTRACT(HOUR FROM seen_at) < 6)
                      AND back BETWEEN 0 AND 27 THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS late
  FROM sign GROUP BY sid, gate
), student_gate AS (
  SELECT u.sid, CAST(MAX(u.last_at) AS DATE) AS last_on, BIT_OR(u.late) AS late, BIT_OR(COALESCE(g.delivered, 0)) AS delivered
  FROM used AS u LEFT JOIN peers_dorm AS g ON u.gate = g.gate
  GROUP BY u.sid
), night AS (
  SELECT sid, back, MAX(moment * 4 + direction) AS last_sign,
         MIN(CASE WHEN direction <> CODE('dorm_access.direction', 'absent') THEN moment * 4 + direction END) AS first_sign
  FROM sign WHERE back BETWEEN 0 AND 13 AND seen_at >= $as_of - 30
  GROUP BY sid, back
), mask AS (
  SELECT sid, BIT_OR(CAST(1 AS BIGINT) << back) AS signed,
         BIT_OR(CASE WHEN MOD(last_sign, 4) = CODE('dorm_access.direction', 'in') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS last_in,
         BIT_OR(CASE WHEN MOD(last_sign, 4) = CODE('dorm_access.direction', 'absent') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS missing,
         BIT_OR(CASE WHEN MOD(first_sign, 4) = CODE('dorm_access.direction', 'out') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS first_out
  FROM night GROUP BY sid
), silent AS (
  SELECT g.sid, g.last_on, g.late, g.delivered, COALESCE(m.signed, 0) AS signed, COALESCE(m.last_in, 0) AS last_in,
         COALESCE(m.missing, 0) AS missing, 16383 & ~COALESCE(m.signed, 0) AS unsigned,
         (COALESCE(m.first_out, 0) << 1) & 16383 & ~COALESCE(m.signed, 0) AS starts
  FROM student_gate AS g LEFT JOIN mask AS m ON g.sid = m.sid
), inside AS (
  -- unsigned & ~(unsigned + starts): the carry runs through the silent nights older than a night that begins with "out".
  SELECT s.*, s.last_in | (s.unsigned & ~(s.unsigned + s.starts))
           | CASE WHEN f.two_way = 1 AND (s.last_in & s.signed & -s.signed) <> 0 THEN (s.signed & -s.signed) - 1 ELSE 0 END AS nights
  FROM silent AS s CROSS JOIN feed AS f
), away AS (
  SELECT l.sid, BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', n.day - 1, f.ref)) AS nights
  FROM leave AS l CROSS JOIN feed AS f
  JOIN school_day AS n ON n.day - 1 BETWEEN f.ref - 13 AND f.ref AND l.starts_at < n.day AND l.ends_at >= n.day - INTERVAL 2 HOUR
  WHERE l.approved IS DISTINCT FROM FALSE
  GROUP BY l.sid
), outside AS (
  SELECT i.*, ((i.delivered & ~i.nights) | i.missing) & 16383 & f.school_nights & ~COALESCE(a.nights, 0) AS nights_out
  FROM inside AS i CROSS JOIN feed AS f LEFT JOIN away AS a ON i.sid = a.sid
)
SELECT o.sid, o.last_on,
       CASE WHEN (o.delivered & 16383) <> 0 THEN BIT_COUNT(o.late & 16383) END AS late_returns_14d,
       CASE WHEN (o.delivered & 16383) <> 0 OR o.missing <> 0 THEN BIT_COUNT(o.nights_out) END AS nights_out_14d,
       CASE WHEN (o.delivered & 16383) <> 0 AND (o.delivered & 268419072) <> 0
            THEN BIT_COUNT(o.late & 16383) - BIT_COUNT(o.late & 268419072) END AS late_returns_change,
       CASE WHEN f.last_day >= $as_of - 14 THEN DATE_DIFF('day', o.last_on, f.last_day) END AS days_since_dorm
FROM outside AS o CROSS JOIN feed AS f
