SELECT 'fee' AS source, batch_id, sheet_no, row_no, due_on AS on_day,
       year || CASE item WHEN CODE('fee.item', 'tuition') THEN ' 学费' WHEN CODE('fee.item', 'board') THEN ' 住宿费'
                         WHEN CODE('fee.item', 'books') THEN ' 教材费' WHEN CODE('fee.item', 'insurance') THEN ' 保险费' ELSE ' 其他费用' END AS label,
       due, paid, reduced, CAST(NULL AS TINYINT) AS kind, CAST(NULL AS TINYINT) AS level
FROM fee WHERE sid = $sid AND due_on <= $as_of
UNION ALL
SELECT 'aid' AS source, batch_id, sheet_no, row_no, granted_on AS on_day,
       CASE kind WHEN CODE('aid.kind', 'assessment') THEN '困难认定' WHEN CODE('aid.kind', 'grant') THEN '助学金'
                 WHEN CODE('aid.kind', 'scholarship') THEN '奖学金' WHEN CODE('aid.kind', 'loan') THEN '助学贷款'
                 WHEN CODE('aid.kind', 'reduction') THEN '学费减免' WHEN CODE('aid.kind', 'work_study') THEN '勤工助学'
                 WHEN CODE('aid.kind', 'emergency') THEN '临时补助' ELSE '其他资助' END AS label,
       amount AS due, CAST(NULL AS DECIMAL(10, 2)) AS paid, CAST(NULL AS DECIMAL(10, 2)) AS reduced, kind, level
FROM aid WHERE sid = $sid AND granted_on <= $as_of
