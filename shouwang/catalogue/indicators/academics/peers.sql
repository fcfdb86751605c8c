-- How a course went for everyone who sat its normal exam. Fewer than five results say nothing about standing.
-- Sums of decimals first: the same mean and spread on every machine, in whatever order rows arrive.
WITH sums AS (
  SELECT term, course_code, COUNT(*) AS n, SUM(result) AS total, SUM(result * result) AS squares
  FROM everyone_score
  WHERE term IN ($term, $term_before) AND result_mark IN (0, 1) AND exam_kind = CODE('score.exam_kind', 'normal')
    AND (posted_on IS NULL OR posted_on <= $as_of)
  GROUP BY term, course_code
)
SELECT term, course_code, n, CAST(total AS DOUBLE) / n AS mean,
       SQRT(GREATEST(CAST(squares AS DOUBLE) * n - CAST(total AS DOUBLE) * CAST(total AS DOUBLE), 0)) / n AS sd
FROM sums WHERE n >= 5
