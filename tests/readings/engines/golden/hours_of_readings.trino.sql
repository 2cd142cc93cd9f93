WITH "t33" AS (
  SELECT
    "t32"."usage_point",
    "t32"."channel",
    "t32"."unit",
    "t32"."power_of_ten",
    "t32"."seconds",
    "t32"."start",
    "t32"."value",
    "t32"."quality",
    "t32"."grid",
    "t32"."reading_end",
    "t6"."holder",
    "t6"."span_start",
    "t6"."span_end"
  FROM (
    SELECT
      "t30"."usage_point",
      "t30"."channel",
      "t30"."unit",
      "t30"."power_of_ten",
      "t30"."seconds",
      "t30"."start",
      "t30"."value",
      "t30"."quality",
      "t30"."grid",
      "t30"."start" + GREATEST("t30"."seconds", 1) AS "reading_end"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t28"."usage_point",
          "t28"."channel",
          "t28"."unit",
          "t28"."power_of_ten",
          "t28"."seconds",
          "t28"."midnight" + (
            "t28"."position" * "t28"."seconds"
          ) AS "start",
          "t28"."values" AS "value",
          ELEMENT_AT("t28"."codes", "t28"."position" + 1) AS "quality",
          0 AS "grid"
        FROM (
          SELECT
            "t27"."usage_point",
            "t27"."channel",
            "t27"."unit",
            "t27"."interval_seconds",
            "t27"."day",
            "t27"."power_of_ten",
            "ibis_table_unnest_column_1" AS "values",
            "t27"."total",
            "t27"."estimated",
            "t27"."missing",
            "t27"."received",
            "t27"."version",
            "t27"."revision",
            "t27"."known",
            "t27"."midnight",
            "t27"."codes",
            "t27"."seconds",
            "position" - 1 AS "position"
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
              "t26"."estimated",
              "t26"."missing",
              "t26"."received",
              "t26"."version",
              "t26"."revision",
              "t26"."known",
              "t26"."midnight",
              "t26"."codes",
              "t26"."seconds"
            FROM (
              SELECT
                "t25"."usage_point",
                "t25"."channel",
                "t25"."unit",
                "t25"."interval_seconds",
                "t25"."day",
                "t25"."power_of_ten",
                "t25"."values",
                "t25"."total",
                "t25"."quality",
                "t25"."estimated",
                "t25"."missing",
                "t25"."received",
                "t25"."version",
                "t25"."revision",
                "t25"."known",
                (
                  DATE_DIFF(
                    'DAY',
                    DATE_TRUNC('DAY', FROM_ISO8601_DATE(FORMAT('%04d-%02d-%02d', 1970, 1, 1))),
                    DATE_TRUNC('DAY', "t25"."day")
                  ) * 86400
                ) - -28800 AS "midnight",
                "t25"."quality" AS "codes",
                "t25"."interval_seconds" AS "seconds"
              FROM (
                SELECT
                  "t23"."usage_point",
                  "t23"."channel",
                  "t23"."unit",
                  "t23"."interval_seconds",
                  "t23"."day",
                  "t23"."power_of_ten",
                  "t23"."values",
                  "t23"."total",
                  "t23"."quality",
                  "t23"."estimated",
                  "t23"."missing",
                  "t23"."received",
                  "t23"."version",
                  "t23"."revision",
                  "t23"."known"
                FROM (
                  SELECT
                    "t19"."usage_point",
                    "t19"."channel",
                    "t19"."unit",
                    "t19"."interval_seconds",
                    "t19"."day",
                    "t19"."power_of_ten",
                    "t19"."values",
                    "t19"."total",
                    "t19"."quality",
                    "t19"."estimated",
                    "t19"."missing",
                    "t19"."received",
                    "t19"."version",
                    "t19"."revision",
                    "t19"."known"
                  FROM (
                    SELECT
                      "t13"."usage_point",
                      "t13"."channel",
                      "t13"."unit",
                      "t13"."interval_seconds",
                      "t13"."day",
                      "t13"."power_of_ten",
                      "t13"."values",
                      "t13"."total",
                      "t13"."quality",
                      "t13"."estimated",
                      "t13"."missing",
                      "t13"."received",
                      "t13"."version",
                      "t13"."revision",
                      "t13"."known",
                      "t17"."usage_point" AS "usage_point_right",
                      "t17"."channel" AS "channel_right",
                      "t17"."unit" AS "unit_right",
                      "t17"."interval_seconds" AS "interval_seconds_right",
                      "t17"."day" AS "day_right",
                      "t17"."newest"
                    FROM (
                      SELECT
                        *
                      FROM "days" AS "t4"
                      WHERE
                        (
                          "t4"."known" IS NULL
                        ) OR (
                          "t4"."received" <= "t4"."known"
                        )
                    ) AS "t13"
                    LEFT OUTER JOIN (
                      SELECT
                        "t11"."usage_point",
                        "t11"."channel",
                        "t11"."unit",
                        "t11"."interval_seconds",
                        "t11"."day",
                        MAX("t11"."version") AS "newest"
                      FROM (
                        SELECT
                          *
                        FROM "days" AS "t4"
                        WHERE
                          (
                            (
                              "t4"."known" IS NULL
                            ) OR (
                              "t4"."received" <= "t4"."known"
                            )
                          )
                          AND "t4"."revision"
                      ) AS "t11"
                      GROUP BY
                        1,
                        2,
                        3,
                        4,
                        5
                    ) AS "t17"
                      ON "t13"."usage_point" = "t17"."usage_point"
                      AND "t13"."channel" = "t17"."channel"
                      AND "t13"."unit" = "t17"."unit"
                      AND "t13"."interval_seconds" = "t17"."interval_seconds"
                      AND "t13"."day" = "t17"."day"
                  ) AS "t19"
                  WHERE
                    (
                      (
                        "t19"."newest" IS NULL
                      ) OR (
                        "t19"."version" = "t19"."newest"
                      )
                    )
                    AND "t19"."channel" IN ('delivered', 'net', 'received')
                ) AS "t23"
                WHERE
                  EXISTS(
                    SELECT
                      1
                    FROM "slow" AS "t7"
                    WHERE
                      "t23"."usage_point" = "t7"."usage_point"
                  )
              ) AS "t25"
            ) AS "t26"
          ) AS "t27"
          CROSS JOIN UNNEST("t27"."values") WITH ORDINALITY AS "ibis_table_unnest__2"("ibis_table_unnest_column_1", "position")
        ) AS "t28"
        WHERE
          "t28"."values" IS NOT NULL
      ) AS "t29"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t22"."usage_point",
          "t22"."channel",
          "t22"."unit",
          "t22"."power_of_ten",
          "t22"."seconds",
          "t22"."start",
          "t22"."value",
          "t22"."quality",
          1 AS "grid"
        FROM (
          SELECT
            "t18"."usage_point",
            "t18"."channel",
            "t18"."unit",
            "t18"."start",
            "t18"."seconds",
            "t18"."value",
            "t18"."power_of_ten",
            "t18"."quality",
            "t18"."lost",
            "t18"."received",
            "t18"."version",
            "t18"."revision",
            "t18"."known"
          FROM (
            SELECT
              "t12"."usage_point",
              "t12"."channel",
              "t12"."unit",
              "t12"."start",
              "t12"."seconds",
              "t12"."value",
              "t12"."power_of_ten",
              "t12"."quality",
              "t12"."lost",
              "t12"."received",
              "t12"."version",
              "t12"."revision",
              "t12"."known",
              "t16"."usage_point" AS "usage_point_right",
              "t16"."channel" AS "channel_right",
              "t16"."unit" AS "unit_right",
              "t16"."start" AS "start_right",
              "t16"."seconds" AS "seconds_right",
              "t16"."newest"
            FROM (
              SELECT
                *
              FROM "points" AS "t3"
              WHERE
                (
                  (
                    "t3"."known" IS NULL
                  ) OR (
                    "t3"."received" <= "t3"."known"
                  )
                )
                AND NOT (
                  "t3"."lost"
                )
            ) AS "t12"
            LEFT OUTER JOIN (
              SELECT
                "t9"."usage_point",
                "t9"."channel",
                "t9"."unit",
                "t9"."start",
                "t9"."seconds",
                MAX("t9"."version") AS "newest"
              FROM (
                SELECT
                  *
                FROM "points" AS "t3"
                WHERE
                  (
                    (
                      "t3"."known" IS NULL
                    ) OR (
                      "t3"."received" <= "t3"."known"
                    )
                  )
                  AND NOT (
                    "t3"."lost"
                  )
                  AND "t3"."revision"
              ) AS "t9"
              GROUP BY
                1,
                2,
                3,
                4,
                5
            ) AS "t16"
              ON "t12"."usage_point" = "t16"."usage_point"
              AND "t12"."channel" = "t16"."channel"
              AND "t12"."unit" = "t16"."unit"
              AND "t12"."start" = "t16"."start"
              AND "t12"."seconds" = "t16"."seconds"
          ) AS "t18"
          WHERE
            (
              (
                "t18"."newest" IS NULL
              ) OR (
                "t18"."version" = "t18"."newest"
              )
            )
            AND "t18"."value" IS NOT NULL
            AND "t18"."channel" IN ('delivered', 'net', 'received')
        ) AS "t22"
        WHERE
          EXISTS(
            SELECT
              1
            FROM "slow" AS "t7"
            WHERE
              "t22"."usage_point" = "t7"."usage_point"
          )
      ) AS "t24"
    ) AS "t30"
  ) AS "t32"
  INNER JOIN "spans" AS "t6"
    ON "t32"."usage_point" = "t6"."usage_point"
), "t43" AS (
  SELECT
    "t42"."holder",
    "t42"."usage_point",
    "t42"."channel",
    "t42"."unit",
    "t42"."power_of_ten",
    "t42"."seconds",
    "t42"."start",
    "t42"."value",
    "t42"."quality",
    "t42"."grid",
    "t42"."rank",
    "t42"."reading_end",
    CAST(FLOOR(CAST((
      "t42"."start" + -28800
    ) AS DOUBLE) / (
      86400
    )) AS BIGINT) AS "number",
    (
      (
        "t42"."start" + -28800
      ) % 86400
    ) - (
      (
        (
          "t42"."start" + -28800
        ) % 86400
      ) % 3600
    ) AS "second",
    (
      (
        "t42"."start" + -28800
      ) % 86400
    ) % 3600 AS "late"
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
      "t37"."rank",
      "t37"."reading_end"
    FROM (
      SELECT
        "t34"."holder",
        "t34"."usage_point",
        "t34"."channel",
        "t34"."unit",
        "t34"."power_of_ten",
        "t34"."seconds",
        "t34"."start",
        "t34"."value",
        "t34"."quality",
        "t34"."grid",
        (
          CAST("t34"."seconds" AS BIGINT) * 2
        ) + "t34"."grid" AS "rank",
        "t34"."start" + "t34"."seconds" AS "reading_end"
      FROM "t33" AS "t34"
      WHERE
        "t34"."start" >= "t34"."span_start" AND "t34"."reading_end" <= "t34"."span_end"
    ) AS "t37"
    WHERE
      NOT EXISTS(
        SELECT
          1
        FROM (
          SELECT DISTINCT
            "t39"."holder",
            "t39"."usage_point",
            "t39"."channel",
            "t39"."unit",
            "t39"."start",
            "t39"."seconds"
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
              "t37"."rank",
              "t37"."reading_end",
              "t38"."fine_rank",
              "t38"."fine_start",
              "t38"."fine_end"
            FROM (
              SELECT
                "t34"."holder",
                "t34"."usage_point",
                "t34"."channel",
                "t34"."unit",
                "t34"."power_of_ten",
                "t34"."seconds",
                "t34"."start",
                "t34"."value",
                "t34"."quality",
                "t34"."grid",
                (
                  CAST("t34"."seconds" AS BIGINT) * 2
                ) + "t34"."grid" AS "rank",
                "t34"."start" + "t34"."seconds" AS "reading_end"
              FROM "t33" AS "t34"
              WHERE
                "t34"."start" >= "t34"."span_start" AND "t34"."reading_end" <= "t34"."span_end"
            ) AS "t37"
            INNER JOIN (
              SELECT
                "t34"."holder",
                "t34"."usage_point",
                "t34"."channel",
                "t34"."unit",
                (
                  CAST("t34"."seconds" AS BIGINT) * 2
                ) + "t34"."grid" AS "fine_rank",
                "t34"."start" AS "fine_start",
                "t34"."start" + "t34"."seconds" AS "fine_end"
              FROM "t33" AS "t34"
              WHERE
                "t34"."start" >= "t34"."span_start" AND "t34"."reading_end" <= "t34"."span_end"
            ) AS "t38"
              ON "t37"."holder" = "t38"."holder"
              AND "t37"."usage_point" = "t38"."usage_point"
              AND "t37"."channel" = "t38"."channel"
              AND "t37"."unit" = "t38"."unit"
          ) AS "t39"
          WHERE
            "t39"."fine_rank" < "t39"."rank"
            AND "t39"."fine_start" < "t39"."reading_end"
            AND "t39"."fine_end" > "t39"."start"
        ) AS "t41"
        WHERE
          "t37"."holder" = "t41"."holder"
          AND "t37"."usage_point" = "t41"."usage_point"
          AND "t37"."channel" = "t41"."channel"
          AND "t37"."unit" = "t41"."unit"
          AND "t37"."start" = "t41"."start"
          AND "t37"."seconds" = "t41"."seconds"
      )
  ) AS "t42"
  WHERE
    (
      (
        (
          (
            "t42"."start" + -28800
          ) % 86400
        ) % 3600
      ) + "t42"."seconds"
    ) <= 3600
)
SELECT
  "t51"."holder",
  "t51"."usage_point",
  "t51"."channel",
  "t51"."unit",
  "t51"."power_of_ten",
  "t51"."hour",
  SUM("t51"."total") AS "total",
  SUM(CAST("t51"."first" AS BIGINT)) AS "hours"
