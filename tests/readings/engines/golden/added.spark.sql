SELECT
  `t12`.`holder`,
  `t12`.`usage_point`,
  `t12`.`channel`,
  `t12`.`unit`,
  `t12`.`period`,
  CAST(`t12`.`total` AS BIGINT) AS `total`,
  `t12`.`low` AS `power_of_ten`,
  `t12`.`intervals`,
  CAST(FLOOR((
    `t12`.`width`
  ) / (
    `t12`.`interval_seconds`
  )) AS BIGINT) - `t12`.`intervals` AS `missing`,
  `t12`.`estimated`
FROM (
  SELECT
    `t11`.`holder`,
    `t11`.`usage_point`,
    `t11`.`channel`,
    `t11`.`unit`,
    `t11`.`period`,
    `t11`.`low`,
    `t11`.`total`,
    `t11`.`intervals`,
    `t11`.`estimated`,
    `t11`.`interval_seconds`,
    `t6`.`width`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t8`.`holder`,
        `t8`.`usage_point`,
        `t8`.`channel`,
        `t8`.`unit`,
        `t8`.`period`,
        `t8`.`low`,
        SUM(
          `t8`.`total` * CASE
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 1
            THEN CAST('10' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 2
            THEN CAST('100' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 3
            THEN CAST('1000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 4
            THEN CAST('10000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 5
            THEN CAST('100000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 6
            THEN CAST('1000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 7
            THEN CAST('10000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 8
            THEN CAST('100000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 9
            THEN CAST('1000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 10
            THEN CAST('10000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 11
            THEN CAST('100000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 12
            THEN CAST('1000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 13
            THEN CAST('10000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 14
            THEN CAST('100000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 15
            THEN CAST('1000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 16
            THEN CAST('10000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 17
            THEN CAST('100000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 18
            THEN CAST('1000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 19
            THEN CAST('10000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 20
            THEN CAST('100000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 21
            THEN CAST('1000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 22
            THEN CAST('10000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 23
            THEN CAST('100000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 24
            THEN CAST('1000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 25
            THEN CAST('10000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 26
            THEN CAST('100000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 27
            THEN CAST('1000000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 28
            THEN CAST('10000000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 29
            THEN CAST('100000000000000000000000000000' AS DECIMAL(38, 0))
            WHEN (
              `t8`.`power_of_ten` - `t8`.`low`
            ) = 30
            THEN CAST('1000000000000000000000000000000' AS DECIMAL(38, 0))
            ELSE CAST('1' AS DECIMAL(38, 0))
          END
        ) AS `total`,
        SUM(`t8`.`intervals`) AS `intervals`,
        SUM(`t8`.`estimated`) AS `estimated`,
        MAX(`t8`.`interval_seconds`) AS `interval_seconds`
      FROM (
        SELECT
          `t7`.`holder`,
          `t7`.`period`,
          `t7`.`intervals`,
          `t7`.`estimated`,
          `t7`.`usage_point`,
          `t7`.`channel`,
          `t7`.`unit`,
          `t7`.`power_of_ten`,
          `t7`.`interval_seconds`,
          `t7`.`total`,
          MIN(`t7`.`power_of_ten`) OVER (
            PARTITION BY `t7`.`usage_point`, `t7`.`channel`, `t7`.`unit`
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS `low`
        FROM (
          SELECT
            `t3`.`holder`,
            `t3`.`period`,
            `t3`.`intervals`,
            `t3`.`estimated`,
            `t3`.`usage_point`,
            `t3`.`channel`,
            `t3`.`unit`,
            `t3`.`power_of_ten`,
            `t3`.`interval_seconds`,
            `t3`.`total`
          FROM `parts` AS `t3`
          LEFT ANTI JOIN `slow` AS `t4`
            ON `t3`.`usage_point` = `t4`.`usage_point`
        ) AS `t7`
      ) AS `t8`
      GROUP BY
        1,
        2,
        3,
        4,
        5,
        6
    ) AS `t9`
    WHERE
      `t9`.`intervals` > 0
  ) AS `t11`
  INNER JOIN (
    SELECT
      `t0`.`holder`,
      `t0`.`usage_point`,
      `t0`.`period`,
      SUM(`t0`.`window_end` - `t0`.`window_start`) AS `width`
    FROM `windows` AS `t0`
    GROUP BY
      1,
      2,
      3
  ) AS `t6`
    ON `t11`.`holder` = `t6`.`holder`
    AND `t11`.`usage_point` = `t6`.`usage_point`
    AND `t11`.`period` = `t6`.`period`
) AS `t12`
