-- Classes of which guardians were delivered: only there does no row mean no guardian on file.
SELECT DISTINCT s.unit FROM everyone_student AS s JOIN everyone_guardian AS g ON s.sid = g.sid
