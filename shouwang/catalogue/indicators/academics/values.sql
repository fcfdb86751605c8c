-- Marks: 0 number, 1 word as number, 2 pass, 3 fail, 4 absent from exam, 5 skipped exam, 6 deferred, 7 exempt, 8 cheated, 9 nothing.
-- A course is failed when it has a failing result and no passing one in any attempt; a deferred exam alone is neither. It is a failure of
-- the terms in which it failed: a retake that was deferred adds nothing to its term.
-- Each term figure is made for this term and for the one before it; `summary` chooses: this term's results count as soon as there are
-- at least half as many as last term's.
WITH attempt AS NOT MATERIALIZED (
  -- Small decimals: exact sums, in whatever order rows arrive, that still fit a machine word.
  SELECT sid, course_code, term, CAST(credit AS DECIMAL(5, 2)) AS credit, required, exam_kind, result_mark,
         CASE WHEN result_mark IN (0, 1) THEN result END AS score,
         CASE WHEN result_mark IN (0, 1) THEN CAST(GREATEST(result * 0.1 - 5, 0) AS DECIMAL(5, 3)) END AS points,
         CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
  FROM score
  WHERE (posted_on IS NULL OR posted_on <= $as_of) AND ($term IS NULL OR term <= $term) AND result_mark <> 9
), retried AS (
  -- Courses with anything but passes at the normal exam: only their attempts have to be weighed against each other.
  SELECT sid, course_code FROM attempt WHERE NOT passed OR exam_kind <> CODE('score.exam_kind', 'normal')
), course AS (
  SELECT a.sid, MIN(a.term) AS first_term, MAX(a.credit) AS credit, MIN(a.required) AS required, MAX(a.score) AS best,
         MAX(CASE WHEN a.passed THEN a.points END) AS best_passed, BOOL_OR(a.passed) AS passed,
         BOOL_OR(NOT a.passed AND a.result_mark <> 6) AND NOT BOOL_OR(a.passed) AS failed,
         BOOL_OR(a.term = $term) AS now, BOOL_OR(a.term = $term_before) AS before,
         -- A deferred retake does not make an old failure this term's, nor an attempt after passing an old credit.
         BOOL_OR(a.term = $term AND NOT a.passed AND a.result_mark <> 6) AS failing_now,
         BOOL_OR(a.term = $term_before AND NOT a.passed AND a.result_mark <> 6) AS failing_before,
         BOOL_OR(a.term - MOD(a.term, 10) = $term - MOD($term, 10) AND NOT a.passed AND a.result_mark <> 6) AS year_now,
         BOOL_OR(a.term - MOD(a.term, 10) = $term_before - MOD($term_before, 10) AND NOT a.passed AND a.result_mark <> 6) AS year_before,
         BOOL_OR(a.term = $term AND a.result_mark IN (4, 5, 8)) AS absent_now,
         BOOL_OR(a.term = $term_before AND a.result_mark IN (4, 5, 8)) AS absent_before
  FROM attempt AS a SEMI JOIN retried AS r ON a.sid = r.sid AND a.course_code = r.course_code
  GROUP BY a.sid, a.course_code
), part AS (
  -- Passed at once, all courses of a term together; then the others one by one. Sums become numbers of a machine word, for they are summed again.
  SELECT a.sid, a.term AS first_term, CAST(SUM(CASE WHEN a.score IS NOT NULL THEN COALESCE(a.credit, 1.00) END) AS DECIMAL(9, 2)) AS weight,
         CAST(SUM(CASE WHEN a.score IS NOT NULL THEN COALESCE(a.credit, 1.00) * a.points END) AS DECIMAL(14, 5)) AS quality,
         COUNT(*) AS n, TRUE AS passed, CAST(SUM(a.credit) AS DECIMAL(9, 2)) AS credits_earned, MIN(a.score) AS best,
         a.term = $term AS now, a.term = $term_before AS before
  FROM attempt AS a ANTI JOIN retried AS r ON a.sid = r.sid AND a.course_code = r.course_code
  GROUP BY a.sid, a.term
  UNION ALL
  SELECT sid, first_term, CASE WHEN best_passed IS NOT NULL OR failed THEN COALESCE(credit, 1.00) END AS weight,
         CASE WHEN best_passed IS NOT NULL THEN COALESCE(credit, 1.00) * best_passed WHEN failed THEN 0 END AS quality,
         1 AS n, passed, CASE WHEN passed THEN credit END AS credits_earned, best, now, before
  FROM course
), by_term AS (
  SELECT sid, first_term, CAST(SUM(quality) AS DOUBLE) / SUM(weight) AS gpa FROM part GROUP BY sid, first_term
), trend AS (
  SELECT *, LAG(gpa) OVER (PARTITION BY sid ORDER BY first_term) AS gpa_before,
         ROW_NUMBER() OVER (PARTITION BY sid ORDER BY first_term) AS nth
  FROM by_term
), development AS (
  SELECT sid, MAX(first_term) AS latest_term,
         MAX(CASE WHEN first_term = $term THEN gpa END) AS gpa_now,
         MAX(CASE WHEN first_term = $term_before THEN gpa END) AS gpa_before,
         MAX(CASE WHEN first_term = $term THEN gpa_before END) AS prior_now,
         MAX(CASE WHEN first_term = $term_before THEN gpa_before END) AS prior_before,
         MAX(CASE WHEN first_term = $term THEN nth END)
           - MAX(CASE WHEN gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before THEN nth END) AS declines_now,
         MAX(CASE WHEN first_term = $term_before THEN nth END)
           - MAX(CASE WHEN first_term <= $term_before AND (gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before) THEN nth END) AS declines_before
  FROM trend GROUP BY sid
), failures AS (
  SELECT sid, COUNT(*) FILTER (WHERE failed) AS failed, COUNT(*) FILTER (WHERE failed AND credit IS NOT NULL) AS failed_with_credit,
         SUM(CASE WHEN failed THEN credit ELSE 0 END) AS credits_failed,
         SUM(CASE WHEN failed AND required = CODE('score.required', 'required') THEN credit ELSE 0 END) AS credits_required,
         COUNT(*) FILTER (WHERE failed AND failing_now) AS failed_now, COUNT(*) FILTER (WHERE failed AND failing_before) AS failed_before,
         COUNT(*) FILTER (WHERE failed AND failing_now AND required = CODE('score.required', 'required')) AS required_now,
         COUNT(*) FILTER (WHERE failed AND failing_before AND required = CODE('score.required', 'required')) AS required_before,
         COUNT(*) FILTER (WHERE failed AND failing_now AND credit IS NOT NULL) AS known_now,
         COUNT(*) FILTER (WHERE failed AND failing_before AND credit IS NOT NULL) AS known_before,
         SUM(CASE WHEN failed AND failing_now THEN credit ELSE 0 END) AS credits_now,
         SUM(CASE WHEN failed AND failing_before THEN credit ELSE 0 END) AS credits_before,
         COUNT(*) FILTER (WHERE failed AND year_now) AS year_now, COUNT(*) FILTER (WHERE failed AND year_before) AS year_before,
         COUNT(*) FILTER (WHERE absent_now) AS absent_now, COUNT(*) FILTER (WHERE absent_before) AS absent_before
  FROM course WHERE failed OR absent_now OR absent_before GROUP BY sid
), totals AS (
  SELECT sid, SUM(weight) AS weight, SUM(quality) AS quality,
         -- Not known when something was passed, but nothing whose credit is known.
         CASE WHEN BOOL_OR(passed) THEN SUM(credits_earned) ELSE 0 END AS credits_earned,
         SUM(CASE WHEN now THEN credits_earned END) AS earned_now, SUM(CASE WHEN before THEN credits_earned END) AS earned_before,
         CASE WHEN SUM(CASE WHEN now THEN n END) * 2 >= COALESCE(SUM(CASE WHEN before THEN n END), 0) THEN $term
              WHEN SUM(CASE WHEN before THEN n END) > 0 THEN $term_before END AS result_term,
         MIN(CASE WHEN now THEN best END) AS min_now, MIN(CASE WHEN before THEN best END) AS min_before
  FROM part GROUP BY sid
), chosen AS (
  SELECT t.*, d.latest_term, d.gpa_now, d.gpa_before, d.prior_now, d.prior_before, d.declines_now, d.declines_before, t.result_term = $term AS now,
         COALESCE(f.failed, 0) AS failed, COALESCE(f.failed_with_credit, 0) AS failed_with_credit, COALESCE(f.credits_failed, 0) AS credits_failed,
         COALESCE(f.credits_required, 0) AS credits_required, COALESCE(f.failed_now, 0) AS failed_now, COALESCE(f.failed_before, 0) AS failed_before,
         COALESCE(f.required_now, 0) AS required_now, COALESCE(f.required_before, 0) AS required_before, COALESCE(f.known_now, 0) AS known_now,
         COALESCE(f.known_before, 0) AS known_before, COALESCE(f.credits_now, 0) AS credits_now, COALESCE(f.credits_before, 0) AS credits_before,
         COALESCE(f.year_now, 0) AS year_now, COALESCE(f.year_before, 0) AS year_before, COALESCE(f.absent_now, 0) AS absent_now,
         COALESCE(f.absent_before, 0) AS absent_before
  FROM totals AS t JOIN development AS d ON t.sid = d.sid LEFT JOIN failures AS f ON t.sid = f.sid
), standing AS (
  SELECT s.sid, s.term, ROUND(AVG((CAST(s.result AS DOUBLE) - p.mean) / NULLIF(p.sd, 0)), 6) AS z
  FROM score AS s JOIN peers_academics AS p ON s.term = p.term AND s.course_code = p.course_code
  WHERE s.term IN ($term, $term_before) AND s.result_mark IN (0, 1) AND s.exam_kind = CODE('score.exam_kind', 'normal') AND (s.posted_on IS NULL OR s.posted_on <= $as_of)
  GROUP BY s.sid, s.term
)
SELECT c.sid, c.result_term, c.latest_term, c.credits_earned, CASE WHEN c.now THEN c.earned_now WHEN NOT c.now THEN c.earned_before END AS earned_term,
       CASE WHEN c.now THEN c.failed_now WHEN NOT c.now THEN c.failed_before END AS courses_failed_term,
       CASE WHEN c.now AND (c.failed_now = 0 OR c.known_now > 0) THEN c.credits_now
            WHEN NOT c.now AND (c.failed_before = 0 OR c.known_before > 0) THEN c.credits_before END AS credits_failed_term,
       CASE WHEN c.now THEN c.required_now WHEN NOT c.now THEN c.required_before END AS required_failed_term,
       c.failed AS courses_failed_total,
       CASE WHEN c.failed = 0 OR c.failed_with_credit > 0 THEN c.credits_failed END AS credits_failed_total,
       CASE WHEN c.failed = 0 OR c.failed_with_credit > 0 THEN c.credits_required END AS retake_credits_required,
       CASE WHEN c.now THEN c.year_now WHEN NOT c.now THEN c.year_before END AS courses_failed_year,
       CASE WHEN c.now THEN c.absent_now WHEN NOT c.now THEN c.absent_before END AS exam_absent_or_cheated_term,
       ROUND(CASE WHEN c.now THEN c.gpa_now WHEN NOT c.now THEN c.gpa_before END, 6) AS gpa_term,
       ROUND(CAST(c.quality AS DOUBLE) / NULLIF(c.weight, 0), 6) AS gpa_total,
       ROUND(CASE WHEN c.now THEN c.prior_now - c.gpa_now WHEN NOT c.now THEN c.prior_before - c.gpa_before END, 6) AS gpa_drop,
       CASE WHEN c.now THEN c.declines_now WHEN NOT c.now THEN c.declines_before END AS terms_declining,
       z.z AS score_standing,
       CASE WHEN c.now THEN c.min_now WHEN NOT c.now THEN c.min_before END AS min_score_term
FROM chosen AS c LEFT JOIN standing AS z ON c.sid = z.sid AND c.result_term = z.term
