WITH guardians AS (
  SELECT sid, COUNT(*) AS n FROM guardian GROUP BY sid
)
SELECT s.sid,
       CASE WHEN COALESCE(s.orphan, s.no_care, s.disabled, s.hardship, s.left_behind, s.migrant) IS NOT NULL
            THEN CASE WHEN s.orphan THEN 1 ELSE 0 END + CASE WHEN s.no_care THEN 1 ELSE 0 END + CASE WHEN s.disabled THEN 1 ELSE 0 END
               + CASE WHEN s.hardship THEN 1 ELSE 0 END + CASE WHEN s.left_behind THEN 1 ELSE 0 END + CASE WHEN s.migrant THEN 1 ELSE 0 END
       END AS family_risk,
       CASE WHEN p.unit IS NOT NULL THEN COALESCE(g.n, 0) END AS guardian_contacts
FROM student AS s
LEFT JOIN peers_family AS p ON s.unit = p.unit
LEFT JOIN guardians AS g ON s.sid = g.sid
