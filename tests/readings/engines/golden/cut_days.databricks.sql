SELECT
  *
FROM (
  SELECT
    `t16`.`holder`,
    `t16`.`usage_point`,
    `t16`.`channel`,
    `t16`.`unit`,
    `t16`.`period`,
    `t16`.`power_of_ten`,
    `t16`.`interval_seconds`,
    SUM(
      CAST(AGGREGATE(
        `t16`.`there`,
        CAST(STRUCT(0, 0) AS STRUCT<`sum`: BIGINT, `count`: BIGINT>),
        (`s`, `x`) -> CAST(STRUCT(`x` + COALESCE(`s`.`sum`, 0), (
          `s`.`count`
        ) + IF(`x` IS NOT NULL, 1, 0)) AS STRUCT<`sum`: BIGINT, `count`: BIGINT>),
        `s` -> IF((
          `s`.`count`
        ) > 0, `s`.`sum`, NULL)
      ) AS DECIMAL(38, 0))
    ) AS `total`,
    SUM(SIZE(`t16`.`there`)) AS `intervals`,
    SUM(COALESCE(`t16`.`guessed`, 0)) AS `estimated`
  FROM (
    SELECT
      `t15`.`holder`,
      `t15`.`usage_point`,
      `t15`.`channel`,
      `t15`.`unit`,
      `t15`.`period`,
      `t15`.`power_of_ten`,
      `t15`.`interval_seconds`,
      FILTER(
        SLICE(
          `t15`.`values`,
          IF(
            CAST(FLOOR(
              (
                GREATEST(
                  (
                    (
                      `t15`.`window_start` - `t15`.`midnight`
                    ) + `t15`.`interval_seconds`
                  ) - 1,
                  0
                )
              ) / (
                `t15`.`interval_seconds`
              )
            ) AS BIGINT) < 0,
            IF(
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < -SIZE(`t15`.`values`),
              0,
              SIZE(`t15`.`values`) + CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            ),
            CAST(FLOOR(
              (
                GREATEST(
                  (
                    (
                      `t15`.`window_start` - `t15`.`midnight`
                    ) + `t15`.`interval_seconds`
                  ) - 1,
                  0
                )
              ) / (
                `t15`.`interval_seconds`
              )
            ) AS BIGINT)
          ) + 1,
          IF(
            IF(
              CAST(FLOOR(
                (
                  LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < 0,
              IF(
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < -SIZE(`t15`.`values`),
                0,
                SIZE(`t15`.`values`) + CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              CAST(FLOOR(
                (
                  LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            ) < IF(
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < 0,
              IF(
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < -SIZE(`t15`.`values`),
                0,
                SIZE(`t15`.`values`) + CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            ),
            0,
            IF(
              CAST(FLOOR(
                (
                  LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < 0,
              IF(
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < -SIZE(`t15`.`values`),
                0,
                SIZE(`t15`.`values`) + CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              CAST(FLOOR(
                (
                  LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            ) - IF(
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < 0,
              IF(
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < -SIZE(`t15`.`values`),
                0,
                SIZE(`t15`.`values`) + CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            )
          )
        ),
        __ibis_param_value__ -> __ibis_param_value__ IS NOT NULL
      ) AS `there`,
      SIZE(
        FILTER(
          SLICE(
            `t15`.`quality`,
            IF(
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT) < 0,
              IF(
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < -SIZE(`t15`.`quality`),
                0,
                SIZE(`t15`.`quality`) + CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              CAST(FLOOR(
                (
                  GREATEST(
                    (
                      (
                        `t15`.`window_start` - `t15`.`midnight`
                      ) + `t15`.`interval_seconds`
                    ) - 1,
                    0
                  )
                ) / (
                  `t15`.`interval_seconds`
                )
              ) AS BIGINT)
            ) + 1,
            IF(
              IF(
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR(
                    (
                      LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT) < -SIZE(`t15`.`quality`),
                  0,
                  SIZE(`t15`.`quality`) + CAST(FLOOR(
                    (
                      LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT)
                ),
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ) < IF(
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR(
                    (
                      GREATEST(
                        (
                          (
                            `t15`.`window_start` - `t15`.`midnight`
                          ) + `t15`.`interval_seconds`
                        ) - 1,
                        0
                      )
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT) < -SIZE(`t15`.`quality`),
                  0,
                  SIZE(`t15`.`quality`) + CAST(FLOOR(
                    (
                      GREATEST(
                        (
                          (
                            `t15`.`window_start` - `t15`.`midnight`
                          ) + `t15`.`interval_seconds`
                        ) - 1,
                        0
                      )
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT)
                ),
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ),
              0,
              IF(
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR(
                    (
                      LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT) < -SIZE(`t15`.`quality`),
                  0,
                  SIZE(`t15`.`quality`) + CAST(FLOOR(
                    (
                      LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT)
                ),
                CAST(FLOOR(
                  (
                    LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              ) - IF(
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT) < 0,
                IF(
                  CAST(FLOOR(
                    (
                      GREATEST(
                        (
                          (
                            `t15`.`window_start` - `t15`.`midnight`
                          ) + `t15`.`interval_seconds`
                        ) - 1,
                        0
                      )
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT) < -SIZE(`t15`.`quality`),
                  0,
                  SIZE(`t15`.`quality`) + CAST(FLOOR(
                    (
                      GREATEST(
                        (
                          (
                            `t15`.`window_start` - `t15`.`midnight`
                          ) + `t15`.`interval_seconds`
                        ) - 1,
                        0
                      )
                    ) / (
                      `t15`.`interval_seconds`
                    )
                  ) AS BIGINT)
                ),
                CAST(FLOOR(
                  (
                    GREATEST(
                      (
                        (
                          `t15`.`window_start` - `t15`.`midnight`
                        ) + `t15`.`interval_seconds`
                      ) - 1,
                      0
                    )
                  ) / (
                    `t15`.`interval_seconds`
                  )
                ) AS BIGINT)
              )
            )
          ),
          __ibis_param_code__ -> __ibis_param_code__ IN ('espi:8')
        )
      ) AS `guessed`
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
        `t14`.`known`,
        `t14`.`number`,
        `t14`.`midnight`,
        `t11`.`holder`,
        `t11`.`period`,
        `t11`.`window_start`,
        `t11`.`window_end`
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
          `t12`.`known`,
          DATEDIFF(DAY, MAKE_DATE(1970, 1, 1), `t12`.`day`) AS `number`,
          (
            DATEDIFF(DAY, MAKE_DATE(1970, 1, 1), `t12`.`day`) * 86400
          ) - -28800 AS `midnight`
        FROM (
          SELECT
            `t6`.`usage_point`,
            `t6`.`channel`,
            `t6`.`unit`,
            `t6`.`interval_seconds`,
            `t6`.`day`,
            `t6`.`power_of_ten`,
            `t6`.`values`,
            `t6`.`total`,
            `t6`.`quality`,
            `t6`.`estimated`,
            `t6`.`missing`,
            `t6`.`received`,
            `t6`.`version`,
            `t6`.`revision`,
            `t6`.`known`,
            `t8`.`usage_point` AS `usage_point_right`,
            `t8`.`channel` AS `channel_right`,
            `t8`.`unit` AS `unit_right`,
            `t8`.`interval_seconds` AS `interval_seconds_right`,
            `t8`.`day` AS `day_right`,
            `t8`.`newest`
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
          ) AS `t6`
          LEFT OUTER JOIN (
            SELECT
              `t3`.`usage_point`,
              `t3`.`channel`,
              `t3`.`unit`,
              `t3`.`interval_seconds`,
              `t3`.`day`,
              MAX(`t3`.`version`) AS `newest`
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
            ) AS `t3`
            GROUP BY
              1,
              2,
              3,
              4,
              5
          ) AS `t8`
            ON `t6`.`usage_point` = `t8`.`usage_point`
            AND `t6`.`channel` = `t8`.`channel`
            AND `t6`.`unit` = `t8`.`unit`
            AND `t6`.`interval_seconds` = `t8`.`interval_seconds`
            AND `t6`.`day` = `t8`.`day`
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
          AND `t12`.`day` IN (MAKE_DATE(2025, 6, 30), MAKE_DATE(2025, 7, 31))
      ) AS `t14`
      INNER JOIN (
        SELECT
          *
        FROM (
          SELECT
            `t0`.`holder`,
            `t0`.`usage_point`,
            `t0`.`period`,
            `t0`.`window_start`,
            `t0`.`window_end`,
            CAST(FLOOR((
              `t0`.`window_start` + -28800
            ) / (
              86400
            )) AS BIGINT) AS `number`
          FROM `windows` AS `t0`
          WHERE
            (
              (
                `t0`.`window_start` + -28800
              ) % 86400
            ) > 0
        ) AS `t4`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            `t5`.`holder`,
            `t5`.`usage_point`,
            `t5`.`period`,
            `t5`.`window_start`,
            `t5`.`window_end`,
            `t5`.`last_day` AS `number`
          FROM (
            SELECT
              `t0`.`holder`,
              `t0`.`usage_point`,
              `t0`.`period`,
              `t0`.`window_start`,
              `t0`.`window_end`,
              CAST(FLOOR((
                `t0`.`window_start` + -28800
              ) / (
                86400
              )) AS BIGINT) AS `first_day`,
              CAST(FLOOR((
                `t0`.`window_end` + -28800
              ) / (
                86400
              )) AS BIGINT) AS `last_day`,
              (
                (
                  `t0`.`window_start` + -28800
                ) % 86400
              ) > 0 AS `cut_at_start`,
              (
                (
                  `t0`.`window_end` + -28800
                ) % 86400
              ) > 0 AS `cut_at_end`
            FROM `windows` AS `t0`
          ) AS `t5`
          WHERE
            `t5`.`cut_at_end`
            AND (
              NOT (
                `t5`.`cut_at_start`
              ) OR (
                `t5`.`last_day` <> `t5`.`first_day`
              )
            )
        ) AS `t9`
      ) AS `t11`
        ON `t14`.`usage_point` = `t11`.`usage_point` AND `t14`.`number` = `t11`.`number`
    ) AS `t15`
    WHERE
      CAST(FLOOR(
        (
          GREATEST(
            (
              (
                `t15`.`window_start` - `t15`.`midnight`
              ) + `t15`.`interval_seconds`
            ) - 1,
            0
          )
        ) / (
          `t15`.`interval_seconds`
        )
      ) AS BIGINT) < CAST(FLOOR(
        (
          LEAST(`t15`.`window_end` - `t15`.`midnight`, 86400)
        ) / (
          `t15`.`interval_seconds`
        )
      ) AS BIGINT)
  ) AS `t16`
  GROUP BY
    1,
    2,
    3,
    4,
    5,
    6,
    7
) AS `t17`
