-- In force: decided, and not lifted yet. Public criticism is half a level: it counts for policies but is no formal sanction.
WITH tally AS (
  SELECT sid, MAX(decided_on) AS last_on,
         MAX(CASE WHEN lifted_on IS NOT NULL AND lifted_on <= $as_of THEN 0
                  WHEN kind = CODE('conduct.kind', 'criticism') THEN 0.5
                  WHEN kind = CODE('conduct.kind', 'warning') THEN 1
                  WHEN kind = CODE('conduct.kind', 'serious_warning') THEN 2
                  WHEN kind = CODE('conduct.kind', 'demerit') THEN 3
                  WHEN kind = CODE('conduct.kind', 'probation') THEN 4
                  WHEN kind = CODE('conduct.kind', 'expelled') THEN 5
                  ELSE 0 END) AS level,
         COUNT(*) FILTER (WHERE kind >= CODE('conduct.kind', 'warning') AND (lifted_on IS NULL OR lifted_on > $as_of)) AS in_force,
         COUNT(*) FILTER (WHERE kind <> CODE('conduct.kind', 'praise') AND decided_on > $as_of - 30) AS events
  FROM conduct WHERE decided_on <= $as_of
  GROUP BY sid
)
SELECT s.sid, t.last_on,
       CASE WHEN p.n > 0 THEN COALESCE(t.level, 0) END AS sanction_level,
       CASE WHEN p.n > 0 THEN COALESCE(t.in_force, 0) END AS sanctions_in_force,
       CASE WHEN p.last_on > $as_of - 60 THEN COALESCE(t.events, 0) END AS conduct_events_30d
FROM student AS s CROSS JOIN peers_conduct AS p LEFT JOIN tally AS t ON s.sid = t.sid
