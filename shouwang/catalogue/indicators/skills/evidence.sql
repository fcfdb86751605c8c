SELECT 'skill_assessment' AS source, batch_id, sheet_no, row_no, assessed_on AS on_day, skill AS label, result, result_mark,
       CAST(NULL AS INTEGER) AS certificates_due
FROM skill_assessment WHERE sid = $sid AND assessed_on <= $as_of AND result_mark <> 9
UNION ALL
SELECT 'certificate' AS source, batch_id, sheet_no, row_no, got_on AS on_day, certificate AS label, CAST(NULL AS DECIMAL(5, 2)) AS result,
       CAST(NULL AS TINYINT) AS result_mark, CAST(NULL AS INTEGER) AS certificates_due
FROM certificate WHERE sid = $sid AND got_on <= $as_of AND required IS DISTINCT FROM FALSE
UNION ALL
SELECT 'course_plan' AS source, c.batch_id, c.sheet_no, c.row_no, CAST(NULL AS DATE) AS on_day, '培养方案应取得证书' AS label,
       CAST(NULL AS DECIMAL(5, 2)) AS result, CAST(NULL AS TINYINT) AS result_mark, c.certificates_due
FROM student AS s JOIN course_plan AS c ON s.major_code = c.major_code AND s.entry_year = c.entry_year
WHERE s.sid = $sid AND c.certificates_due IS NOT NULL AND ($term IS NULL OR c.term <= $term)
UNION ALL
SELECT 'student' AS source, batch_id, sheet_no, row_no, CAST(NULL AS DATE) AS on_day, '专业与入学年份' AS label,
       CAST(NULL AS DECIMAL(5, 2)) AS result, CAST(NULL AS TINYINT) AS result_mark, CAST(NULL AS INTEGER) AS certificates_due
FROM student WHERE sid = $sid
