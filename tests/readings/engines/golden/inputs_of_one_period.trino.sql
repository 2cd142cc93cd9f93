WITH "t10" AS (
  SELECT
    "t7"."usage_point",
    "t7"."channel",
    "t7"."unit",
    "t7"."interval_seconds",
    "t7"."day",
    "t7"."power_of_ten",
    "t7"."values",
    "t7"."total",
    "t7"."quality",
    "t7"."estimated",
    "t7"."missing",
    "t7"."received",
    "t7"."version",
    "t7"."revision",
    "t7"."known",
    "t9"."usage_point" AS "usage_point_right",
    "t9"."channel" AS "channel_right",
    "t9"."unit" AS "unit_right",
    "t9"."interval_seconds" AS "interval_seconds_right",
    "t9"."day" AS "day_right",
    "t9"."newest"
  FROM (
    SELECT
      *
    FROM "days" AS "t2"
    WHERE
      (
        "t2"."known" IS NULL
      ) OR (
        "t2"."received" <= "t2"."known"
      )
  ) AS "t7"
  LEFT OUTER JOIN (
    SELECT
      "t6"."usage_point",
      "t6"."channel",
      "t6"."unit",
      "t6"."interval_seconds",
      "t6"."day",
      MAX("t6"."version") AS "newest"
    FROM (
      SELECT
        *
      FROM "days" AS "t2"
      WHERE
        (
          (
            "t2"."known" IS NULL
          ) OR (
            "t2"."received" <= "t2"."known"
          )
        )
        AND "t2"."revision"
    ) AS "t6"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t9"
    ON "t7"."usage_point" = "t9"."usage_point"
    AND "t7"."channel" = "t9"."channel"
    AND "t7"."unit" = "t9"."unit"
    AND "t7"."interval_seconds" = "t9"."interval_seconds"
    AND "t7"."day" = "t9"."day"
)
SELECT
  "t25"."zip",
  "t25"."customer_class",
  666 AS "period",
  "t25"."customers",
  CAST("t25"."total" AS DECIMAL(38, 0)) AS "total",
  CAST("t25"."largest" AS DECIMAL(38, 0)) AS "largest"
FROM (
  SELECT
    "t24"."zip",
    "t24"."customer_class",
    COUNT(*) AS "customers",
    SUM("t24"."value") AS "total",
    MAX("t24"."value") AS "largest"
  FROM (
    SELECT
      "t23"."value",
      COALESCE(NULLIF("t3"."zip", ''), 'unknown') AS "zip",
      COALESCE(NULLIF("t3"."customer_class", ''), 'unknown') AS "customer_class"
    FROM (
      SELECT
        "t21"."holder",
        SUM("t21"."total") AS "value"
      FROM (
        SELECT
          "t20"."usage_point",
          "t20"."total",
          "t4"."holder",
          "t4"."span_start",
          "t4"."span_end"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t14"."usage_point",
              CAST("t14"."total" AS DECIMAL(38, 0)) AS "total"
            FROM (
              SELECT
                "t12"."usage_point",
                SUM("t12"."total") AS "total"
              FROM (
                SELECT
                  "t11"."usage_point",
                  "t11"."channel",
                  "t11"."unit",
                  "t11"."interval_seconds",
                  "t11"."day",
                  "t11"."power_of_ten",
                  "t11"."values",
                  "t11"."total",
                  "t11"."quality",
                  "t11"."estimated",
                  "t11"."missing",
                  "t11"."received",
                  "t11"."version",
                  "t11"."revision",
                  "t11"."known"
                FROM "t10" AS "t11"
                WHERE
                  (
                    (
                      "t11"."newest" IS NULL
                    ) OR (
                      "t11"."version" = "t11"."newest"
                    )
                  )
                  AND "t11"."channel" = 'delivered'
                  AND "t11"."unit" = 'Wh'
                  AND "t11"."day" BETWEEN FROM_ISO8601_DATE('2025-07-01') AND FROM_ISO8601_DATE('2025-07-30')
                  AND "t11"."missing" < 96
              ) AS "t12"
              GROUP BY
                1
            ) AS "t14"
          ) AS "t16"
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              "t17"."usage_point",
              CAST("t17"."total" AS DECIMAL(38, 0)) AS "total"
            FROM (
              SELECT
                "t15"."usage_point",
                MAX(CARDINALITY("t15"."there")) AS "readings",
                SUM(
                  REDUCE(
                    "t15"."there",
                    CAST(ROW(0, 0) AS ROW("sum" BIGINT, "count" BIGINT)),
                    ("s", "x") -> CAST(ROW("x" + COALESCE("s"."sum", 0), (
                      "s"."count"
                    ) + IF("x" IS NOT NULL, 1, 0)) AS ROW("sum" BIGINT, "count" BIGINT)),
                    "s" -> IF((
                      "s"."count"
                    ) > 0, "s"."sum", NULL)
                  )
                ) AS "total"
              FROM (
                SELECT
                  "t13"."usage_point",
                  IF(
                    "t13"."missing" = 0,
                    "t13"."part",
                    FILTER("t13"."part", __ibis_param_value__ -> __ibis_param_value__ IS NOT NULL)
                  ) AS "there"
                FROM (
                  SELECT
                    "t11"."usage_point",
                    "t11"."missing",
                    CASE
                      WHEN "t11"."day" = FROM_ISO8601_DATE('2025-06-30')
                      THEN SLICE(
                        "t11"."values",
                        LEAST(
                          CARDINALITY("t11"."values"),
                          IF(92 < 0, CARDINALITY("t11"."values") + GREATEST(92, -CARDINALITY("t11"."values")), 92)
                        ) + 1,
                        IF(96 < 0, CARDINALITY("t11"."values") + GREATEST(96, -CARDINALITY("t11"."values")), 96) - LEAST(
                          CARDINALITY("t11"."values"),
                          IF(92 < 0, CARDINALITY("t11"."values") + GREATEST(92, -CARDINALITY("t11"."values")), 92)
                        )
                      )
                      ELSE SLICE(
                        "t11"."values",
                        LEAST(
                          CARDINALITY("t11"."values"),
                          IF(0 < 0, CARDINALITY("t11"."values") + GREATEST(0, -CARDINALITY("t11"."values")), 0)
                        ) + 1,
                        IF(92 < 0, CARDINALITY("t11"."values") + GREATEST(92, -CARDINALITY("t11"."values")), 92) - LEAST(
                          CARDINALITY("t11"."values"),
                          IF(0 < 0, CARDINALITY("t11"."values") + GREATEST(0, -CARDINALITY("t11"."values")), 0)
                        )
                      )
                    END AS "part"
                  FROM "t10" AS "t11"
                  WHERE
                    (
                      (
                        "t11"."newest" IS NULL
                      ) OR (
                        "t11"."version" = "t11"."newest"
                      )
                    )
                    AND "t11"."channel" = 'delivered'
                    AND "t11"."unit" = 'Wh'
                    AND "t11"."day" IN (FROM_ISO8601_DATE('2025-06-30'), FROM_ISO8601_DATE('2025-07-31'))
                ) AS "t13"
              ) AS "t15"
              GROUP BY
                1
            ) AS "t17"
            WHERE
              "t17"."readings" > 0
          ) AS "t18"
        ) AS "t20"
        INNER JOIN "spans" AS "t4"
          ON "t20"."usage_point" = "t4"."usage_point"
      ) AS "t21"
      GROUP BY
        1
    ) AS "t23"
    LEFT OUTER JOIN "cells" AS "t3"
      ON "t23"."holder" = "t3"."holder"
  ) AS "t24"
  GROUP BY
    1,
    2
) AS "t25"
