SELECT 'student' AS source, batch_id, sheet_no, row_no, CAST(NULL AS DATE) AS on_day, '家庭情况' AS label,
       orphan, no_care, disabled, hardship, left_behind, migrant
FROM student WHERE sid = $sid
UNION ALL
SELECT 'guardian' AS source, batch_id, sheet_no, row_no, CAST(NULL AS DATE) AS on_day, '监护人' AS label,
       CAST(NULL AS BOOLEAN) AS orphan, CAST(NULL AS BOOLEAN) AS no_care, CAST(NULL AS BOOLEAN) AS disabled,
       CAST(NULL AS BOOLEAN) AS hardship, CAST(NULL AS BOOLEAN) AS left_behind, CAST(NULL AS BOOLEAN) AS migrant
FROM guardian WHERE sid = $sid
