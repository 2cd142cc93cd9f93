SELECT
  `t13`.`holder`,
  `t13`.`usage_point`,
  `t13`.`channel`,
  `t13`.`unit`,
  `t13`.`period`,
  `t13`.`power_of_ten`,
  `t13`.`interval_seconds`,
  `t13`.`total`,
  (
    `t13`.`days` * CAST(FLOOR((
      86400
    ) / (
      `t13`.`interval_seconds`
    )) AS BIGINT)
  ) - `t13`.`missing` AS `intervals`,
  `t13`.`estimated`
FROM (
  SELECT
    `t12`.`holder`,
    `t12`.`usage_point`,
    `t12`.`channel`,
    `t12`.`unit`,
    `t12`.`period`,
    `t12`.`power_of_ten`,
    `t12`.`interval_seconds`,
    SUM(CAST(`t12`.`total` AS DECIMAL(38, 0))) AS `total`,
    COUNT(*) AS `days`,
    SUM(CAST(`t12`.`missing` AS BIGINT)) AS `missing`,
    SUM(CAST(`t12`.`estimated` AS BIGINT)) AS `estimated`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t10`.`usage_point`,
        `t10`.`channel`,
        `t10`.`unit`,
        `t10`.`interval_seconds`,
        `t10`.`day`,
        `t10`.`power_of_ten`,
        `t10`.`values`,
        `t10`.`total`,
        `t10`.`quality`,
        `t10`.`estimated`,
        `t10`.`missing`,
        `t10`.`received`,
        `t10`.`version`,
        `t10`.`revision`,
        `t10`.`known`,
        `t10`.`midnight`,
        `t10`.`period`,
        `t2`.`holder`,
        `t2`.`window_start`,
        `t2`.`window_end`
      FROM (
        SELECT
          `t8`.`usage_point`,
          `t8`.`channel`,
          `t8`.`unit`,
          `t8`.`interval_seconds`,
          `t8`.`day`,
          `t8`.`power_of_ten`,
          `t8`.`values`,
          `t8`.`total`,
          `t8`.`quality`,
          `t8`.`estimated`,
          `t8`.`missing`,
          `t8`.`received`,
          `t8`.`version`,
          `t8`.`revision`,
          `t8`.`known`,
          (
            DATEDIFF(DAY, MAKE_DATE(1970, 1, 1), `t8`.`day`) * 86400
          ) - -28800 AS `midnight`,
          (
            (
              (
                EXTRACT(year FROM `t8`.`day`) - 1970
              ) * 12
            ) + EXTRACT(month FROM `t8`.`day`)
          ) - 1 AS `period`
        FROM (
          SELECT
            `t5`.`usage_point`,
            `t5`.`channel`,
            `t5`.`unit`,
            `t5`.`interval_seconds`,
            `t5`.`day`,
            `t5`.`power_of_ten`,
            `t5`.`values`,
            `t5`.`total`,
            `t5`.`quality`,
            `t5`.`estimated`,
            `t5`.`missing`,
            `t5`.`received`,
            `t5`.`version`,
            `t5`.`revision`,
            `t5`.`known`,
            `t7`.`usage_point` AS `usage_point_right`,
            `t7`.`channel` AS `channel_right`,
            `t7`.`unit` AS `unit_right`,
            `t7`.`interval_seconds` AS `interval_seconds_right`,
            `t7`.`day` AS `day_right`,
            `t7`.`newest`
          FROM (
            SELECT
              *
            FROM `days` AS `t1`
            WHERE
              (
                `t1`.`known` IS NULL
              ) OR (
                `t1`.`received` <= `t1`.`known`
              )
          ) AS `t5`
          LEFT OUTER JOIN (
            SELECT
              `t4`.`usage_point`,
              `t4`.`channel`,
              `t4`.`unit`,
              `t4`.`interval_seconds`,
              `t4`.`day`,
              MAX(`t4`.`version`) AS `newest`
            FROM (
              SELECT
                *
              FROM `days` AS `t1`
              WHERE
                (
                  (
                    `t1`.`known` IS NULL
                  ) OR (
                    `t1`.`received` <= `t1`.`known`
                  )
                )
                AND `t1`.`revision`
            ) AS `t4`
            GROUP BY
              1,
              2,
              3,
              4,
              5
          ) AS `t7`
            ON `t5`.`usage_point` = `t7`.`usage_point`
            AND `t5`.`channel` = `t7`.`channel`
            AND `t5`.`unit` = `t7`.`unit`
            AND `t5`.`interval_seconds` = `t7`.`interval_seconds`
            AND `t5`.`day` = `t7`.`day`
        ) AS `t8`
        WHERE
          (
            (
              `t8`.`newest` IS NULL
            ) OR (
              `t8`.`version` = `t8`.`newest`
            )
          )
          AND `t8`.`channel` IN ('delivered', 'net', 'received')
      ) AS `t10`
      INNER JOIN `windows` AS `t2`
        ON `t10`.`usage_point` = `t2`.`usage_point` AND `t10`.`period` = `t2`.`period`
    ) AS `t11`
    WHERE
      `t11`.`midnight` >= `t11`.`window_start`
      AND (
        `t11`.`midnight` + 86400
      ) <= `t11`.`window_end`
  ) AS `t12`
  GROUP BY
    1,
    2,
    3,
    4,
    5,
    6,
    7
) AS `t13`
