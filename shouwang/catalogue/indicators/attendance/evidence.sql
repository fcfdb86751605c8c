SELECT 'attendance' AS source, batch_id, sheet_no, row_no, day AS on_day,
       COALESCE(course, '课堂') || ' ' || period AS label, status, hours,
       day >= $term_start AS in_term, CAST(NULL AS DECIMAL(10, 2)) AS days
FROM attendance WHERE sid = $sid AND day <= $as_of AND day >= LEAST($term_start, $as_of - 59)
UNION ALL
SELECT 'attendance_day' AS source, batch_id, sheet_no, row_no, day AS on_day, '全天' AS label, status,
       CAST(NULL AS DECIMAL(10, 2)) AS hours, day >= $term_start AS in_term, CAST(NULL AS DECIMAL(10, 2)) AS days
FROM attendance_day WHERE sid = $sid AND day <= $as_of AND day >= LEAST($term_start, $as_of - 59)
UNION ALL
SELECT 'leave' AS source, batch_id, sheet_no, row_no, CAST(starts_at AS DATE) AS on_day, '请假' AS label,
       CAST(NULL AS TINYINT) AS status, CAST(NULL AS DECIMAL(10, 2)) AS hours, TRUE AS in_term, days
FROM leave
WHERE sid = $sid AND starts_at < $as_of + 1 AND starts_at >= $term_start AND approved IS DISTINCT FROM FALSE AND kind <> CODE('leave.kind', 'official')
