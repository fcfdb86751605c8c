SELECT 'coursework' AS source, batch_id, sheet_no, row_no, due_on AS on_day, COALESCE(course_name, course_code) || ' ' || title AS label,
       kind IN (CODE('coursework.kind', 'quiz'), CODE('coursework.kind', 'exam')) AS assessment, handed_in_on, result, result_mark,
       due_on >= $term_start AS in_term
FROM coursework WHERE sid = $sid AND due_on < $as_of AND due_on >= LEAST($term_start, $as_of - 29)
