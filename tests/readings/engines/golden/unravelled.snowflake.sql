WITH "t36" AS (
  SELECT
    "t35"."usage_point",
    "t35"."channel",
    "t35"."unit",
    "t35"."power_of_ten",
    "t35"."seconds",
    "t35"."start",
    "t35"."value",
    "t35"."quality",
    "t35"."grid",
    "t35"."reading_end",
    "t7"."holder",
    "t7"."span_start",
    "t7"."span_end"
  FROM (
    SELECT
      "t33"."usage_point",
      "t33"."channel",
      "t33"."unit",
      "t33"."power_of_ten",
      "t33"."seconds",
      "t33"."start",
      "t33"."value",
      "t33"."quality",
      "t33"."grid",
      "t33"."start" + GREATEST("t33"."seconds", 1) AS "reading_end"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t31"."usage_point",
          "t31"."channel",
          "t31"."unit",
          "t31"."power_of_ten",
          "t31"."seconds",
          "t31"."midnight" + (
            "t31"."position" * "t31"."seconds"
          ) AS "start",
          "t31"."values" AS "value",
          GET("t31"."codes", "t31"."position") AS "quality",
          0 AS "grid"
        FROM (
          SELECT
            "t30".*
            REPLACE (CAST(NULLIF(
              "ibis_table_unnest_column_1",
              '00000000000000000000000000000004'
            ) AS BIGINT) AS "values"),
            "position"
          FROM (
            SELECT
              "t29".*
              EXCLUDE ("quality")
            FROM (
              SELECT
                "t28"."usage_point",
                "t28"."channel",
                "t28"."unit",
                "t28"."interval_seconds",
                "t28"."day",
                "t28"."power_of_ten",
                "t28"."values",
                "t28"."total",
                "t28"."quality",
                "t28"."estimated",
                "t28"."missing",
                "t28"."received",
                "t28"."version",
                "t28"."revision",
                "t28"."known",
                (
                  DATEDIFF(DAY, DATE_FROM_PARTS(1970, 1, 1), "t28"."day") * 86400
                ) - -28800 AS "midnight",
                "t28"."quality" AS "codes",
                "t28"."interval_seconds" AS "seconds"
              FROM (
                SELECT
                  "t26"."usage_point",
                  "t26"."channel",
                  "t26"."unit",
                  "t26"."interval_seconds",
                  "t26"."day",
                  "t26"."power_of_ten",
                  "t26"."values",
                  "t26"."total",
                  "t26"."quality",
                  "t26"."estimated",
                  "t26"."missing",
                  "t26"."received",
                  "t26"."version",
                  "t26"."revision",
                  "t26"."known"
                FROM (
                  SELECT
                    "t22"."usage_point",
                    "t22"."channel",
                    "t22"."unit",
                    "t22"."interval_seconds",
                    "t22"."day",
                    "t22"."power_of_ten",
                    "t22"."values",
                    "t22"."total",
                    "t22"."quality",
                    "t22"."estimated",
                    "t22"."missing",
                    "t22"."received",
                    "t22"."version",
                    "t22"."revision",
                    "t22"."known"
                  FROM (
                    SELECT
                      "t16"."usage_point",
                      "t16"."channel",
                      "t16"."unit",
                      "t16"."interval_seconds",
                      "t16"."day",
                      "t16"."power_of_ten",
                      "t16"."values",
                      "t16"."total",
                      "t16"."quality",
                      "t16"."estimated",
                      "t16"."missing",
                      "t16"."received",
                      "t16"."version",
                      "t16"."revision",
                      "t16"."known",
                      "t20"."usage_point" AS "usage_point_right",
                      "t20"."channel" AS "channel_right",
                      "t20"."unit" AS "unit_right",
                      "t20"."interval_seconds" AS "interval_seconds_right",
                      "t20"."day" AS "day_right",
                      "t20"."newest"
                    FROM (
                      SELECT
                        *
                      FROM "days" AS "t5"
                      WHERE
                        (
                          "t5"."known" IS NULL
                        ) OR (
                          "t5"."received" <= "t5"."known"
                        )
                    ) AS "t16"
                    LEFT OUTER JOIN (
                      SELECT
                        "t13"."usage_point",
                        "t13"."channel",
                        "t13"."unit",
                        "t13"."interval_seconds",
                        "t13"."day",
                        MAX("t13"."version") AS "newest"
                      FROM (
                        SELECT
                          *
                        FROM "days" AS "t5"
                        WHERE
                          (
                            (
                              "t5"."known" IS NULL
                            ) OR (
                              "t5"."received" <= "t5"."known"
                            )
                          )
                          AND "t5"."revision"
                      ) AS "t13"
                      GROUP BY
                        1,
                        2,
                        3,
                        4,
                        5
                    ) AS "t20"
                      ON "t16"."usage_point" = "t20"."usage_point"
                      AND "t16"."channel" = "t20"."channel"
                      AND "t16"."unit" = "t20"."unit"
                      AND "t16"."interval_seconds" = "t20"."interval_seconds"
                      AND "t16"."day" = "t20"."day"
                  ) AS "t22"
                  WHERE
                    (
                      (
                        "t22"."newest" IS NULL
                      ) OR (
                        "t22"."version" = "t22"."newest"
                      )
                    )
                    AND "t22"."channel" IN ('delivered', 'net', 'received')
                ) AS "t26"
                WHERE
                  EXISTS(
                    SELECT
                      1
                    FROM "slow" AS "t8"
                    WHERE
                      "t26"."usage_point" = "t8"."usage_point"
                  )
              ) AS "t28"
            ) AS "t29"
          ) AS "t30"
          CROSS JOIN TABLE(FLATTEN(INPUT => COALESCE(
            NULLIF(
              SPLIT(
                ARRAY_TO_STRING(
                  NULLIF(
                    TRANSFORM(
                      "t30"."values",
                      ibis_table_unnest_param_2 -> COALESCE(
                        CAST(ibis_table_unnest_param_2 AS VARCHAR),
                        '00000000000000000000000000000004'
                      )
                    ),
                    []
                  ),
                  '00000000000000000000000000000005'
                ),
                '00000000000000000000000000000005'
              ),
              []
            ),
            ['00000000000000000000000000000004']
          ))) AS "ibis_table_unnest__3"(seq, key, path, "position", "ibis_table_unnest_column_1", this)
        ) AS "t31"
        WHERE
          "t31"."values" IS NOT NULL
      ) AS "t32"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t25"."usage_point",
          "t25"."channel",
          "t25"."unit",
          "t25"."power_of_ten",
          "t25"."seconds",
          "t25"."start",
          "t25"."value",
          "t25"."quality",
          1 AS "grid"
        FROM (
          SELECT
            "t21"."usage_point",
            "t21"."channel",
            "t21"."unit",
            "t21"."start",
            "t21"."seconds",
            "t21"."value",
            "t21"."power_of_ten",
            "t21"."quality",
            "t21"."lost",
            "t21"."received",
            "t21"."version",
            "t21"."revision",
            "t21"."known"
          FROM (
            SELECT
              "t15"."usage_point",
              "t15"."channel",
              "t15"."unit",
              "t15"."start",
              "t15"."seconds",
              "t15"."value",
              "t15"."power_of_ten",
              "t15"."quality",
              "t15"."lost",
              "t15"."received",
              "t15"."version",
              "t15"."revision",
              "t15"."known",
              "t19"."usage_point" AS "usage_point_right",
              "t19"."channel" AS "channel_right",
              "t19"."unit" AS "unit_right",
              "t19"."start" AS "start_right",
              "t19"."seconds" AS "seconds_right",
              "t19"."newest"
            FROM (
              SELECT
                *
              FROM "points" AS "t4"
              WHERE
                (
                  (
                    "t4"."known" IS NULL
                  ) OR (
                    "t4"."received" <= "t4"."known"
                  )
                )
                AND NOT (
                  "t4"."lost"
                )
            ) AS "t15"
            LEFT OUTER JOIN (
              SELECT
                "t11"."usage_point",
                "t11"."channel",
                "t11"."unit",
                "t11"."start",
                "t11"."seconds",
                MAX("t11"."version") AS "newest"
              FROM (
                SELECT
                  *
                FROM "points" AS "t4"
                WHERE
                  (
                    (
                      "t4"."known" IS NULL
                    ) OR (
                      "t4"."received" <= "t4"."known"
                    )
                  )
                  AND NOT (
                    "t4"."lost"
                  )
                  AND "t4"."revision"
              ) AS "t11"
              GROUP BY
                1,
                2,
                3,
                4,
                5
            ) AS "t19"
              ON "t15"."usage_point" = "t19"."usage_point"
              AND "t15"."channel" = "t19"."channel"
              AND "t15"."unit" = "t19"."unit"
              AND "t15"."start" = "t19"."start"
              AND "t15"."seconds" = "t19"."seconds"
          ) AS "t21"
          WHERE
            (
              (
                "t21"."newest" IS NULL
              ) OR (
                "t21"."version" = "t21"."newest"
              )
            )
            AND "t21"."value" IS NOT NULL
            AND "t21"."channel" IN ('delivered', 'net', 'received')
        ) AS "t25"
        WHERE
          EXISTS(
            SELECT
              1
            FROM "slow" AS "t8"
            WHERE
              "t25"."usage_point" = "t8"."usage_point"
          )
      ) AS "t27"
    ) AS "t33"
  ) AS "t35"
  INNER JOIN "spans" AS "t7"
    ON "t35"."usage_point" = "t7"."usage_point"
)
SELECT
  "t51"."holder",
  "t51"."usage_point",
  "t51"."channel",
  "t51"."unit",
  "t51"."period",
  CAST("t51"."total" AS BIGINT) AS "total",
  "t51"."low" AS "power_of_ten",
  CAST(FLOOR((
    "t51"."covered"
  ) / (
    "t51"."finest"
  )) AS BIGINT) AS "intervals",
  GREATEST(
    CAST(FLOOR((
      "t51"."width"
    ) / (
      "t51"."finest"
    )) AS BIGINT) - CAST(FLOOR((
      "t51"."covered"
    ) / (
      "t51"."finest"
    )) AS BIGINT),
    0
  ) AS "missing",
  CAST(FLOOR((
    "t51"."guessed"
  ) / (
    "t51"."finest"
  )) AS BIGINT) AS "estimated"
