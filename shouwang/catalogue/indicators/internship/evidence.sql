SELECT 'internship_checkin' AS source, batch_id, sheet_no, row_no, day AS on_day, COALESCE(company, '实习签到') AS label, done,
       CAST(NULL AS DECIMAL(5, 2)) AS result, CAST(NULL AS DATE) AS done_on
FROM internship_checkin WHERE sid = $sid AND day <= $as_of AND day > $as_of - 240
UNION ALL
SELECT 'internship_evaluation' AS source, batch_id, sheet_no, row_no, evaluated_on AS on_day,
       CASE evaluator WHEN CODE('internship_evaluation.evaluator', 'company') THEN '企业评价' ELSE '学校评价' END AS label,
       CAST(NULL AS BOOLEAN) AS done, result, CAST(NULL AS DATE) AS done_on
FROM internship_evaluation
WHERE sid = $sid AND evaluated_on <= $as_of AND evaluator <> CODE('internship_evaluation.evaluator', 'self') AND result_mark IN (0, 1)
UNION ALL
SELECT 'graduation_milestone' AS source, batch_id, sheet_no, row_no, due_on AS on_day,
       CASE milestone WHEN CODE('graduation_milestone.milestone', 'topic') THEN '选题' WHEN CODE('graduation_milestone.milestone', 'proposal') THEN '开题'
                      WHEN CODE('graduation_milestone.milestone', 'midterm') THEN '中期检查' WHEN CODE('graduation_milestone.milestone', 'draft') THEN '初稿'
                      WHEN CODE('graduation_milestone.milestone', 'final') THEN '定稿' ELSE '答辩' END AS label,
       done_on IS NOT NULL AND done_on <= $as_of AS done, result, done_on
FROM graduation_milestone WHERE sid = $sid
