-- Of every feed, the rows of the student's latest day.
SELECT 'enrolment_change' AS source, batch_id, sheet_no, row_no, effective_on AS on_day,
       CASE kind WHEN CODE('enrolment_change.kind', 'suspend') THEN '休学' ELSE '复学' END AS label, until, applied_to_resume
FROM enrolment_change
WHERE sid = $sid AND effective_on <= $as_of AND kind IN (CODE('enrolment_change.kind', 'suspend'), CODE('enrolment_change.kind', 'resume'))
UNION ALL
SELECT 'student' AS source, batch_id, sheet_no, row_no, CAST(NULL AS DATE) AS on_day, '学籍状态' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM student WHERE sid = $sid
UNION ALL
SELECT 'attendance' AS source, batch_id, sheet_no, row_no, day AS on_day, '课堂考勤' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM attendance
WHERE sid = $sid
  AND day = (SELECT MAX(day) FROM attendance WHERE sid = $sid AND day <= $as_of)
UNION ALL
SELECT 'attendance_day' AS source, batch_id, sheet_no, row_no, day AS on_day, '全天考勤' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM attendance_day
WHERE sid = $sid
  AND day = (SELECT MAX(day) FROM attendance_day WHERE sid = $sid AND day <= $as_of)
UNION ALL
SELECT 'dorm_access' AS source, batch_id, sheet_no, row_no, CAST(seen_at AS DATE) AS on_day, '门禁' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM dorm_access
WHERE sid = $sid AND direction <> CODE('dorm_access.direction', 'absent')
  AND CAST(seen_at AS DATE) = (SELECT MAX(CAST(seen_at AS DATE)) FROM dorm_access WHERE sid = $sid AND direction <> CODE('dorm_access.direction', 'absent') AND CAST(seen_at AS DATE) <= $as_of)
UNION ALL
SELECT 'platform_activity' AS source, batch_id, sheet_no, row_no, day AS on_day, '学习平台' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM platform_activity
WHERE sid = $sid AND actions > 0
  AND day = (SELECT MAX(day) FROM platform_activity WHERE sid = $sid AND actions > 0 AND day <= $as_of)
UNION ALL
SELECT 'library_loan' AS source, batch_id, sheet_no, row_no, loaned_on AS on_day, '借书' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM library_loan
WHERE sid = $sid
  AND loaned_on = (SELECT MAX(loaned_on) FROM library_loan WHERE sid = $sid AND loaned_on <= $as_of)
UNION ALL
SELECT 'activity_points' AS source, batch_id, sheet_no, row_no, earned_on AS on_day, '第二课堂' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM activity_points
WHERE sid = $sid
  AND earned_on = (SELECT MAX(earned_on) FROM activity_points WHERE sid = $sid AND earned_on <= $as_of)
UNION ALL
SELECT 'coursework' AS source, batch_id, sheet_no, row_no, handed_in_on AS on_day, '交作业' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM coursework
WHERE sid = $sid
  AND handed_in_on = (SELECT MAX(handed_in_on) FROM coursework WHERE sid = $sid AND handed_in_on <= $as_of)
UNION ALL
SELECT 'internship_checkin' AS source, batch_id, sheet_no, row_no, day AS on_day, '实习签到' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM internship_checkin
WHERE sid = $sid
  AND day = (SELECT MAX(day) FROM internship_checkin WHERE sid = $sid AND day <= $as_of)
UNION ALL
SELECT 'conduct' AS source, batch_id, sheet_no, row_no, decided_on AS on_day, '操行记录' AS label,
       CAST(NULL AS DATE) AS until, CAST(NULL AS BOOLEAN) AS applied_to_resume
FROM conduct
WHERE sid = $sid
  AND decided_on = (SELECT MAX(decided_on) FROM conduct WHERE sid = $sid AND decided_on <= $as_of)
