-- Bit k of every mask is the night k nights before the feed's latest whole night (06:00 to 06:00). A night is spent outside when the gate
-- the student uses delivered, the day after was a school day, no leave covers it, and the last sign of the night is not "in".
-- A night without any sign was spent inside when the next sign is "out" (who leaves was there), or, where the feed reports both ways,
-- when the last sign of all is "in".
WITH feed AS (
  SELECT MAX(last_day) AS last_day, MAX(ref) AS ref, MAX(two_way) AS two_way, MAX(roll_call) AS roll_call, MAX(school_nights) AS school_nights
  FROM peers_dorm
), sign AS (
  SELECT a.sid, DATE_DIFF('day', CAST(a.seen_at - INTERVAL 6 HOUR AS DATE), f.ref) AS back, COALESCE(a.gate, '') AS gate, a.direction,
         MOD(EXTRACT(HOUR FROM a.seen_at) + 18, 24) * 3600 + EXTRACT(MINUTE FROM a.seen_at) * 60 + EXTRACT(SECOND FROM a.seen_at) AS moment
  FROM dorm_access AS a CROSS JOIN feed AS f
  WHERE a.seen_at >= f.ref - 27 AND a.seen_at < f.ref + 2 AND f.ref >= $as_of - 14
), night AS (
  SELECT s.sid, s.back, MAX(s.moment * 4 + s.direction) AS last_sign,
         MIN(CASE WHEN s.direction <> CODE('dorm_access.direction', 'absent') THEN s.moment * 4 + s.direction END) AS first_sign,
         MAX(CASE WHEN s.direction = CODE('dorm_access.direction', 'in') AND s.moment >= 61200 THEN 1 ELSE 0 END) AS late,
         BIT_OR(COALESCE(g.delivered, 0)) AS delivered
  FROM sign AS s LEFT JOIN peers_dorm AS g ON s.gate = g.gate
  WHERE s.back BETWEEN 0 AND 27
  GROUP BY s.sid, s.back
), mask AS (
  SELECT sid, BIT_OR(delivered) AS delivered,
         BIT_OR(CAST(1 AS BIGINT) << back) AS signed,
         BIT_OR(CASE WHEN MOD(last_sign, 4) = CODE('dorm_access.direction', 'in') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS last_in,
         BIT_OR(CASE WHEN MOD(last_sign, 4) = CODE('dorm_access.direction', 'absent') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS missing,
         BIT_OR(CASE WHEN MOD(first_sign, 4) = CODE('dorm_access.direction', 'out') THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS first_out,
         BIT_OR(CASE WHEN late = 1 THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS late
  FROM night GROUP BY sid
), silent AS (
  SELECT *, 268435455 & ~signed AS unsigned, (first_out << 1) & 268435455 & ~signed AS starts FROM mask
), inside AS (
  -- unsigned & ~(unsigned + starts): the carry runs through the silent nights older than a night that begins with "out".
  SELECT s.*, s.last_in | (s.unsigned & ~(s.unsigned + s.starts))
           | CASE WHEN f.two_way = 1 AND (s.last_in & s.signed & -s.signed) <> 0 THEN (s.signed & -s.signed) - 1 ELSE 0 END AS nights
  FROM silent AS s CROSS JOIN feed AS f
), away AS (
  SELECT l.sid, BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', n.day - 1, f.ref)) AS nights
  FROM leave AS l CROSS JOIN feed AS f
  JOIN school_day AS n ON n.day - 1 BETWEEN f.ref - 27 AND f.ref AND l.starts_at < n.day AND l.ends_at >= n.day - INTERVAL 2 HOUR
  WHERE l.approved IS DISTINCT FROM FALSE
  GROUP BY l.sid
), outside AS (
  SELECT i.*, ((i.delivered & ~i.nights) | i.missing) & f.school_nights & ~COALESCE(a.nights, 0) AS nights_out
  FROM inside AS i CROSS JOIN feed AS f LEFT JOIN away AS a ON i.sid = a.sid
), last_sign AS (
  SELECT a.sid, MAX(CAST(a.seen_at AS DATE)) AS last_on
  FROM dorm_access AS a
  WHERE a.seen_at < $as_of + 1 AND a.seen_at >= $as_of - 180 AND a.direction <> CODE('dorm_access.direction', 'absent')
  GROUP BY a.sid
)
SELECT s.sid, l.last_on,
       CASE WHEN (o.delivered & 16383) <> 0 THEN BIT_COUNT(o.late & 16383) END AS late_returns_14d,
       CASE WHEN (o.delivered & 16383) <> 0 OR (o.missing & 16383) <> 0 THEN BIT_COUNT(o.nights_out & 16383) END AS nights_out_14d,
       CASE WHEN (o.delivered & 16383) <> 0 AND (o.delivered & 268419072) <> 0
            THEN BIT_COUNT(o.late & 16383) - BIT_COUNT(o.late & 268419072) END AS late_returns_change,
       CASE WHEN f.last_day >= $as_of - 14 THEN DATE_DIFF('day', l.last_on, f.last_day) END AS days_since_dorm
FROM student AS s CROSS JOIN feed AS f
LEFT JOIN outside AS o ON s.sid = o.sid
LEFT JOIN last_sign AS l ON s.sid = l.sid
