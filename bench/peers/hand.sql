-- The hand-written peer of the evaluation: one DuckDB statement for all indicators, with what the portable dialect and scoped sessions forbid: masks
-- of 124 days in one HUGEINT, hashed course keys, the feeds' last days from the panels. bench/evaluate.py checks that it gives equal rows and is no slower than the product's own SQL
-- put into one statement. It reads the session's relations and parameters; codes stand as numbers.
WITH peers_academics AS MATERIALIZED (
  WITH sums AS (
    SELECT
      term,
      course_code,
      COUNT(*) AS n,
      SUM(result) AS total,
      SUM(result * result) AS squares
    FROM everyone_score
    WHERE
      term IN ($term, $term_before) AND result_mark IN (0, 1) AND exam_kind = 1 AND (
        posted_on IS NULL OR posted_on <= $as_of
      )
    GROUP BY
      term,
      course_code
  )
  SELECT
    term,
    course_code,
    n,
    CAST(total AS DOUBLE) / NULLIF(n, 0) AS mean,
    CAST(SQRT(GREATEST(CAST(squares AS DOUBLE) * n - CAST(total AS DOUBLE) * CAST(total AS DOUBLE), 0)) AS DOUBLE) / NULLIF(n, 0) AS sd
  FROM sums
  WHERE
    n >= 5
), indicators_academics AS MATERIALIZED (
  WITH attempt AS NOT MATERIALIZED (
    SELECT
      sid,
      HASH(sid, course_code) AS course,
      term,
      CAST(credit AS DECIMAL(5, 2)) AS credit,
      required,
      exam_kind,
      result_mark,
      CASE WHEN result_mark IN (0, 1) THEN result END AS score,
      CASE WHEN result_mark IN (0, 1) THEN CAST(GREATEST(result * 0.1 - 5, 0) AS DECIMAL(5, 3)) END AS points,
      CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
    FROM score
    WHERE
      (
        posted_on IS NULL OR posted_on <= $as_of
      ) AND (
        $term IS NULL OR term <= $term
      ) AND result_mark <> 9
  ), retried AS (
    SELECT
      course
    FROM attempt
    WHERE
      NOT passed OR exam_kind <> 1
  ), course AS (
    SELECT
      a.sid,
      MIN(a.term) AS first_term,
      MAX(a.credit) AS credit,
      MIN(a.required) AS required,
      MAX(a.score) AS best,
      MAX(CASE WHEN a.passed THEN a.points END) AS best_passed,
      BOOL_OR(CAST(a.passed AS BOOLEAN)) AS passed,
      BOOL_OR(CAST(NOT a.passed AND a.result_mark <> 6 AS BOOLEAN)) AND NOT BOOL_OR(CAST(a.passed AS BOOLEAN)) AS failed,
      BOOL_OR(CAST(a.term = $term AS BOOLEAN)) AS now,
      BOOL_OR(CAST(a.term = $term_before AS BOOLEAN)) AS before,
      BOOL_OR(CAST(a.term = $term AND NOT a.passed AND a.result_mark <> 6 AS BOOLEAN)) AS failing_now,
      BOOL_OR(CAST(a.term = $term_before AND NOT a.passed AND a.result_mark <> 6 AS BOOLEAN)) AS failing_before,
      BOOL_OR(CAST(a.term - a.term % 10 = $term - $term % 10 AND NOT a.passed AND a.result_mark <> 6 AS BOOLEAN)) AS year_now,
      BOOL_OR(CAST(a.term - a.term % 10 = $term_before - $term_before % 10 AND NOT a.passed AND a.result_mark <> 6 AS BOOLEAN)) AS year_before,
      BOOL_OR(CAST(a.term = $term AND a.result_mark IN (4, 5, 8) AS BOOLEAN)) AS absent_now,
      BOOL_OR(CAST(a.term = $term_before AND a.result_mark IN (4, 5, 8) AS BOOLEAN)) AS absent_before
    FROM attempt AS a
    SEMI JOIN retried AS r
      ON a.course = r.course
    GROUP BY
      a.sid,
      a.course
  ), part AS (
    SELECT
      a.sid,
      a.term AS first_term,
      CAST(SUM(CASE WHEN NOT a.score IS NULL THEN COALESCE(a.credit, 1.00) END) AS DECIMAL(9, 2)) AS weight,
      CAST(SUM(CASE WHEN NOT a.score IS NULL THEN COALESCE(a.credit, 1.00) * a.points END) AS DECIMAL(14, 5)) AS quality,
      COUNT(*) AS n,
      TRUE AS passed,
      CAST(SUM(a.credit) AS DECIMAL(9, 2)) AS credits_earned,
      MIN(a.score) AS best,
      a.term = $term AS now,
      a.term = $term_before AS before
    FROM attempt AS a
    ANTI JOIN retried AS r
      ON a.course = r.course
    GROUP BY
      a.sid,
      a.term
    UNION ALL
    SELECT
      sid,
      first_term,
      CASE WHEN NOT best_passed IS NULL OR failed THEN COALESCE(credit, 1.00) END AS weight,
      CASE WHEN NOT best_passed IS NULL THEN COALESCE(credit, 1.00) * best_passed WHEN failed THEN 0 END AS quality,
      1 AS n,
      passed,
      CASE WHEN passed THEN credit END AS credits_earned,
      best,
      now,
      before
    FROM course
  ), by_term AS (
    SELECT
      sid,
      first_term,
      CAST(SUM(quality) AS DOUBLE) / NULLIF(SUM(weight), 0) AS gpa
    FROM part
    GROUP BY
      sid,
      first_term
  ), trend AS (
    SELECT
      *,
      LAG(gpa) OVER (PARTITION BY sid ORDER BY first_term) AS gpa_before,
      ROW_NUMBER() OVER (PARTITION BY sid ORDER BY first_term) AS nth
    FROM by_term
  ), development AS (
    SELECT
      sid,
      MAX(first_term) AS latest_term,
      MAX(CASE WHEN first_term = $term THEN gpa END) AS gpa_now,
      MAX(CASE WHEN first_term = $term_before THEN gpa END) AS gpa_before,
      MAX(CASE WHEN first_term = $term THEN gpa_before END) AS prior_now,
      MAX(CASE WHEN first_term = $term_before THEN gpa_before END) AS prior_before,
      MAX(CASE WHEN first_term = $term THEN nth END) - MAX(CASE WHEN gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before THEN nth END) AS declines_now,
      MAX(CASE WHEN first_term = $term_before THEN nth END) - MAX(CASE WHEN first_term <= $term_before AND (
        gpa_before IS NULL OR gpa IS NULL OR gpa >= gpa_before
      ) THEN nth END) AS declines_before
    FROM trend
    GROUP BY
      sid
  ), failures AS (
    SELECT
      sid,
      COUNT(*) FILTER(WHERE
        failed) AS failed,
      COUNT(*) FILTER(WHERE
        failed AND NOT credit IS NULL) AS failed_with_credit,
      SUM(CASE WHEN failed THEN credit ELSE 0 END) AS credits_failed,
      SUM(CASE WHEN failed AND required = 1 THEN credit ELSE 0 END) AS credits_required,
      COUNT(*) FILTER(WHERE
        failed AND failing_now) AS failed_now,
      COUNT(*) FILTER(WHERE
        failed AND failing_before) AS failed_before,
      COUNT(*) FILTER(WHERE
        failed AND failing_now AND required = 1) AS required_now,
      COUNT(*) FILTER(WHERE
        failed AND failing_before AND required = 1) AS required_before,
      COUNT(*) FILTER(WHERE
        failed AND failing_now AND NOT credit IS NULL) AS known_now,
      COUNT(*) FILTER(WHERE
        failed AND failing_before AND NOT credit IS NULL) AS known_before,
      SUM(CASE WHEN failed AND failing_now THEN credit ELSE 0 END) AS credits_now,
      SUM(CASE WHEN failed AND failing_before THEN credit ELSE 0 END) AS credits_before,
      COUNT(*) FILTER(WHERE
        failed AND year_now) AS year_now,
      COUNT(*) FILTER(WHERE
        failed AND year_before) AS year_before,
      COUNT(*) FILTER(WHERE
        absent_now) AS absent_now,
      COUNT(*) FILTER(WHERE
        absent_before) AS absent_before
    FROM course
    WHERE
      failed OR absent_now OR absent_before
    GROUP BY
      sid
  ), totals AS (
    SELECT
      sid,
      SUM(weight) AS weight,
      SUM(quality) AS quality,
      CASE WHEN BOOL_OR(passed) THEN SUM(credits_earned) ELSE 0 END AS credits_earned,
      SUM(CASE WHEN now THEN credits_earned END) AS earned_now,
      SUM(CASE WHEN before THEN credits_earned END) AS earned_before,
      CASE
        WHEN SUM(CASE WHEN now THEN n END) * 2 >= COALESCE(SUM(CASE WHEN before THEN n END), 0)
        THEN $term
        WHEN SUM(CASE WHEN before THEN n END) > 0
        THEN $term_before
      END AS result_term,
      MIN(CASE WHEN now THEN best END) AS min_now,
      MIN(CASE WHEN before THEN best END) AS min_before
    FROM part
    GROUP BY
      sid
  ), chosen AS (
    SELECT
      t.*,
      d.latest_term,
      d.gpa_now,
      d.gpa_before,
      d.prior_now,
      d.prior_before,
      d.declines_now,
      d.declines_before,
      t.result_term = $term AS now,
      COALESCE(f.failed, 0) AS failed,
      COALESCE(f.failed_with_credit, 0) AS failed_with_credit,
      COALESCE(f.credits_failed, 0) AS credits_failed,
      COALESCE(f.credits_required, 0) AS credits_required,
      COALESCE(f.failed_now, 0) AS failed_now,
      COALESCE(f.failed_before, 0) AS failed_before,
      COALESCE(f.required_now, 0) AS required_now,
      COALESCE(f.required_before, 0) AS required_before,
      COALESCE(f.known_now, 0) AS known_now,
      COALESCE(f.known_before, 0) AS known_before,
      COALESCE(f.credits_now, 0) AS credits_now,
      COALESCE(f.credits_before, 0) AS credits_before,
      COALESCE(f.year_now, 0) AS year_now,
      COALESCE(f.year_before, 0) AS year_before,
      COALESCE(f.absent_now, 0) AS absent_now,
      COALESCE(f.absent_before, 0) AS absent_before
    FROM totals AS t
    JOIN development AS d
      ON t.sid = d.sid
    LEFT JOIN failures AS f
      ON t.sid = f.sid
  ), standing AS (
    SELECT
      s.sid,
      s.term,
      ROUND(AVG(CAST((
        CAST(s.result AS DOUBLE) - p.mean
      ) AS DOUBLE) / NULLIF(p.sd, 0)), 6) AS z
    FROM score AS s
    JOIN peers_academics AS p
      ON s.term = p.term AND s.course_code = p.course_code
    WHERE
      s.term IN ($term, $term_before) AND s.result_mark IN (0, 1) AND s.exam_kind = 1 AND (
        s.posted_on IS NULL OR s.posted_on <= $as_of
      )
    GROUP BY
      s.sid,
      s.term
  )
  SELECT
    c.sid,
    c.result_term,
    c.latest_term,
    c.credits_earned,
    CASE WHEN c.now THEN c.earned_now WHEN NOT c.now THEN c.earned_before END AS earned_term,
    CASE WHEN c.now THEN c.failed_now WHEN NOT c.now THEN c.failed_before END AS courses_failed_term,
    CASE
      WHEN c.now AND (
        c.failed_now = 0 OR c.known_now > 0
      )
      THEN c.credits_now
      WHEN NOT c.now AND (
        c.failed_before = 0 OR c.known_before > 0
      )
      THEN c.credits_before
    END AS credits_failed_term,
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
  FROM chosen AS c
  LEFT JOIN standing AS z
    ON c.sid = z.sid AND c.result_term = z.term
), peers_attendance AS MATERIALIZED (
  SELECT
    COUNT(*) AS leaves
  FROM everyone_leave
  WHERE
    starts_at < $as_of + 1 AND starts_at >= COALESCE($term_before_start, $term_start)
), indicators_attendance AS MATERIALIZED (
  WITH record AS (
    SELECT
      sid,
      day,
      status AS mark,
      hours
    FROM attendance
    UNION ALL
    SELECT
      sid,
      day,
      status + 10 AS mark,
      CAST(NULL AS DECIMAL(10, 2)) AS hours
    FROM attendance_day
  ), span AS (
    SELECT
      CAST($as_of - CAST(d.back AS INT) AS DATE) AS day,
      CAST($as_of - CAST(d.back AS INT) AS DATE) >= $term_start AS in_term,
      CASE WHEN c.day >= $term_start AND c.back < 124 THEN CAST(1 AS INT128) << CAST(c.back AS INT128) ELSE 0 END AS bit,
      CASE WHEN CAST($as_of - CAST(d.back AS INT) AS DATE) >= $term_start THEN 1 ELSE 0 END + CASE WHEN d.back < 14 THEN 4096 ELSE 0 END + CASE WHEN d.back < 30 THEN 16777216 WHEN d.back < 60 THEN 68719476736 ELSE 0 END AS counters
    FROM RANGE(0, 550) AS d(back)
    LEFT JOIN school_day AS c
      ON CAST($as_of - CAST(d.back AS INT) AS DATE) = c.day
    WHERE
      CAST($as_of - CAST(d.back AS INT) AS DATE) >= LEAST($term_start, $as_of - 59)
  ), tally AS (
    SELECT
      r.sid,
      r.mark,
      MIN(r.day) AS first_on,
      MAX(r.day) AS last_on,
      SUM(s.counters) AS counters,
      SUM(r.hours) FILTER(WHERE
        s.in_term) AS hours,
      BIT_OR(s.bit) AS bits
    FROM record AS r
    JOIN span AS s
      ON r.day = s.day
    GROUP BY
      r.sid,
      r.mark
  ), meaning AS (
    SELECT
      *,
      mark < 10 AS session,
      mark IN (3, 10 + 3) AS absent,
      mark IN (4, 10 + 4) AS away,
      mark IN (2, 5, 10 + 2, 10 + 5) AS late
    FROM tally
  ), summed AS (
    SELECT
      sid,
      MIN(first_on) AS first_on,
      MAX(last_on) AS last_on,
      MAX(CASE WHEN NOT absent AND NOT away THEN last_on END) AS seen_on,
      SUM(CASE WHEN absent THEN hours ELSE 0 END) AS hours_absent,
      SUM(CASE WHEN session THEN counters ELSE 0 END) AS sessions,
      SUM(CASE WHEN NOT session THEN counters ELSE 0 END) AS days,
      SUM(CASE WHEN session AND absent THEN counters ELSE 0 END) AS sessions_absent,
      SUM(CASE WHEN NOT session AND absent THEN counters ELSE 0 END) AS days_absent,
      SUM(CASE WHEN session AND late THEN counters ELSE 0 END) AS sessions_late,
      SUM(CASE WHEN NOT session AND late THEN counters ELSE 0 END) AS days_late,
      BIT_OR(CASE WHEN absent THEN bits ELSE 0 END) AS missed,
      BIT_OR(CASE WHEN absent THEN 0 ELSE bits END) AS accounted
    FROM meaning
    GROUP BY
      sid
  ), merged AS (
    SELECT
      sid,
      first_on,
      last_on,
      seen_on,
      (
        sessions + days
      ) & 4095 AS n_term,
      CASE WHEN (
        sessions & 4095
      ) > 0 THEN sessions_absent & 4095 WHEN (
        days & 4095
      ) > 0 THEN days_absent & 4095 END AS absent_term,
      CASE WHEN (
        sessions & 4095
      ) > 0 THEN hours_absent END AS hours_term,
      CASE WHEN (
        sessions & 4095
      ) > 0 THEN sessions_late & 4095 WHEN (
        days & 4095
      ) > 0 THEN days_late & 4095 END AS late_term,
      CASE
        WHEN (
          (
            sessions >> 12
          ) & 4095
        ) > 0
        THEN (
          sessions_late >> 12
        ) & 4095
        WHEN (
          (
            days >> 12
          ) & 4095
        ) > 0
        THEN (
          days_late >> 12
        ) & 4095
      END AS late_14d,
      CASE
        WHEN (
          (
            sessions >> 24
          ) & 4095
        ) > 0
        THEN CAST((
          sessions_absent >> 24
        ) & 4095 AS DOUBLE) / NULLIF((
          (
            sessions >> 24
          ) & 4095
        ), 0)
        ELSE CAST((
          days_absent >> 24
        ) & 4095 AS DOUBLE) / NULLIF((
          (
            days >> 24
          ) & 4095
        ), 0)
      END AS rate,
      CASE
        WHEN (
          (
            sessions >> 24
          ) & 4095
        ) > 0
        THEN CAST((
          sessions_absent >> 36
        ) & 4095 AS DOUBLE) / NULLIF((
          (
            sessions >> 36
          ) & 4095
        ), 0)
        ELSE CAST((
          days_absent >> 36
        ) & 4095 AS DOUBLE) / NULLIF((
          (
            days >> 36
          ) & 4095
        ), 0)
      END AS rate_before,
      missed,
      accounted,
      missed & ~accounted AS absent
    FROM summed
  ), away AS (
    SELECT
      sid,
      SUM(days) AS days_term
    FROM leave
    WHERE
      starts_at < $as_of + 1 AND starts_at >= $term_start AND approved IS DISTINCT FROM FALSE AND kind <> 3
    GROUP BY
      sid
  ), masked AS (
    SELECT
      *
    FROM merged
  ), counted AS (
    SELECT
      *,
      BIT_COUNT(absent) AS absent_days,
      CASE WHEN accounted <> 0 THEN BIT_COUNT(absent & (
        (
          accounted & -accounted
        ) - 1
      )) ELSE BIT_COUNT(absent) END AS running
    FROM masked
  ), run AS (
    SELECT
      m.sid,
      BIT_COUNT(m.accounted & (
        s.bit - 1
      )) AS place,
      COUNT(*) AS length
    FROM counted AS m
    JOIN span AS s
      ON (
        m.absent & s.bit
      ) <> 0
    WHERE
      m.absent_days > m.running AND m.absent_days > 1
    GROUP BY
      m.sid,
      place
  ), longest AS (
    SELECT
      sid,
      MAX(length) AS length
    FROM run
    GROUP BY
      sid
  )
  SELECT
    s.sid,
    m.last_on,
    m.absent_term AS absences_term,
    m.hours_term AS truancy_hours_term,
    m.late_term AS lates_term,
    m.late_14d AS lates_14d,
    CASE WHEN p.leaves > 0 THEN COALESCE(a.days_term, 0) END AS leave_days_term,
    ROUND(100 * m.rate, 4) AS absence_rate_30d,
    ROUND(100 * (
      m.rate - m.rate_before
    ), 4) AS absence_rate_change,
    CASE WHEN m.n_term > 0 AND m.last_on > $as_of - 14 THEN m.running END AS absent_days_running,
    CASE WHEN m.n_term > 0 THEN COALESCE(l.length, m.absent_days) END AS absent_days_longest,
    DATE_DIFF('DAY', COALESCE(m.seen_on, m.first_on - 1), m.last_on) AS days_since_class
  FROM student AS s
  CROSS JOIN peers_attendance AS p
  LEFT JOIN counted AS m
    ON s.sid = m.sid
  LEFT JOIN longest AS l
    ON s.sid = l.sid
  LEFT JOIN away AS a
    ON s.sid = a.sid
), peers_conduct AS MATERIALIZED (
  SELECT
    COUNT(*) AS n,
    MAX(decided_on) AS last_on
  FROM everyone_conduct
  WHERE
    decided_on <= $as_of
), indicators_conduct AS MATERIALIZED (
  WITH tally AS (
    SELECT
      sid,
      MAX(decided_on) AS last_on,
      MAX(
        CASE
          WHEN NOT lifted_on IS NULL AND lifted_on <= $as_of
          THEN 0
          WHEN kind = 3
          THEN 0.5
          WHEN kind = 4
          THEN 1
          WHEN kind = 5
          THEN 2
          WHEN kind = 6
          THEN 3
          WHEN kind = 7
          THEN 4
          WHEN kind = 8
          THEN 5
          ELSE 0
        END
      ) AS level,
      COUNT(*) FILTER(WHERE
        kind >= 4 AND (
          lifted_on IS NULL OR lifted_on > $as_of
        )) AS in_force,
      COUNT(*) FILTER(WHERE
        kind <> 1 AND decided_on > $as_of - 30) AS events
    FROM conduct
    WHERE
      decided_on <= $as_of
    GROUP BY
      sid
  )
  SELECT
    s.sid,
    t.last_on,
    CASE WHEN p.n > 0 THEN COALESCE(t.level, 0) END AS sanction_level,
    CASE WHEN p.n > 0 THEN COALESCE(t.in_force, 0) END AS sanctions_in_force,
    CASE WHEN p.last_on > $as_of - 60 THEN COALESCE(t.events, 0) END AS conduct_events_30d
  FROM student AS s
  CROSS JOIN peers_conduct AS p
  LEFT JOIN tally AS t
    ON s.sid = t.sid
), peers_coursework AS MATERIALIZED (
  SELECT
    MAX(handed_in_on) AS ref
  FROM everyone_coursework
  WHERE
    handed_in_on <= $as_of
), indicators_coursework AS MATERIALIZED (
  WITH piece AS (
    SELECT
      c.sid,
      c.due_on,
      c.handed_in_on,
      c.kind IN (2, 4) AS assessment,
      CASE WHEN c.result_mark IN (0, 1) AND (
        c.handed_in_on IS NULL OR c.handed_in_on <= $as_of
      ) THEN c.result END AS score,
      CASE WHEN c.handed_in_on IS NULL THEN COALESCE(c.result_mark, 9) IN (3, 4, 5, 9) ELSE c.handed_in_on > $as_of END AS missed
    FROM coursework AS c
    CROSS JOIN peers_coursework AS p
    WHERE
      c.due_on < COALESCE(p.ref, $as_of) AND c.due_on >= LEAST($term_start, $as_of - 29)
  ), tally AS (
    SELECT
      sid,
      MAX(CASE WHEN handed_in_on <= $as_of THEN handed_in_on END) AS last_on,
      COUNT(*) FILTER(WHERE
        NOT assessment AND due_on > $as_of - 30) AS n_30d,
      COUNT(*) FILTER(WHERE
        NOT assessment AND missed AND due_on > $as_of - 30) AS missed_30d,
      COUNT(*) FILTER(WHERE
        NOT assessment AND due_on >= $term_start) AS n_term,
      COUNT(*) FILTER(WHERE
        NOT assessment AND missed AND due_on >= $term_start) AS missed_term,
      COUNT(*) FILTER(WHERE
        assessment AND due_on >= $term_start) AS n_assessed,
      COUNT(*) FILTER(WHERE
        assessment AND missed AND due_on >= $term_start) AS missed_assessed,
      SUM(CASE WHEN NOT assessment AND due_on >= $term_start THEN score END) AS work_total,
      COUNT(CASE WHEN NOT assessment AND due_on >= $term_start THEN score END) AS work_scores,
      SUM(CASE WHEN assessment AND due_on >= $term_start THEN score END) AS assessed_total,
      COUNT(CASE WHEN assessment AND due_on >= $term_start THEN score END) AS assessed_scores
    FROM piece
    GROUP BY
      sid
  )
  SELECT
    sid,
    last_on,
    CASE WHEN n_30d > 0 THEN missed_30d END AS coursework_missed_30d,
    CASE WHEN n_term > 0 THEN missed_term END AS coursework_missed_term,
    ROUND(CAST(work_total AS DOUBLE) / NULLIF(work_scores, 0), 6) AS coursework_score_mean,
    CASE WHEN n_assessed > 0 THEN missed_assessed END AS assessments_missed,
    ROUND(CAST(assessed_total AS DOUBLE) / NULLIF(assessed_scores, 0), 6) AS assessment_score_mean
  FROM tally
), peers_dorm AS MATERIALIZED (
  WITH night AS (
    SELECT
      COALESCE(gate, '') AS gate,
      CAST(seen_at - INTERVAL '6' HOUR AS DATE) AS night,
      MAX(seen_at) AS last_at,
      COUNT(*) FILTER(WHERE
        direction <> 3) AS signs,
      COUNT(*) FILTER(WHERE
        direction = 2) AS gone
    FROM everyone_dorm_access
    WHERE
      seen_at < $as_of + 1 AND seen_at >= $as_of - 45
    GROUP BY
      COALESCE(gate, ''),
      CAST(seen_at - INTERVAL '6' HOUR AS DATE)
  ), feed AS (
    SELECT
      CAST(MAX(last_at) AS DATE) AS last_day,
      CAST(MAX(last_at) AS DATE) - 1 AS ref,
      CASE WHEN SUM(gone) > 0 THEN 1 ELSE 0 END AS two_way
    FROM night
  ), school AS (
    SELECT
      COALESCE(BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('DAY', d.day - 1, f.ref)), 0) AS school_nights
    FROM school_day AS d
    CROSS JOIN feed AS f
    WHERE
      d.day - 1 BETWEEN f.ref - 27 AND f.ref
  ), gate AS (
    SELECT
      n.gate,
      BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('DAY', n.night, f.ref)) AS delivered
    FROM night AS n
    CROSS JOIN feed AS f
    WHERE
      n.night BETWEEN f.ref - 27 AND f.ref AND n.signs > 0 AND f.ref >= $as_of - 14
    GROUP BY
      n.gate
  )
  SELECT
    g.gate,
    g.delivered,
    f.last_day,
    f.ref,
    f.two_way,
    s.school_nights
  FROM feed AS f
  CROSS JOIN school AS s
  LEFT JOIN gate AS g
    ON TRUE
), indicators_dorm AS MATERIALIZED (
  WITH feed AS (
    SELECT
      MAX(last_day) AS last_day,
      MAX(ref) AS ref,
      MAX(two_way) AS two_way,
      MAX(school_nights) AS school_nights
    FROM peers_dorm
  ), sign AS NOT MATERIALIZED (
    SELECT
      a.sid,
      COALESCE(a.gate, '') AS gate,
      a.direction,
      a.seen_at,
      DATE_DIFF('DAY', CAST(a.seen_at - INTERVAL '6' HOUR AS DATE), f.ref) AS back,
      (
        EXTRACT(HOUR FROM a.seen_at) + 18
      ) % 24 * 3600 + EXTRACT(MINUTE FROM a.seen_at) * 60 + EXTRACT(SECOND FROM a.seen_at) AS moment
    FROM dorm_access AS a
    CROSS JOIN feed AS f
    WHERE
      a.seen_at < $as_of + 1 AND a.seen_at >= $as_of - 180
  ), used AS (
    SELECT
      sid,
      gate,
      MAX(CASE WHEN direction <> 3 THEN seen_at END) AS last_at,
      BIT_OR(
        CASE
          WHEN direction = 1 AND (
            EXTRACT(HOUR FROM seen_at) >= 23 OR EXTRACT(HOUR FROM seen_at) < 6
          ) AND back BETWEEN 0 AND 27
          THEN CAST(1 AS BIGINT) << back
          ELSE 0
        END
      ) AS late
    FROM sign
    GROUP BY
      sid,
      gate
  ), student_gate AS (
    SELECT
      u.sid,
      CAST(MAX(u.last_at) AS DATE) AS last_on,
      BIT_OR(u.late) AS late,
      BIT_OR(COALESCE(g.delivered, 0)) AS delivered
    FROM used AS u
    LEFT JOIN peers_dorm AS g
      ON u.gate = g.gate
    GROUP BY
      u.sid
  ), night AS (
    SELECT
      sid,
      back,
      MAX(moment * 4 + direction) AS last_sign,
      MIN(CASE WHEN direction <> 3 THEN moment * 4 + direction END) AS first_sign
    FROM sign
    WHERE
      back BETWEEN 0 AND 13 AND seen_at >= $as_of - 30
    GROUP BY
      sid,
      back
  ), mask AS (
    SELECT
      sid,
      BIT_OR(CAST(1 AS BIGINT) << back) AS signed,
      BIT_OR(CASE WHEN last_sign % 4 = 1 THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS last_in,
      BIT_OR(CASE WHEN last_sign % 4 = 3 THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS missing,
      BIT_OR(CASE WHEN first_sign % 4 = 2 THEN CAST(1 AS BIGINT) << back ELSE 0 END) AS first_out
    FROM night
    GROUP BY
      sid
  ), silent AS (
    SELECT
      g.sid,
      g.last_on,
      g.late,
      g.delivered,
      COALESCE(m.signed, 0) AS signed,
      COALESCE(m.last_in, 0) AS last_in,
      COALESCE(m.missing, 0) AS missing,
      16383 & ~COALESCE(m.signed, 0) AS unsigned,
      (
        COALESCE(m.first_out, 0) << 1
      ) & 16383 & ~COALESCE(m.signed, 0) AS starts
    FROM student_gate AS g
    LEFT JOIN mask AS m
      ON g.sid = m.sid
  ), inside AS (
    SELECT
      s.*,
      s.last_in | (
        s.unsigned & ~(
          s.unsigned + s.starts
        )
      ) | CASE WHEN f.two_way = 1 AND (
        s.last_in & s.signed & -s.signed
      ) <> 0 THEN (
        s.signed & -s.signed
      ) - 1 ELSE 0 END AS nights
    FROM silent AS s
    CROSS JOIN feed AS f
  ), away AS (
    SELECT
      l.sid,
      BIT_OR(CAST(1 AS BIGINT) << DATE_DIFF('DAY', n.day - 1, f.ref)) AS nights
    FROM leave AS l
    CROSS JOIN feed AS f
    JOIN school_day AS n
      ON n.day - 1 BETWEEN f.ref - 13 AND f.ref AND l.starts_at < n.day AND l.ends_at >= n.day - INTERVAL '2' HOUR
    WHERE
      l.approved IS DISTINCT FROM FALSE
    GROUP BY
      l.sid
  ), outside AS (
    SELECT
      i.*,
      (
        (
          i.delivered & ~i.nights
        ) | i.missing
      ) & 16383 & f.school_nights & ~COALESCE(a.nights, 0) AS nights_out
    FROM inside AS i
    CROSS JOIN feed AS f
    LEFT JOIN away AS a
      ON i.sid = a.sid
  )
  SELECT
    o.sid,
    o.last_on,
    CASE WHEN (
      o.delivered & 16383
    ) <> 0 THEN BIT_COUNT(o.late & 16383) END AS late_returns_14d,
    CASE WHEN (
      o.delivered & 16383
    ) <> 0 OR o.missing <> 0 THEN BIT_COUNT(o.nights_out) END AS nights_out_14d,
    CASE
      WHEN (
        o.delivered & 16383
      ) <> 0 AND (
        o.delivered & 268419072
      ) <> 0
      THEN BIT_COUNT(o.late & 16383) - BIT_COUNT(o.late & 268419072)
    END AS late_returns_change,
    CASE WHEN f.last_day >= $as_of - 14 THEN DATE_DIFF('DAY', o.last_on, f.last_day) END AS days_since_dorm
  FROM outside AS o
  CROSS JOIN feed AS f
), peers_engagement AS MATERIALIZED (
  WITH reach AS (
    SELECT
      'platform' AS feed,
      14 AS days,
      14 AS stale,
      MIN(day) AS first_on,
      MAX(day) AS ref
    FROM everyone_platform_activity
    WHERE
      day <= $as_of
    UNION ALL
    SELECT
      'loan' AS feed,
      30 AS days,
      45 AS stale,
      MIN(loaned_on) AS first_on,
      MAX(loaned_on) AS ref
    FROM everyone_library_loan
    WHERE
      loaned_on <= $as_of
    UNION ALL
    SELECT
      'activity' AS feed,
      30 AS days,
      60 AS stale,
      MIN(earned_on) AS first_on,
      MAX(earned_on) AS ref
    FROM everyone_activity_points
    WHERE
      earned_on <= $as_of
  ), number AS (
    SELECT
      back AS nth
    FROM (VALUES
      (0),
      (1),
      (2),
      (3),
      (4),
      (5)) AS listed(back)
  ), calendar AS (
    SELECT
      COUNT(*) AS days
    FROM school_day
  ), stretch AS (
    SELECT
      r.feed,
      r.ref,
      r.first_on,
      r.days,
      n.nth,
      COUNT(d.day) AS school_days,
      MAX(c.days) AS calendar_days
    FROM reach AS r
    CROSS JOIN number AS n
    CROSS JOIN calendar AS c
    LEFT JOIN school_day AS d
      ON d.day > r.ref - r.days * (
        n.nth + 1
      ) AND d.day <= r.ref - r.days * n.nth
    WHERE
      NOT r.ref IS NULL AND r.ref >= $as_of - r.stale
    GROUP BY
      r.feed,
      r.ref,
      r.first_on,
      r.days,
      n.nth
  ), year AS (
    SELECT
      MIN(starts_on) AS starts_on
    FROM term_day
    WHERE
      term - term % 10 = $term - $term % 10
  )
  SELECT
    s.feed,
    s.nth,
    s.ref,
    s.first_on,
    y.starts_on AS year_start,
    s.ref - s.days * (
      s.nth + 1
    ) + 1 AS from_on,
    s.ref - s.days * s.nth AS to_on,
    s.first_on <= s.ref - s.days * (
      s.nth + 1
    ) + 1 AND (
      s.calendar_days = 0 OR s.school_days * 14 >= s.days * 5
    ) AS usable
  FROM stretch AS s
  CROSS JOIN year AS y
), indicators_engagement AS MATERIALIZED (
  WITH stretch AS (
    SELECT
      feed,
      nth
    FROM peers_engagement
    WHERE
      feed IN ('platform', 'loan') AND (
        usable OR nth = 0
      )
  ), reach AS (
    SELECT
      MAX(CASE WHEN feed = 'platform' THEN ref END) AS platform_ref,
      MAX(CASE WHEN feed = 'platform' THEN first_on END) AS platform_first,
      MAX(CASE WHEN feed = 'loan' THEN ref END) AS loan_ref,
      MAX(CASE WHEN feed = 'activity' THEN ref END) AS activity_ref,
      MAX(CASE WHEN feed = 'activity' THEN first_on END) AS activity_first,
      MAX(year_start) AS year_start,
      COUNT(*) FILTER(WHERE
        feed = 'platform' AND nth > 0 AND usable) AS platform_stretches,
      COUNT(*) FILTER(WHERE
        feed = 'platform' AND nth = 0 AND usable) AS platform_now,
      COUNT(*) FILTER(WHERE
        feed = 'loan' AND nth > 0 AND usable) AS loan_stretches,
      COUNT(*) FILTER(WHERE
        feed = 'loan' AND nth = 0 AND usable) AS loan_now
    FROM peers_engagement
  ), visit AS (
    SELECT
      sid,
      CAST(FLOOR(CAST(DATE_DIFF('DAY', p.day, r.platform_ref) AS DOUBLE) / 14) AS INT) AS nth,
      COUNT(*) AS n
    FROM platform_activity AS p
    CROSS JOIN reach AS r
    WHERE
      p.actions > 0 AND p.day <= $as_of AND p.day > $as_of - 98
    GROUP BY
      sid,
      CAST(FLOOR(CAST(DATE_DIFF('DAY', p.day, r.platform_ref) AS DOUBLE) / 14) AS INT)
  ), platform AS (
    SELECT
      v.sid,
      SUM(CASE WHEN v.nth = 0 THEN n ELSE 0 END) AS now,
      SUM(CASE WHEN v.nth > 0 THEN n ELSE 0 END) AS total,
      SUM(CASE WHEN v.nth > 0 THEN n * n ELSE 0 END) AS squares
    FROM visit AS v
    JOIN stretch AS t
      ON t.feed = 'platform' AND v.nth = t.nth
    GROUP BY
      v.sid
  ), last_visit AS (
    SELECT
      sid,
      MAX(day) AS last_on
    FROM platform_activity
    WHERE
      actions > 0 AND day <= $as_of AND day > $as_of - 180
    GROUP BY
      sid
  ), borrowed AS (
    SELECT
      sid,
      CAST(FLOOR(CAST(DATE_DIFF('DAY', l.loaned_on, r.loan_ref) AS DOUBLE) / 30) AS INT) AS nth,
      COUNT(*) AS n
    FROM library_loan AS l
    CROSS JOIN reach AS r
    WHERE
      l.loaned_on <= $as_of AND l.loaned_on > $as_of - 240
    GROUP BY
      sid,
      CAST(FLOOR(CAST(DATE_DIFF('DAY', l.loaned_on, r.loan_ref) AS DOUBLE) / 30) AS INT)
  ), loan AS (
    SELECT
      b.sid,
      SUM(CASE WHEN b.nth = 0 THEN n ELSE 0 END) AS now,
      SUM(CASE WHEN b.nth > 0 THEN n ELSE 0 END) AS total,
      SUM(CASE WHEN b.nth > 0 THEN n * n ELSE 0 END) AS squares
    FROM borrowed AS b
    JOIN stretch AS t
      ON t.feed = 'loan' AND b.nth = t.nth
    GROUP BY
      b.sid
  ), last_loan AS (
    SELECT
      sid,
      MAX(loaned_on) AS last_on
    FROM library_loan
    WHERE
      loaned_on <= $as_of
    GROUP BY
      sid
  ), activity AS (
    SELECT
      a.sid,
      SUM(a.points) AS points,
      SUM(CASE WHEN a.earned_on >= r.year_start THEN a.points ELSE 0 END) AS points_year,
      MAX(a.earned_on) AS last_on
    FROM activity_points AS a
    CROSS JOIN reach AS r
    WHERE
      a.earned_on <= $as_of
    GROUP BY
      a.sid
  ), filled AS (
    SELECT
      s.sid,
      r.*,
      COALESCE(p.now, 0) AS visits,
      CAST(COALESCE(p.total, 0) AS DOUBLE) / NULLIF(r.platform_stretches, 0) AS visits_mean,
      CAST(COALESCE(p.squares, 0) AS DOUBLE) / NULLIF(r.platform_stretches, 0) AS visits_square,
      COALESCE(l.now, 0) AS loans,
      CAST(COALESCE(l.total, 0) AS DOUBLE) / NULLIF(r.loan_stretches, 0) AS loans_mean,
      CAST(COALESCE(l.squares, 0) AS DOUBLE) / NULLIF(r.loan_stretches, 0) AS loans_square,
      v.last_on AS visited_on,
      b.last_on AS borrowed_on,
      a.points,
      a.points_year,
      a.last_on AS active_on
    FROM student AS s
    CROSS JOIN reach AS r
    LEFT JOIN platform AS p
      ON s.sid = p.sid
    LEFT JOIN last_visit AS v
      ON s.sid = v.sid
    LEFT JOIN loan AS l
      ON s.sid = l.sid
    LEFT JOIN last_loan AS b
      ON s.sid = b.sid
    LEFT JOIN activity AS a
      ON s.sid = a.sid
  )
  SELECT
    sid,
    GREATEST(visited_on, borrowed_on, active_on) AS last_on,
    CASE WHEN NOT activity_ref IS NULL THEN COALESCE(points, 0) END AS activity_points_total,
    CASE WHEN activity_ref >= year_start THEN COALESCE(points_year, 0) END AS activity_points_year,
    DATE_DIFF('DAY', CASE WHEN NOT activity_ref IS NULL THEN COALESCE(active_on, activity_first - 1) END, activity_ref) AS days_since_activity,
    CASE WHEN NOT loan_ref IS NULL THEN loans END AS loans_30d,
    CASE
      WHEN loan_now = 1 AND loan_stretches >= 2
      THEN ROUND(CAST((
        loans - loans_mean
      ) AS DOUBLE) / NULLIF(GREATEST(SQRT(GREATEST(loans_square - loans_mean * loans_mean, 0)), 1), 0), 6)
    END AS loans_change,
    CASE WHEN NOT platform_ref IS NULL THEN visits END AS platform_days_14d,
    CASE
      WHEN platform_now = 1 AND platform_stretches >= 2
      THEN ROUND(CAST((
        visits - visits_mean
      ) AS DOUBLE) / NULLIF(GREATEST(SQRT(GREATEST(visits_square - visits_mean * visits_mean, 0)), 1), 0), 6)
    END AS platform_change,
    DATE_DIFF('DAY', CASE WHEN NOT platform_ref IS NULL THEN COALESCE(visited_on, GREATEST(platform_first, $as_of - 179) - 1) END, platform_ref) AS days_since_platform
  FROM filled
), peers_family AS MATERIALIZED (
  SELECT DISTINCT
    s.unit
  FROM everyone_student AS s
  JOIN everyone_guardian AS g
    ON s.sid = g.sid
), indicators_family AS MATERIALIZED (
  WITH guardians AS (
    SELECT
      sid,
      COUNT(*) AS n
    FROM guardian
    GROUP BY
      sid
  )
  SELECT
    s.sid,
    CASE
      WHEN NOT COALESCE(s.orphan, s.no_care, s.disabled, s.hardship, s.left_behind, s.migrant) IS NULL
      THEN CASE WHEN s.orphan THEN 1 ELSE 0 END + CASE WHEN s.no_care THEN 1 ELSE 0 END + CASE WHEN s.disabled THEN 1 ELSE 0 END + CASE WHEN s.hardship THEN 1 ELSE 0 END + CASE WHEN s.left_behind THEN 1 ELSE 0 END + CASE WHEN s.migrant THEN 1 ELSE 0 END
    END AS family_risk,
    CASE WHEN NOT p.unit IS NULL THEN COALESCE(g.n, 0) END AS guardian_contacts
  FROM student AS s
  LEFT JOIN peers_family AS p
    ON s.unit = p.unit
  LEFT JOIN guardians AS g
    ON s.sid = g.sid
), peers_hardship AS MATERIALIZED (
  SELECT
    COUNT(*) FILTER(WHERE
      kind = 1) AS assessments,
    COUNT(*) FILTER(WHERE
      kind <> 1) AS aids
  FROM everyone_aid
  WHERE
    granted_on <= $as_of
), indicators_hardship AS MATERIALIZED (
  WITH owed AS (
    SELECT
      sid,
      due_on,
      GREATEST(due - COALESCE(reduced, 0) - paid, 0) AS rest
    FROM fee
    WHERE
      due_on <= $as_of
  ), fees AS (
    SELECT
      sid,
      SUM(rest) AS rest,
      MIN(CASE WHEN rest > 0 THEN due_on END) AS since
    FROM owed
    GROUP BY
      sid
  ), judged AS (
    SELECT
      sid,
      level,
      ROW_NUMBER() OVER (PARTITION BY sid ORDER BY granted_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
    FROM aid
    WHERE
      kind = 1 AND NOT level IS NULL AND granted_on <= $as_of AND (
        until IS NULL OR until >= $as_of
      )
  ), helped AS (
    SELECT
      sid,
      COUNT(DISTINCT kind) AS n
    FROM aid
    WHERE
      NOT kind IN (1, 3) AND granted_on <= $as_of AND COALESCE(until, granted_on + 365) >= $as_of
    GROUP BY
      sid
  )
  SELECT
    s.sid,
    f.rest AS fee_owed,
    CASE WHEN NOT f.sid IS NULL THEN COALESCE(DATE_DIFF('DAY', f.since, $as_of), 0) END AS fee_days_late,
    CASE WHEN p.aids > 0 THEN COALESCE(h.n, 0) END AS aid_level,
    CASE WHEN p.assessments > 0 THEN COALESCE(j.level, 0) END AS hardship_level
  FROM student AS s
  CROSS JOIN peers_hardship AS p
  LEFT JOIN fees AS f
    ON s.sid = f.sid
  LEFT JOIN judged AS j
    ON s.sid = j.sid AND j.nth = 1
  LEFT JOIN helped AS h
    ON s.sid = h.sid
), indicators_internship AS MATERIALIZED (
  WITH checkin AS (
    SELECT
      sid,
      COUNT(*) FILTER(WHERE
        day > $as_of - 14) AS n_14d,
      COUNT(*) FILTER(WHERE
        NOT done AND day > $as_of - 14) AS missed_14d,
      MIN(day) AS first_on,
      MAX(day) AS last_on,
      MAX(CASE WHEN done THEN day END) AS done_on
    FROM internship_checkin
    WHERE
      day <= $as_of AND day > $as_of - 240
    GROUP BY
      sid
  ), judged AS (
    SELECT
      sid,
      result,
      evaluated_on,
      ROW_NUMBER() OVER (PARTITION BY sid ORDER BY evaluated_on DESC, evaluator, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
    FROM internship_evaluation
    WHERE
      evaluated_on <= $as_of AND evaluator <> 3 AND result_mark IN (0, 1)
  ), milestone AS (
    SELECT
      sid,
      COUNT(*) FILTER(WHERE
        due_on < $as_of AND (
          done_on IS NULL OR done_on > $as_of
        )) AS late
    FROM graduation_milestone
    GROUP BY
      sid
  )
  SELECT
    s.sid,
    c.last_on,
    CASE WHEN c.n_14d > 0 THEN c.missed_14d END AS internship_checkins_missed_14d,
    j.result AS internship_score_latest,
    CASE WHEN c.last_on > $as_of - 30 THEN DATE_DIFF('DAY', COALESCE(c.done_on, c.first_on - 1), c.last_on) END AS days_since_internship_checkin,
    m.late AS milestones_late
  FROM student AS s
  LEFT JOIN checkin AS c
    ON s.sid = c.sid
  LEFT JOIN judged AS j
    ON s.sid = j.sid AND j.nth = 1
  LEFT JOIN milestone AS m
    ON s.sid = m.sid
), peers_skills AS MATERIALIZED (
  SELECT
    (
      SELECT
        COUNT(*)
      FROM everyone_certificate
      WHERE
        got_on <= $as_of
    ) AS certificates,
    (
      SELECT
        MAX(term)
      FROM term_day
      WHERE
        ends_on < $as_of
    ) AS term_over
), indicators_skills AS MATERIALIZED (
  WITH attempt AS (
    SELECT
      sid,
      skill,
      assessed_on,
      batch_id,
      sheet_no,
      row_no,
      CASE WHEN result_mark IN (0, 1) THEN result END AS score,
      result_mark,
      CASE WHEN result_mark IN (0, 1) THEN result >= COALESCE(pass_mark, 60) ELSE result_mark IN (2, 7) END AS passed
    FROM skill_assessment
    WHERE
      assessed_on <= $as_of AND result_mark <> 9
  ), skill AS (
    SELECT
      sid,
      skill,
      BOOL_OR(CAST(NOT passed AND result_mark <> 6 AS BOOLEAN)) AND NOT BOOL_OR(CAST(passed AS BOOLEAN)) AS failed
    FROM attempt
    GROUP BY
      sid,
      skill
  ), tally AS (
    SELECT
      sid,
      COUNT(*) FILTER(WHERE
        failed) AS failed
    FROM skill
    GROUP BY
      sid
  ), latest AS (
    SELECT
      sid,
      score,
      ROW_NUMBER() OVER (PARTITION BY sid ORDER BY assessed_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
    FROM attempt
    WHERE
      NOT score IS NULL
  ), got AS (
    SELECT
      sid,
      COUNT(DISTINCT certificate) AS n
    FROM certificate
    WHERE
      got_on <= $as_of AND required IS DISTINCT FROM FALSE
    GROUP BY
      sid
  ), due AS (
    SELECT
      s.sid,
      MAX(c.certificates_due) AS n
    FROM student AS s
    CROSS JOIN peers_skills AS p
    JOIN course_plan AS c
      ON s.major_code = c.major_code AND s.entry_year = c.entry_year AND c.term <= p.term_over
    GROUP BY
      s.sid
  )
  SELECT
    s.sid,
    CASE WHEN p.certificates > 0 AND NOT d.n IS NULL THEN GREATEST(d.n - COALESCE(g.n, 0), 0) END AS certificates_missing,
    t.failed AS skill_failed,
    l.score AS skill_score_latest
  FROM student AS s
  CROSS JOIN peers_skills AS p
  LEFT JOIN tally AS t
    ON s.sid = t.sid
  LEFT JOIN latest AS l
    ON s.sid = l.sid AND l.nth = 1
  LEFT JOIN got AS g
    ON s.sid = g.sid
  LEFT JOIN due AS d
    ON s.sid = d.sid
), indicators_credits AS MATERIALIZED (
  WITH result AS (
    SELECT
      sid,
      latest_term,
      result_term,
      credits_earned,
      earned_term
    FROM indicators_academics
  ), due AS (
    SELECT
      s.sid,
      SUM(p.credits_due) AS due,
      SUM(CASE WHEN p.term = r.result_term THEN p.credits_due END) AS due_term
    FROM student AS s
    JOIN result AS r
      ON s.sid = r.sid
    JOIN course_plan AS p
      ON s.major_code = p.major_code AND s.entry_year = p.entry_year AND p.term <= COALESCE(r.result_term, r.latest_term)
    GROUP BY
      s.sid
  )
  SELECT
    r.sid,
    d.due AS credits_due,
    r.credits_earned,
    CASE WHEN NOT d.due IS NULL AND NOT r.credits_earned IS NULL THEN GREATEST(d.due - r.credits_earned, 0) END AS credits_missing,
    CASE WHEN NOT d.due_term IS NULL THEN GREATEST(d.due_term - COALESCE(r.earned_term, 0), 0) END AS credits_missing_term
  FROM result AS r
  LEFT JOIN due AS d
    ON r.sid = d.sid
), peers_enrolment AS MATERIALIZED (
  SELECT
    GREATEST(
      (
        SELECT
          MAX(last_on)
        FROM indicators_attendance
        WHERE
          last_on > $as_of - 30
      ),
      (
        SELECT
          MAX(day)
        FROM everyone_attendance_day
        WHERE
          day <= $as_of AND day > $as_of - 30
      ),
      (
        SELECT
          MAX(last_on)
        FROM indicators_dorm
        WHERE
          last_on > $as_of - 30
      ),
      (
        SELECT
          MAX(day)
        FROM everyone_platform_activity
        WHERE
          day <= $as_of AND day > $as_of - 30
      ),
      (
        SELECT
          MAX(loaned_on)
        FROM everyone_library_loan
        WHERE
          loaned_on <= $as_of AND loaned_on > $as_of - 30
      ),
      (
        SELECT
          MAX(earned_on)
        FROM everyone_activity_points
        WHERE
          earned_on <= $as_of AND earned_on > $as_of - 30
      ),
      (
        SELECT
          MAX(handed_in_on)
        FROM everyone_coursework
        WHERE
          handed_in_on <= $as_of AND handed_in_on > $as_of - 30
      ),
      (
        SELECT
          MAX(day)
        FROM everyone_internship_checkin
        WHERE
          day <= $as_of AND day > $as_of - 30
      )
    ) AS last_on
), indicators_enrolment AS MATERIALIZED (
  WITH change AS (
    SELECT
      sid,
      kind,
      until,
      applied_to_resume,
      ROW_NUMBER() OVER (PARTITION BY sid ORDER BY effective_on DESC, batch_id DESC, sheet_no DESC, row_no DESC) AS nth
    FROM enrolment_change
    WHERE
      effective_on <= $as_of AND kind IN (1, 2)
  ), away AS (
    SELECT
      sid,
      until,
      applied_to_resume
    FROM change
    WHERE
      nth = 1 AND kind = 1
  ), back AS (
    SELECT
      sid
    FROM change
    WHERE
      nth = 1 AND kind = 2
  ), seen AS (
    SELECT
      s.sid,
      GREATEST(a.last_on, d.last_on, e.last_on, c.last_on, i.last_on, o.last_on) AS last_on
    FROM student AS s
    LEFT JOIN indicators_attendance AS a
      ON s.sid = a.sid
    LEFT JOIN indicators_dorm AS d
      ON s.sid = d.sid
    LEFT JOIN indicators_engagement AS e
      ON s.sid = e.sid
    LEFT JOIN indicators_coursework AS c
      ON s.sid = c.sid
    LEFT JOIN indicators_internship AS i
      ON s.sid = i.sid
    LEFT JOIN indicators_conduct AS o
      ON s.sid = o.sid
  )
  SELECT
    s.sid,
    CASE WHEN NOT w.sid IS NULL OR (
      s.status = 2 AND b.sid IS NULL
    ) THEN 1 ELSE 0 END AS enrolment_suspended,
    CASE WHEN w.applied_to_resume IS DISTINCT FROM TRUE THEN DATE_DIFF('DAY', $as_of, w.until) END AS leave_of_absence_days_left,
    CASE WHEN NOT n.last_on IS NULL AND NOT p.last_on IS NULL THEN GREATEST(DATE_DIFF('DAY', n.last_on, p.last_on), 0) END AS days_since_any_record
  FROM student AS s
  CROSS JOIN peers_enrolment AS p
  JOIN seen AS n
    ON s.sid = n.sid
  LEFT JOIN away AS w
    ON s.sid = w.sid
  LEFT JOIN back AS b
    ON s.sid = b.sid
)
SELECT
  s.sid,
  CAST(indicators_academics.courses_failed_term AS DOUBLE) AS courses_failed_term,
  CAST(indicators_academics.credits_failed_term AS DOUBLE) AS credits_failed_term,
  CAST(indicators_academics.required_failed_term AS DOUBLE) AS required_failed_term,
  CAST(indicators_academics.courses_failed_total AS DOUBLE) AS courses_failed_total,
  CAST(indicators_academics.credits_failed_total AS DOUBLE) AS credits_failed_total,
  CAST(indicators_academics.retake_credits_required AS DOUBLE) AS retake_credits_required,
  CAST(indicators_academics.courses_failed_year AS DOUBLE) AS courses_failed_year,
  CAST(indicators_academics.exam_absent_or_cheated_term AS DOUBLE) AS exam_absent_or_cheated_term,
  CAST(indicators_academics.gpa_term AS DOUBLE) AS gpa_term,
  CAST(indicators_academics.gpa_total AS DOUBLE) AS gpa_total,
  CAST(indicators_academics.gpa_drop AS DOUBLE) AS gpa_drop,
  CAST(indicators_academics.terms_declining AS DOUBLE) AS terms_declining,
  CAST(indicators_academics.score_standing AS DOUBLE) AS score_standing,
  CAST(indicators_academics.min_score_term AS DOUBLE) AS min_score_term,
  CAST(indicators_attendance.absences_term AS DOUBLE) AS absences_term,
  CAST(indicators_attendance.truancy_hours_term AS DOUBLE) AS truancy_hours_term,
  CAST(indicators_attendance.lates_term AS DOUBLE) AS lates_term,
  CAST(indicators_attendance.lates_14d AS DOUBLE) AS lates_14d,
  CAST(indicators_attendance.leave_days_term AS DOUBLE) AS leave_days_term,
  CAST(indicators_attendance.absence_rate_30d AS DOUBLE) AS absence_rate_30d,
  CAST(indicators_attendance.absence_rate_change AS DOUBLE) AS absence_rate_change,
  CAST(indicators_attendance.absent_days_running AS DOUBLE) AS absent_days_running,
  CAST(indicators_attendance.absent_days_longest AS DOUBLE) AS absent_days_longest,
  CAST(indicators_attendance.days_since_class AS DOUBLE) AS days_since_class,
  CAST(indicators_conduct.sanction_level AS DOUBLE) AS sanction_level,
  CAST(indicators_conduct.sanctions_in_force AS DOUBLE) AS sanctions_in_force,
  CAST(indicators_conduct.conduct_events_30d AS DOUBLE) AS conduct_events_30d,
  CAST(indicators_coursework.coursework_missed_30d AS DOUBLE) AS coursework_missed_30d,
  CAST(indicators_coursework.coursework_missed_term AS DOUBLE) AS coursework_missed_term,
  CAST(indicators_coursework.coursework_score_mean AS DOUBLE) AS coursework_score_mean,
  CAST(indicators_coursework.assessments_missed AS DOUBLE) AS assessments_missed,
  CAST(indicators_coursework.assessment_score_mean AS DOUBLE) AS assessment_score_mean,
  CAST(indicators_dorm.late_returns_14d AS DOUBLE) AS late_returns_14d,
  CAST(indicators_dorm.nights_out_14d AS DOUBLE) AS nights_out_14d,
  CAST(indicators_dorm.late_returns_change AS DOUBLE) AS late_returns_change,
  CAST(indicators_dorm.days_since_dorm AS DOUBLE) AS days_since_dorm,
  CAST(indicators_engagement.activity_points_total AS DOUBLE) AS activity_points_total,
  CAST(indicators_engagement.activity_points_year AS DOUBLE) AS activity_points_year,
  CAST(indicators_engagement.days_since_activity AS DOUBLE) AS days_since_activity,
  CAST(indicators_engagement.loans_30d AS DOUBLE) AS loans_30d,
  CAST(indicators_engagement.loans_change AS DOUBLE) AS loans_change,
  CAST(indicators_engagement.platform_days_14d AS DOUBLE) AS platform_days_14d,
  CAST(indicators_engagement.platform_change AS DOUBLE) AS platform_change,
  CAST(indicators_engagement.days_since_platform AS DOUBLE) AS days_since_platform,
  CAST(indicators_family.family_risk AS DOUBLE) AS family_risk,
  CAST(indicators_family.guardian_contacts AS DOUBLE) AS guardian_contacts,
  CAST(indicators_hardship.fee_owed AS DOUBLE) AS fee_owed,
  CAST(indicators_hardship.fee_days_late AS DOUBLE) AS fee_days_late,
  CAST(indicators_hardship.aid_level AS DOUBLE) AS aid_level,
  CAST(indicators_hardship.hardship_level AS DOUBLE) AS hardship_level,
  CAST(indicators_internship.internship_checkins_missed_14d AS DOUBLE) AS internship_checkins_missed_14d,
  CAST(indicators_internship.internship_score_latest AS DOUBLE) AS internship_score_latest,
  CAST(indicators_internship.days_since_internship_checkin AS DOUBLE) AS days_since_internship_checkin,
  CAST(indicators_internship.milestones_late AS DOUBLE) AS milestones_late,
  CAST(indicators_skills.certificates_missing AS DOUBLE) AS certificates_missing,
  CAST(indicators_skills.skill_failed AS DOUBLE) AS skill_failed,
  CAST(indicators_skills.skill_score_latest AS DOUBLE) AS skill_score_latest,
  CAST(indicators_credits.credits_due AS DOUBLE) AS credits_due,
  CAST(indicators_credits.credits_earned AS DOUBLE) AS credits_earned,
  CAST(indicators_credits.credits_missing AS DOUBLE) AS credits_missing,
  CAST(indicators_credits.credits_missing_term AS DOUBLE) AS credits_missing_term,
  CAST(indicators_enrolment.enrolment_suspended AS DOUBLE) AS enrolment_suspended,
  CAST(indicators_enrolment.leave_of_absence_days_left AS DOUBLE) AS leave_of_absence_days_left,
  CAST(indicators_enrolment.days_since_any_record AS DOUBLE) AS days_since_any_record
FROM student AS s
LEFT JOIN indicators_academics
  ON s.sid = indicators_academics.sid
LEFT JOIN indicators_attendance
  ON s.sid = indicators_attendance.sid
LEFT JOIN indicators_conduct
  ON s.sid = indicators_conduct.sid
LEFT JOIN indicators_coursework
  ON s.sid = indicators_coursework.sid
LEFT JOIN indicators_dorm
  ON s.sid = indicators_dorm.sid
LEFT JOIN indicators_engagement
  ON s.sid = indicators_engagement.sid
LEFT JOIN indicators_family
  ON s.sid = indicators_family.sid
LEFT JOIN indicators_hardship
  ON s.sid = indicators_hardship.sid
LEFT JOIN indicators_internship
  ON s.sid = indicators_internship.sid
LEFT JOIN indicators_skills
  ON s.sid = indicators_skills.sid
LEFT JOIN indicators_credits
  ON s.sid = indicators_credits.sid
LEFT JOIN indicators_enrolment
  ON s.sid = indicators_enrolment.sid
WHERE
  s.status IS NULL OR s.status IN (1, 2)
