SELECT 'activity_points' AS source, batch_id, sheet_no, row_no, earned_on AS on_day, activity AS label, points AS amount
FROM activity_points WHERE sid = $sid AND earned_on <= $as_of
UNION ALL
SELECT 'library_loan' AS source, batch_id, sheet_no, row_no, loaned_on AS on_day, '借书' AS label, CAST(1 AS DECIMAL(10, 2)) AS amount
FROM library_loan WHERE sid = $sid AND loaned_on <= $as_of
UNION ALL
SELECT 'platform_activity' AS source, batch_id, sheet_no, row_no, day AS on_day, '平台操作次数' AS label, CAST(actions AS DECIMAL(10, 2)) AS amount
FROM platform_activity WHERE sid = $sid AND day <= $as_of AND day > $as_of - 180 AND actions > 0
