SELECT 'score' AS source, batch_id, sheet_no, row_no, posted_on AS on_day, COALESCE(course_name, course_code) AS label,
       term, credit, result, result_mark
FROM score
WHERE sid = $sid AND (posted_on IS NULL OR posted_on <= $as_of) AND ($term IS NULL OR term <= $term) AND result_mark <> 9
UNION ALL
SELECT 'course_plan' AS source, p.batch_id, p.sheet_no, p.row_no, CAST(NULL AS DATE) AS on_day, '培养方案应修学分' AS label,
       p.term, p.credits_due AS credit, CAST(NULL AS DECIMAL(5, 2)) AS result, CAST(NULL AS TINYINT) AS result_mark
FROM student AS s JOIN course_plan AS p ON s.major_code = p.major_code AND s.entry_year = p.entry_year
WHERE s.sid = $sid AND ($term IS NULL OR p.term <= $term)
UNION ALL
SELECT 'student' AS source, batch_id, sheet_no, row_no, CAST(NULL AS DATE) AS on_day, '专业与入学年份' AS label,
       CAST(NULL AS INTEGER) AS term, CAST(NULL AS DECIMAL(10, 2)) AS credit, CAST(NULL AS DECIMAL(5, 2)) AS result, CAST(NULL AS TINYINT) AS result_mark
FROM student WHERE sid = $sid
