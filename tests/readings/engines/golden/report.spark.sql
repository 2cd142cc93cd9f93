SELECT
  `t4`.`period`,
  `t4`.`channel`,
  `t4`.`unit`,
  `t5`.`asked`,
  `t4`.`told`,
  `t4`.`intervals`,
  `t4`.`missing`,
  `t4`.`estimated`
FROM (
  SELECT
    `t0`.`period`,
    `t0`.`channel`,
    `t0`.`unit`,
    COUNT(DISTINCT `t0`.`usage_point`) AS `told`,
    SUM(`t0`.`intervals`) AS `intervals`,
    SUM(`t0`.`missing`) AS `missing`,
    SUM(`t0`.`estimated`) AS `estimated`
  FROM `totals` AS `t0`
  GROUP BY
    1,
    2,
    3
) AS `t4`
INNER JOIN (
  SELECT
    `t1`.`period`,
    COUNT(DISTINCT `t1`.`usage_point`) AS `asked`
  FROM `windows` AS `t1`
  GROUP BY
    1
) AS `t5`
  ON `t4`.`period` = `t5`.`period`
