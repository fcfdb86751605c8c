-- The latest day on which any feed says anything about anybody: silence is counted up to it, not into a vacation or a late delivery.
SELECT GREATEST((SELECT MAX(day) FROM everyone_attendance WHERE day <= $as_of), (SELECT MAX(day) FROM everyone_attendance_day WHERE day <= $as_of),
                (SELECT MAX(CAST(seen_at AS DATE)) FROM everyone_dorm_access WHERE seen_at < $as_of + 1),
                (SELECT MAX(day) FROM everyone_platform_activity WHERE day <= $as_of),
                (SELECT MAX(loaned_on) FROM everyone_library_loan WHERE loaned_on <= $as_of),
                (SELECT MAX(earned_on) FROM everyone_activity_points WHERE earned_on <= $as_of),
                (SELECT MAX(handed_in_on) FROM everyone_coursework WHERE handed_in_on <= $as_of),
                (SELECT MAX(day) FROM everyone_internship_checkin WHERE day <= $as_of)) AS last_on
