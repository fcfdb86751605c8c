-- Whether certificates were ever delivered: only then does no row mean no certificate. Terms that are over, for the plan.
SELECT (SELECT COUNT(*) FROM everyone_certificate WHERE got_on <= $as_of) AS certificates,
       (SELECT MAX(term) FROM term_day WHERE ends_on < $as_of) AS term_over
