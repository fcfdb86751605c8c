-- How far the hand-ins reach: work that was due on or after the latest hand-in of anybody may have been handed in since the export.
SELECT MAX(handed_in_on) AS ref FROM everyone_coursework WHERE handed_in_on <= $as_of
