-- Whether conduct was ever delivered, and how late: only then does no row mean no sanction.
SELECT COUNT(*) AS n, MAX(decided_on) AS last_on FROM everyone_conduct WHERE decided_on <= $as_of
