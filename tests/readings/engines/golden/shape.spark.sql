WITH `t3` AS (
  SELECT
    *
  FROM `hours` AS `t1`
  WHERE
    `t1`.`channel` = 'delivered' AND `t1`.`unit` = 'Wh'
)
SELECT
  `t13`.`zip`,
  `t13`.`customer_class`,
  `t13`.`hour`,
  `t13`.`customers`,
  CAST(`t13`.`total` AS DECIMAL(38, 0)) AS `total`,
  CAST(`t13`.`largest` AS DECIMAL(38, 0)) AS `largest`,
  `t13`.`low` AS `power_of_ten`,
  `t13`.`hours`
FROM (
  SELECT
    `t12`.`zip`,
    `t12`.`customer_class`,
    `t12`.`hour`,
    `t12`.`low`,
    COUNT(*) AS `customers`,
    SUM(`t12`.`value`) AS `total`,
    MAX(`t12`.`value`) AS `largest`,
    SUM(`t12`.`hours`) AS `hours`
  FROM (
    SELECT
      `t11`.`holder`,
      `t11`.`hour`,
      `t11`.`low`,
      `t11`.`value`,
      `t11`.`hours`,
      `t11`.`holder_right`,
      COALESCE(NULLIF(`t11`.`zip`, ''), 'unknown') AS `zip`,
      COALESCE(NULLIF(`t11`.`customer_class`, ''), 'unknown') AS `customer_class`
    FROM (
      SELECT
        `t10`.`holder`,
        `t10`.`hour`,
        `t10`.`low`,
        `t10`.`value`,
        `t10`.`hours`,
        `t2`.`holder` AS `holder_right`,
        `t2`.`zip`,
        `t2`.`customer_class`
      FROM (
        SELECT
          `t8`.`holder`,
          `t8`.`hour`,
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
          ) AS `value`,
          SUM(`t8`.`hours`) AS `hours`
        FROM (
          SELECT
            `t5`.`holder`,
            `t5`.`hour`,
            `t5`.`hours`,
            `t5`.`usage_point`,
            `t5`.`channel`,
            `t5`.`unit`,
            `t5`.`power_of_ten`,
            `t5`.`total`,
            `t7`.`low`
          FROM `t3` AS `t5`
          CROSS JOIN (
            SELECT
              MIN(`t4`.`power_of_ten`) AS `low`
            FROM `t3` AS `t4`
          ) AS `t7`
        ) AS `t8`
        GROUP BY
          1,
          2,
          3
      ) AS `t10`
      LEFT OUTER JOIN `cells` AS `t2`
        ON `t10`.`holder` = `t2`.`holder`
    ) AS `t11`
  ) AS `t12`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t13`
