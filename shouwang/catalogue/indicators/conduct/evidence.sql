SELECT 'conduct' AS source, batch_id, sheet_no, row_no, decided_on AS on_day,
       CASE kind WHEN CODE('conduct.kind', 'praise') THEN '表扬' WHEN CODE('conduct.kind', 'event') THEN '违纪'
                 WHEN CODE('conduct.kind', 'criticism') THEN '通报批评' WHEN CODE('conduct.kind', 'warning') THEN '警告'
                 WHEN CODE('conduct.kind', 'serious_warning') THEN '严重警告' WHEN CODE('conduct.kind', 'demerit') THEN '记过'
                 WHEN CODE('conduct.kind', 'probation') THEN '留校察看' ELSE '开除学籍' END AS label,
       kind, matter, lifted_on, lifted_on IS NULL OR lifted_on > $as_of AS in_force
FROM conduct WHERE sid = $sid AND decided_on <= $as_of