FROM (
  SELECT
    "t50"."holder",
    "t50"."usage_point",
    "t50"."channel",
    "t50"."unit",
    "t50"."period",
    "t50"."period_start",
    "t50"."period_end",
    "t50"."low",
    "t50"."total",
    "t50"."covered",
    "t50"."finest",
    "t50"."guessed",
    "t14"."width"
  FROM (
    SELECT
      "t48"."holder",
      "t48"."usage_point",
      "t48"."channel",
      "t48"."unit",
      "t48"."period",
      "t48"."period_start",
      "t48"."period_end",
      "t48"."low",
      SUM(
        CAST("t48"."total" * CASE
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 1
          THEN CAST('10' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 2
          THEN CAST('100' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 3
          THEN CAST('1000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 4
          THEN CAST('10000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 5
          THEN CAST('100000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 6
          THEN CAST('1000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 7
          THEN CAST('10000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 8
          THEN CAST('100000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 9
          THEN CAST('1000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 10
          THEN CAST('10000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 11
          THEN CAST('100000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 12
          THEN CAST('1000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 13
          THEN CAST('10000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 14
          THEN CAST('100000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 15
          THEN CAST('1000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 16
          THEN CAST('10000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 17
          THEN CAST('100000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 18
          THEN CAST('1000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 19
          THEN CAST('10000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 20
          THEN CAST('100000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 21
          THEN CAST('1000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 22
          THEN CAST('10000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 23
          THEN CAST('100000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 24
          THEN CAST('1000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 25
          THEN CAST('10000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 26
          THEN CAST('100000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 27
          THEN CAST('1000000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 28
          THEN CAST('10000000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 29
          THEN CAST('100000000000000000000000000000' AS DECIMAL(38, 0))
          WHEN (
            "t48"."power_of_ten" - "t48"."low"
          ) = 30
          THEN CAST('1000000000000000000000000000000' AS DECIMAL(38, 0))
          ELSE CAST('1' AS DECIMAL(38, 0))
        END AS DECIMAL(38, 0))
      ) AS "total",
      SUM("t48"."covered") AS "covered",
      MIN("t48"."finest") AS "finest",
      SUM("t48"."guessed") AS "guessed"
    FROM (
      SELECT
        "t47"."holder",
        "t47"."usage_point",
        "t47"."channel",
        "t47"."unit",
        "t47"."period",
        "t47"."period_start",
        "t47"."period_end",
        "t47"."power_of_ten",
        "t47"."total",
        "t47"."covered",
        "t47"."finest",
        "t47"."guessed",
        MIN("t47"."power_of_ten") OVER (
          PARTITION BY "t47"."holder", "t47"."usage_point", "t47"."channel", "t47"."unit"
          ORDER BY NULL ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "low"
      FROM (
        SELECT
          "t46"."holder",
          "t46"."usage_point",
          "t46"."channel",
          "t46"."unit",
          "t46"."period",
          "t46"."period_start",
          "t46"."period_end",
          "t46"."power_of_ten",
          SUM(CAST("t46"."value" AS DECIMAL(38, 0))) AS "total",
          SUM(CAST(GREATEST("t46"."seconds", 1) AS BIGINT)) AS "covered",
          MIN(CAST(GREATEST("t46"."seconds", 1) AS BIGINT)) AS "finest",
          SUM(
            IFF("t46"."quality" IN ('espi:8'), CAST(GREATEST("t46"."seconds", 1) AS BIGINT), 0)
          ) AS "guessed"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t40"."holder",
              "t40"."usage_point",
              "t40"."channel",
              "t40"."unit",
              "t40"."power_of_ten",
              "t40"."seconds",
              "t40"."start",
              "t40"."value",
              "t40"."quality",
              "t40"."grid",
              "t40"."rank",
              "t40"."reading_end",
              "t6"."period",
              "t6"."period_start",
              "t6"."period_end"
            FROM (
              SELECT
                "t37"."holder",
                "t37"."usage_point",
                "t37"."channel",
                "t37"."unit",
                "t37"."power_of_ten",
                "t37"."seconds",
                "t37"."start",
                "t37"."value",
                "t37"."quality",
                "t37"."grid",
                (
                  CAST("t37"."seconds" AS BIGINT) * 2
                ) + "t37"."grid" AS "rank",
                "t37"."start" + "t37"."seconds" AS "reading_end"
              FROM "t36" AS "t37"
              WHERE
                "t37"."start" >= "t37"."span_start" AND "t37"."reading_end" <= "t37"."span_end"
            ) AS "t40"
            INNER JOIN "periods" AS "t6"
              ON "t40"."start" >= "t6"."period_start" AND "t40"."start" < "t6"."period_end"
            WHERE
              NOT EXISTS(
                SELECT
                  1
                FROM (
                  SELECT DISTINCT
                    "t42"."holder",
                    "t42"."usage_point",
                    "t42"."channel",
                    "t42"."unit",
                    "t42"."start",
                    "t42"."seconds"
                  FROM (
                    SELECT
                      "t40"."holder",
                      "t40"."usage_point",
                      "t40"."channel",
                      "t40"."unit",
                      "t40"."power_of_ten",
                      "t40"."seconds",
                      "t40"."start",
                      "t40"."value",
                      "t40"."quality",
                      "t40"."grid",
                      "t40"."rank",
                      "t40"."reading_end",
                      "t41"."fine_rank",
                      "t41"."fine_start",
                      "t41"."fine_end"
                    FROM (
                      SELECT
                        "t37"."holder",
                        "t37"."usage_point",
                        "t37"."channel",
                        "t37"."unit",
                        "t37"."power_of_ten",
                        "t37"."seconds",
                        "t37"."start",
                        "t37"."value",
                        "t37"."quality",
                        "t37"."grid",
                        (
                          CAST("t37"."seconds" AS BIGINT) * 2
                        ) + "t37"."grid" AS "rank",
                        "t37"."start" + "t37"."seconds" AS "reading_end"
                      FROM "t36" AS "t37"
                      WHERE
                        "t37"."start" >= "t37"."span_start" AND "t37"."reading_end" <= "t37"."span_end"
                    ) AS "t40"
                    INNER JOIN (
                      SELECT
                        "t37"."holder",
                        "t37"."usage_point",
                        "t37"."channel",
                        "t37"."unit",
                        (
                          CAST("t37"."seconds" AS BIGINT) * 2
                        ) + "t37"."grid" AS "fine_rank",
                        "t37"."start" AS "fine_start",
                        "t37"."start" + "t37"."seconds" AS "fine_end"
                      FROM "t36" AS "t37"
                      WHERE
                        "t37"."start" >= "t37"."span_start" AND "t37"."reading_end" <= "t37"."span_end"
                    ) AS "t41"
                      ON "t40"."holder" = "t41"."holder"
                      AND "t40"."usage_point" = "t41"."usage_point"
                      AND "t40"."channel" = "t41"."channel"
                      AND "t40"."unit" = "t41"."unit"
                  ) AS "t42"
                  WHERE
                    "t42"."fine_rank" < "t42"."rank"
                    AND "t42"."fine_start" < "t42"."reading_end"
                    AND "t42"."fine_end" > "t42"."start"
                ) AS "t44"
                WHERE
                  "t40"."holder" = "t44"."holder"
                  AND "t40"."usage_point" = "t44"."usage_point"
                  AND "t40"."channel" = "t44"."channel"
                  AND "t40"."unit" = "t44"."unit"
                  AND "t40"."start" = "t44"."start"
                  AND "t40"."seconds" = "t44"."seconds"
              )
          ) AS "t45"
          WHERE
            (
              "t45"."start" + "t45"."seconds"
            ) <= "t45"."period_end"
        ) AS "t46"
        GROUP BY
          1,
          2,
          3,
          4,
          5,
          6,
          7,
          8
      ) AS "t47"
    ) AS "t48"
    GROUP BY
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8
  ) AS "t50"
  INNER JOIN (
    SELECT
      "t0"."holder",
      "t0"."usage_point",
      "t0"."period",
      SUM("t0"."window_end" - "t0"."window_start") AS "width"
    FROM "windows" AS "t0"
    GROUP BY
      1,
      2,
      3
  ) AS "t14"
    ON "t50"."holder" = "t14"."holder"
    AND "t50"."usage_point" = "t14"."usage_point"
    AND "t50"."period" = "t14"."period"
) AS "t51"
