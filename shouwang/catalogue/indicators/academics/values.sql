-- Marks: 0 number, 1 word as number, 2 pass, 3 fail, 4 absent from exam, 5 skipped exam, 6 deferred, 7 exempt, 8 cheated, 9 nothing.
-- A course is failed when it has a failing result and no passing one in any attempt; a deferred exam alone is neither.
-- Each term figure is made for this term and for the one before it; `summary` chooses: this term's results count as soon as there are
-- at least half as many as last term's.
WITH attempt AS (
  SELECT sid, course_code, term, credit, required, result_mark,
         CASE WHEN result_mark IN (0, 1) THEN result END AS score,
         CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
  FROM score
  WHERE (posted_on IS NULL OR posted_on <= $as_of) AND ($term IS NULL OR term <= $term) AND result_mark <> 9
), course AS (
  SELECT sid, course_code, MIN(term) AS first_term, MAX(credit) AS credit, MIN(required) AS required, MAX(score) AS best,
         MAX(CASE WHEN passed THEN score END) AS best_passed, BOOL_OR(passed) AS passed,
         BOOL_OR(NOT passed AND result_mark <> 6) AND NOT BOOL_OR(passed) AS failed,
         BOOL_OR(term = $term) AS now, BOOL_OR(term = $term_before) AS before,
         -- A deferred retake this term does not make the old failure this term's.
         BOOL_OR(term = $term AND NOT passed AND result_mark <> 6) AS failing_now,
         BOOL_OR(term = $term_before AND NOT passed AND result_mark <> 6) AS failing_before,
         BOOL_OR(term - MOD(term, 10) = $term - MOD($term, 10) AND NOT passed AND result_mark <> 6) AS year_now,
         BOOL_OR(term - MOD(term, 10) = $term_before - MOD($term_before, 10) AND NOT passed AND result_mark <> 6) AS year_before,
         BOOL_OR(term = $term AND result_mark IN (4, 5, 8)) AS absent_now,
         BOOL_OR(term = $term_before AND result_mark IN (4, 5, 8)) AS absent_before
  FROM attempt GROUP BY sid, course_code
), counted AS (
  SELECT *, CASE WHEN best_passed IS NOT NULL OR failed THEN COALESCE(credit, 1) END AS weight,
         CASE WHEN best_passed IS NOT NULL THEN COALESCE(credit, 1) * GREATEST(best_passed * 0.1 - 5, 0)
              WHEN failed THEN 0 END AS quality
  FROM course
), by_term AS (
  SELECT sid, first_term, SUM(weight) AS weight, SUM(quality) AS quality,
         COUNT(*) FILTER (WHERE failed) AS failed,
         COUNT(*) FILTER (WHERE failed AND credit IS NOT NULL) AS failed_with_credit,
         SUM(CASE WHEN failed THEN credit ELSE 0 END) AS credits_failed,
         SUM(CASE WHEN failed AND required = CODE('score.required', 'required') THEN credit ELSE 0 END) AS credits_required,
         SUM(CASE WHEN passed THEN credit ELSE 0 END) AS credits_earned,
         COUNT(*) FILTER (WHERE passed) AS passed, COUNT(*) FILTER (WHERE passed AND credit IS NOT NULL) AS passed_with_credit,
         COUNT(*) FILTER (WHERE now) AS n_now, COUNT(*) FILTER (WHERE before) AS n_before,
         COUNT(*) FILTER (WHERE failed AND failing_now) AS failed_now, COUNT(*) FILTER (WHERE failed AND failing_before) AS failed_before,
         COUNT(*) FILTER (WHERE failed AND failing_now AND required = CODE('score.required', 'required')) AS required_now,
         COUNT(*) FILTER (WHERE failed AND failing_before AND required = CODE('score.required', 'required')) AS required_before,
         COUNT(*) FILTER (WHERE failed AND failing_now AND credit IS NOT NULL) AS known_now,
         COUNT(*) FILTER (WHERE failed AND failing_before AND credit IS NOT NULL) AS known_before,
         SUM(CASE WHEN failed AND failing_now THEN credit ELSE 0 END) AS credits_now,
         SUM(CASE WHEN failed AND failing_before THEN credit ELSE 0 END) AS credits_before,
         COUNT(*) FILTER (WHERE failed AND year_now) AS year_now, COUNT(*) FILTER (WHERE failed AND year_before) AS year_before,
         COUNT(*) FILTER (WHERE absent_now) AS absent_now, COUNT(*) FILTER (WHERE absent_before) AS absent_before,
         MIN(CASE WHEN now THEN best END) AS min_now, MIN(CASE WHEN before THEN best END) AS min_before
  FROM counted GROUP BY sid, first_term
), graded AS (
  SELECT *, CAST(quality AS DOUBLE) / NULLIF(weight, 0) AS gpa FROM by_term
), trend AS (
  SELECT *, LAG(gpa) OVER (PARTITION BY sid ORDER BY first_term) AS gpa_before,
         ROW_NUMBER() OVER (PARTITION BY sid ORDER BY first_term) AS nth
  FROM graded
), summary AS (
  SELECT sid, SUM(failed) AS failed, SUM(failed_with_credit) AS failed_with_credit, SUM(credits_failed) AS credits_failed,
         SUM(credits_required) AS credits_required, 
         CASE WHEN SUM(passed) = 0 OR SUM(passed_with_credit) > 0 THEN SUM(credits_earned) END AS credits_earned, MAX(first_term) AS latest_term,
         SUM(weight) AS weight, SUM(quality) AS quality,
         CASE WHEN SUM(n_now) > 0 AND 2 * SUM(n_now) >= SUM(n_before) THEN $term WHEN SUM(n_before) > 0 THEN $term_before END AS result_term,
         SUM(failed_now) AS failed_now, SUM(failed_before) AS failed_before,
         SUM(required_now) AS required_now, SUM(required_before) AS required_before,
         SUM(known_now) AS known_now, SUM(known_before) AS known_before,
         SUM(credits_now) AS credits_now, SUM(credits_before) AS credits_before,
         SUM(year_now) AS year_now, SUM(year_before) AS year_before,
         SUM(absent_now) AS absent_now, SUM(absent_before) AS absent_before, MIN(min_now) AS min_now, MIN(min_before) AS min_before,
         MAX(CASE WHEN first_term = $term THEN gpa END) AS gpa_now,
         MAX(CASE WHEN first_term = $term_before THEN gpa END) AS gpa_before,
         MAX(CASE WHEN first_term = $term THEN gpa_before END) AS prior_now,
         MAX(CASE WHEN first_term = $term_before THEN gpa_before END) AS prior_before,
         MAX(CASE WHEN first_term = $term THEN nth END)
           - MAX(CASE WHEN gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before THEN nth END) AS declines_now,
         MAX(CASE WHEN first_term = $term_before THEN nth END)
           - MAX(CASE WHEN first_term <= $term_before AND (gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before) THEN nth END) AS declines_before
  FROM trend GROUP BY sid
), chosen AS (
  SELECT *, result_term = $term AS now FROM summary
), standing AS (
  SELECT s.sid, s.term, ROUND(AVG((CAST(s.result AS DOUBLE) - p.mean) / NULLIF(p.sd, 0)), 6) AS z
  FROM score AS s JOIN peers_academics AS p ON s.term = p.term AND s.course_code = p.course_code
  WHERE s.result_mark IN (0, 1) AND s.exam_kind = CODE('score.exam_kind', 'normal') AND (s.posted_on IS NULL OR s.posted_on <= $as_of)
  GROUP BY s.sid, s.term
)
SELECT c.sid, c.result_term, c.latest_term, c.credits_earned,
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
