SELECT DISTINCT
  `t1`.`usage_point`
FROM (
  SELECT
    `t0`.`usage_point`,
    `t0`.`channel`,
    `t0`.`unit`,
    COUNT(DISTINCT `t0`.`interval_seconds`) AS `lengths`
  FROM `parts` AS `t0`
  GROUP BY
    1,
    2,
    3
) AS `t1`
WHERE
  `t1`.`lengths` > 1
