-- Whether any leave was ever delivered since the term before: only then does no leave mean none.
SELECT COUNT(*) AS leaves FROM everyone_leave
WHERE starts_at < $as_of + 1 AND starts_at >= COALESCE($term_before_start, $term_start)
