SELECT
  `t20`.`holder`,
  `t20`.`usage_point`,
  `t20`.`channel`,
  `t20`.`unit`,
  `t20`.`power_of_ten`,
  `t20`.`hour`,
  SUM(
    CAST(AGGREGATE(
      `t20`.`there`,
      CAST(STRUCT(0, 0) AS STRUCT<`sum`: BIGINT, `count`: BIGINT>),
      (`s`, `x`) -> CAST(STRUCT(`x` + COALESCE(`s`.`sum`, 0), (
        `s`.`count`
      ) + IF(`x` IS NOT NULL, 1, 0)) AS STRUCT<`sum`: BIGINT, `count`: BIGINT>),
      `s` -> IF((
        `s`.`count`
      ) > 0, `s`.`sum`, NULL)
    ) AS DECIMAL(38, 0))
  ) AS `total`,
  COUNT(*) AS `hours`
FROM (
  SELECT
    *
  FROM (
    SELECT
      `t18`.`usage_point`,
      `t18`.`channel`,
      `t18`.`unit`,
      `t18`.`interval_seconds`,
      `t18`.`day`,
      `t18`.`power_of_ten`,
      `t18`.`values`,
      `t18`.`total`,
      `t18`.`quality`,
      `t18`.`estimated`,
      `t18`.`missing`,
      `t18`.`received`,
      `t18`.`version`,
      `t18`.`revision`,
      `t18`.`known`,
      `t18`.`number`,
      `t18`.`midnight`,
      `t18`.`holder`,
      `t18`.`span_start`,
      `t18`.`span_end`,
      `t18`.`second`,
      `t18`.`hour`,
      IF(
        `t18`.`missing` = 0,
        SLICE(
          `t18`.`values`,
          IF(
            CAST(FLOOR((
              `t18`.`second`
            ) / (
              `t18`.`interval_seconds`
            )) AS BIGINT) < 0,
            IF(
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < -SIZE(`t18`.`values`),
              0,
              SIZE(`t18`.`values`) + CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            ),
            CAST(FLOOR((
              `t18`.`second`
            ) / (
              `t18`.`interval_seconds`
            )) AS BIGINT)
          ) + 1,
          IF(
            IF(
              CAST(FLOOR((
                `t18`.`second` + 3600
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < 0,
              IF(
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < -SIZE(`t18`.`values`),
                0,
                SIZE(`t18`.`values`) + CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              CAST(FLOOR((
                `t18`.`second` + 3600
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            ) < IF(
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < 0,
              IF(
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < -SIZE(`t18`.`values`),
                0,
                SIZE(`t18`.`values`) + CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            ),
            0,
            IF(
              CAST(FLOOR((
                `t18`.`second` + 3600
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < 0,
              IF(
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < -SIZE(`t18`.`values`),
                0,
                SIZE(`t18`.`values`) + CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              CAST(FLOOR((
                `t18`.`second` + 3600
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            ) - IF(
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < 0,
              IF(
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < -SIZE(`t18`.`values`),
                0,
                SIZE(`t18`.`values`) + CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            )
          )
        ),
        FILTER(
          SLICE(
            `t18`.`values`,
            IF(
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT) < 0,
              IF(
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < -SIZE(`t18`.`values`),
                0,
                SIZE(`t18`.`values`) + CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              CAST(FLOOR((
                `t18`.`second`
              ) / (
                `t18`.`interval_seconds`
              )) AS BIGINT)
            ) + 1,
            IF(
              IF(
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR((
                    `t18`.`second` + 3600
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT) < -SIZE(`t18`.`values`),
                  0,
                  SIZE(`t18`.`values`) + CAST(FLOOR((
                    `t18`.`second` + 3600
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT)
                ),
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ) < IF(
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR((
                    `t18`.`second`
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT) < -SIZE(`t18`.`values`),
                  0,
                  SIZE(`t18`.`values`) + CAST(FLOOR((
                    `t18`.`second`
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT)
                ),
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ),
              0,
              IF(
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR((
                    `t18`.`second` + 3600
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT) < -SIZE(`t18`.`values`),
                  0,
                  SIZE(`t18`.`values`) + CAST(FLOOR((
                    `t18`.`second` + 3600
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT)
                ),
                CAST(FLOOR((
                  `t18`.`second` + 3600
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              ) - IF(
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR((
                    `t18`.`second`
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT) < -SIZE(`t18`.`values`),
                  0,
                  SIZE(`t18`.`values`) + CAST(FLOOR((
                    `t18`.`second`
                  ) / (
                    `t18`.`interval_seconds`
                  )) AS BIGINT)
                ),
                CAST(FLOOR((
                  `t18`.`second`
                ) / (
                  `t18`.`interval_seconds`
                )) AS BIGINT)
              )
            )
          ),
          __ibis_param_value__ -> __ibis_param_value__ IS NOT NULL
        )
      ) AS `there`
    FROM (
      SELECT
        `t17`.`usage_point`,
        `t17`.`channel`,
        `t17`.`unit`,
        `t17`.`interval_seconds`,
        `t17`.`day`,
        `t17`.`power_of_ten`,
        `t17`.`values`,
        `t17`.`total`,
        `t17`.`quality`,
        `t17`.`estimated`,
        `t17`.`missing`,
        `t17`.`received`,
        `t17`.`version`,
        `t17`.`revision`,
        `t17`.`known`,
        `t17`.`number`,
        `t17`.`midnight`,
        `t4`.`holder`,
        `t4`.`span_start`,
        `t4`.`span_end`,
        `t5`.`second`,
        `t5`.`hour`
      FROM (
        SELECT
          `t15`.`usage_point`,
          `t15`.`channel`,
          `t15`.`unit`,
          `t15`.`interval_seconds`,
          `t15`.`day`,
          `t15`.`power_of_ten`,
          `t15`.`values`,
          `t15`.`total`,
          `t15`.`quality`,
          `t15`.`estimated`,
          `t15`.`missing`,
          `t15`.`received`,
          `t15`.`version`,
          `t15`.`revision`,
          `t15`.`known`,
          DATEDIFF(DAY, MAKE_DATE(1970, 1, 1), `t15`.`day`) AS `number`,
          (
            DATEDIFF(DAY, MAKE_DATE(1970, 1, 1), `t15`.`day`) * 86400
          ) - -28800 AS `midnight`
        FROM (
          SELECT
            `t14`.`usage_point`,
            `t14`.`channel`,
            `t14`.`unit`,
            `t14`.`interval_seconds`,
            `t14`.`day`,
            `t14`.`power_of_ten`,
            `t14`.`values`,
            `t14`.`total`,
            `t14`.`quality`,
            `t14`.`estimated`,
            `t14`.`missing`,
            `t14`.`received`,
            `t14`.`version`,
            `t14`.`revision`,
            `t14`.`known`
          FROM (
            SELECT
              `t12`.`usage_point`,
              `t12`.`channel`,
              `t12`.`unit`,
              `t12`.`interval_seconds`,
              `t12`.`day`,
              `t12`.`power_of_ten`,
              `t12`.`values`,
              `t12`.`total`,
              `t12`.`quality`,
              `t12`.`estimated`,
              `t12`.`missing`,
              `t12`.`received`,
              `t12`.`version`,
              `t12`.`revision`,
              `t12`.`known`
            FROM (
              SELECT
                `t9`.`usage_point`,
                `t9`.`channel`,
                `t9`.`unit`,
                `t9`.`interval_seconds`,
                `t9`.`day`,
                `t9`.`power_of_ten`,
                `t9`.`values`,
                `t9`.`total`,
                `t9`.`quality`,
                `t9`.`estimated`,
                `t9`.`missing`,
                `t9`.`received`,
                `t9`.`version`,
                `t9`.`revision`,
                `t9`.`known`,
                `t11`.`usage_point` AS `usage_point_right`,
                `t11`.`channel` AS `channel_right`,
                `t11`.`unit` AS `unit_right`,
                `t11`.`interval_seconds` AS `interval_seconds_right`,
                `t11`.`day` AS `day_right`,
                `t11`.`newest`
              FROM (
                SELECT
                  *
                FROM `days` AS `t3`
                WHERE
                  (
                    `t3`.`known` IS NULL
                  ) OR (
                    `t3`.`received` <= `t3`.`known`
                  )
              ) AS `t9`
              LEFT OUTER JOIN (
                SELECT
                  `t8`.`usage_point`,
                  `t8`.`channel`,
                  `t8`.`unit`,
                  `t8`.`interval_seconds`,
                  `t8`.`day`,
                  MAX(`t8`.`version`) AS `newest`
                FROM (
                  SELECT
                    *
                  FROM `days` AS `t3`
                  WHERE
                    (
                      (
                        `t3`.`known` IS NULL
                      ) OR (
                        `t3`.`received` <= `t3`.`known`
                      )
                    )
                    AND `t3`.`revision`
                ) AS `t8`
                GROUP BY
                  1,
                  2,
                  3,
                  4,
                  5
              ) AS `t11`
                ON `t9`.`usage_point` = `t11`.`usage_point`
                AND `t9`.`channel` = `t11`.`channel`
                AND `t9`.`unit` = `t11`.`unit`
                AND `t9`.`interval_seconds` = `t11`.`interval_seconds`
                AND `t9`.`day` = `t11`.`day`
            ) AS `t12`
            WHERE
              (
                (
                  `t12`.`newest` IS NULL
                ) OR (
                  `t12`.`version` = `t12`.`newest`
                )
              )
              AND `t12`.`channel` IN ('delivered', 'net', 'received')
              AND (
                3600 % `t12`.`interval_seconds`
              ) = 0
          ) AS `t14`
          LEFT ANTI JOIN `slow` AS `t6`
            ON `t14`.`usage_point` = `t6`.`usage_point`
        ) AS `t15`
      ) AS `t17`
      INNER JOIN `spans` AS `t4`
        ON `t17`.`usage_point` = `t4`.`usage_point`
      INNER JOIN `clock` AS `t5`
        ON `t17`.`number` = `t5`.`number`
    ) AS `t18`
    WHERE
      (
        `t18`.`midnight` + `t18`.`second`
      ) >= `t18`.`span_start`
      AND (
        `t18`.`midnight` + `t18`.`second` + 3600
      ) <= `t18`.`span_end`
  ) AS `t19`
  WHERE
    SIZE(`t19`.`there`) = CAST(FLOOR((
      3600
    ) / (
      `t19`.`interval_seconds`
    )) AS BIGINT)
) AS `t20`
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6