FROM (
  SELECT
    "t50"."holder",
    "t50"."usage_point",
    "t50"."channel",
    "t50"."unit",
    "t50"."number",
    "t50"."second",
    "t50"."hour",
    "t50"."power_of_ten",
    "t50"."total",
    "t50"."power_of_ten" = MIN("t50"."power_of_ten") OVER (
      PARTITION BY "t50"."holder", "t50"."usage_point", "t50"."channel", "t50"."unit", "t50"."number", "t50"."second"
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "first"
  FROM (
    SELECT
      "t49"."holder",
      "t49"."usage_point",
      "t49"."channel",
      "t49"."unit",
      "t49"."number",
      "t49"."second",
      "t49"."hour",
      "t49"."power_of_ten",
      SUM(CAST("t49"."value" AS DECIMAL(38, 0))) AS "total"
    FROM (
      SELECT
        "t45"."holder",
        "t45"."usage_point",
        "t45"."channel",
        "t45"."unit",
        "t45"."power_of_ten",
        "t45"."seconds",
        "t45"."start",
        "t45"."value",
        "t45"."quality",
        "t45"."grid",
        "t45"."rank",
        "t45"."reading_end",
        "t45"."number",
        "t45"."second",
        "t45"."late",
        "t48"."covered",
        "t5"."hour"
      FROM "t43" AS "t45"
      INNER JOIN (
        SELECT
          *
        FROM (
          SELECT
            "t44"."holder",
            "t44"."usage_point",
            "t44"."channel",
            "t44"."unit",
            "t44"."number",
            "t44"."second",
            SUM(CAST("t44"."seconds" AS BIGINT)) AS "covered"
          FROM "t43" AS "t44"
          GROUP BY
            1,
            2,
            3,
            4,
            5,
            6
        ) AS "t46"
        WHERE
          "t46"."covered" = 3600
      ) AS "t48"
        ON "t45"."holder" = "t48"."holder"
        AND "t45"."usage_point" = "t48"."usage_point"
        AND "t45"."channel" = "t48"."channel"
        AND "t45"."unit" = "t48"."unit"
        AND "t45"."number" = "t48"."number"
        AND "t45"."second" = "t48"."second"
      INNER JOIN "clock" AS "t5"
        ON "t45"."number" = "t5"."number" AND "t45"."second" = "t5"."second"
    ) AS "t49"
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
) AS "t51"
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6
