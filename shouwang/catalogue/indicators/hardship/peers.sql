-- Whether assessments of hardship and aid were ever delivered: only then does no row mean none.
SELECT COUNT(*) FILTER (WHERE kind = CODE('aid.kind', 'assessment')) AS assessments,
       COUNT(*) FILTER (WHERE kind <> CODE('aid.kind', 'assessment')) AS aids
FROM everyone_aid WHERE granted_on <= $as_of
