-- Which nights each gate delivered: bit k is the night k nights before `ref`, the latest night that the feed has seen to its end
-- (something was recorded after midnight). A night on which a gate is silent says nothing about anybody.
WITH night AS (
  SELECT COALESCE(gate, '') AS gate, CAST(seen_at - INTERVAL 6 HOUR AS DATE) AS night, MAX(seen_at) AS last_at,
         COUNT(*) FILTER (WHERE direction <> CODE('dorm_access.direction', 'absent')) AS signs,
         COUNT(*) FILTER (WHERE direction = CODE('dorm_access.direction', 'out')) AS gone
  FROM everyone_dorm_access WHERE seen_at < $as_of + 1 AND seen_at >= $as_of - 45
  GROUP BY COALESCE(gate, ''), CAST(seen_at - INTERVAL 6 HOUR AS DATE)
), feed AS (
  SELECT CAST(MAX(last_at) AS DATE) AS last_day, CAST(MAX(last_at) AS DATE) - 1 AS ref, CASE WHEN SUM(gone) > 0 THEN 1 ELSE 0 END AS two_way
  FROM night
), school AS (
  SELECT COALESCE(BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', d.day - 1, f.ref)), 0) AS school_nights
  FROM school_day AS d CROSS JOIN feed AS f WHERE d.day - 1 BETWEEN f.ref - 27 AND f.ref
), gate AS (
  SELECT n.gate, BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('day', n.night, f.ref)) AS delivered
  FROM night AS n CROSS JOIN feed AS f
  WHERE n.night BETWEEN f.ref - 27 AND f.ref AND n.signs > 0 AND f.ref >= $as_of - 14
  GROUP BY n.gate
)
SELECT g.gate, g.delivered, f.last_day, f.ref, f.two_way, s.school_nights
FROM feed AS f CROSS JOIN school AS s LEFT JOIN gate AS g ON TRUE
