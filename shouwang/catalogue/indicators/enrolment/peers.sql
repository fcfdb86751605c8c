-- The latest day on which any feed says anything about anybody: silence is counted up to it, not into a vacation or a late delivery.
-- When nothing came for 30 days, nobody's silence means anything.
SELECT GREATEST((SELECT MAX(day) FROM everyone_attendance WHERE day <= $as_of AND day > $as_of - 30), (SELECT MAX(day) FROM everyone_attendance_day WHERE day <= $as_of AND day > $as_of - 30),
                (SELECT MAX(CAST(seen_at AS DATE)) FROM everyone_dorm_access WHERE seen_at < $as_of + 1 AND seen_at >= $as_of - 29),
                (SELECT MAX(day) FROM everyone_platform_activity WHERE day <= $as_of AND day > $as_of - 30),
                (SELECT MAX(loaned_on) FROM everyone_library_loan WHERE loaned_on <= $as_of AND loaned_on > $as_of - 30),
                (SELECT MAX(earned_on) FROM everyone_activity_points WHERE earned_on <= $as_of AND earned_on > $as_of - 30),
                (SELECT MAX(handed_in_on) FROM everyone_coursework WHERE handed_in_on <= $as_of AND handed_in_on > $as_of - 30),
                (SELECT MAX(day) FROM everyone_internship_checkin WHERE day <= $as_of AND day > $as_of - 30)) AS last_on
