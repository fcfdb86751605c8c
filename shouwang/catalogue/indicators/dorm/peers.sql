-- Which nights each gate delivered: bit k is the night k nights before `ref`, the latest night that the feed has seen to its end
-- (something was recorded after midnight). A night on which a gate is silent says nothing about anybody.
WITH feed AS (
  SELECT MAX(CAST(seen_at AS DATE)) AS last_day, MAX(CAST(seen_at AS DATE)) - 1 AS ref,
         MAX(CASE WHEN direction = CODE('dorm_access.direction', 'out') THEN 1 ELSE 0 END) AS two_way,
         MAX(CASE WHEN direction = CODE('dorm_access.direction', 'absent') THEN 1 ELSE 0 END) AS roll_call
  FROM everyone_dorm_access WHERE seen_at < $as_of + 1
), night AS (
  SELECT BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', d.day - 1, f.ref)) AS school_nights
  FROM school_day AS d CROSS JOIN feed AS f WHERE d.day - 1 BETWEEN f.ref - 27 AND f.ref
), tomorrow AS (
  -- school_day ends with the day of evaluation; the night before it is the latest that can be a school night.
  SELECT COALESCE(school_nights, 0) AS school_nights FROM night
), gate AS (
  SELECT COALESCE(a.gate, '') AS gate,
         BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', CAST(a.seen_at - INTERVAL 6 HOUR AS DATE), f.ref)) AS delivered
  FROM everyone_dorm_access AS a CROSS JOIN feed AS f
  WHERE a.seen_at >= f.ref - 27 AND CAST(a.seen_at - INTERVAL 6 HOUR AS DATE) BETWEEN f.ref - 27 AND f.ref
    AND a.direction <> CODE('dorm_access.direction', 'absent') AND f.ref >= $as_of - 14
  GROUP BY COALESCE(a.gate, '')
)
SELECT g.gate, g.delivered, f.last_day, f.ref, f.two_way, f.roll_call, t.school_nights
FROM feed AS f CROSS JOIN tomorrow AS t LEFT JOIN gate AS g ON TRUE
