SELECT 'dorm_access' AS source, batch_id, sheet_no, row_no, CAST(seen_at AS DATE) AS on_day,
       CASE direction WHEN CODE('dorm_access.direction', 'in') THEN '进' WHEN CODE('dorm_access.direction', 'out') THEN '出' ELSE '查寝未归' END AS label,
       seen_at, direction, gate, seen_at >= $as_of - 44 AS recent
FROM dorm_access WHERE sid = $sid AND seen_at < $as_of + 1 AND seen_at >= $as_of - 180
UNION ALL
SELECT 'leave' AS source, batch_id, sheet_no, row_no, CAST(starts_at AS DATE) AS on_day, '请假' AS label,
       starts_at AS seen_at, CAST(NULL AS TINYINT) AS direction, CAST(NULL AS VARCHAR) AS gate, ends_at >= $as_of - 44 AS recent
FROM leave WHERE sid = $sid AND starts_at < $as_of + 1 AND approved IS DISTINCT FROM FALSE
