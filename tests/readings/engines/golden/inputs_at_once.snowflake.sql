WITH "t16" AS (
  SELECT
    "t9"."usage_point",
    "t9"."channel",
    "t9"."unit",
    "t9"."interval_seconds",
    "t9"."day",
    "t9"."power_of_ten",
    "t9"."values",
    "t9"."total",
    "t9"."quality",
    "t9"."estimated",
    "t9"."missing",
    "t9"."received",
    "t9"."version",
    "t9"."revision",
    "t9"."known",
    "t12"."usage_point" AS "usage_point_right",
    "t12"."channel" AS "channel_right",
    "t12"."unit" AS "unit_right",
    "t12"."interval_seconds" AS "interval_seconds_right",
    "t12"."day" AS "day_right",
    "t12"."newest"
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
  ) AS "t9"
  LEFT OUTER JOIN (
    SELECT
      "t7"."usage_point",
      "t7"."channel",
      "t7"."unit",
      "t7"."interval_seconds",
      "t7"."day",
      MAX("t7"."version") AS "newest"
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
    ) AS "t7"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t12"
    ON "t9"."usage_point" = "t12"."usage_point"
    AND "t9"."channel" = "t12"."channel"
    AND "t9"."unit" = "t12"."unit"
    AND "t9"."interval_seconds" = "t12"."interval_seconds"
    AND "t9"."day" = "t12"."day"
)
SELECT
  "t36"."zip",
  "t36"."customer_class",
  "t36"."period",
  "t36"."customers",
  CAST("t36"."total" AS DECIMAL(38, 0)) AS "total",
  CAST("t36"."largest" AS DECIMAL(38, 0)) AS "largest",
  "t36"."low",
  "t36"."high",
  "t36"."uneven"
FROM (
  SELECT
    "t35"."zip",
    "t35"."customer_class",
    "t35"."period",
    COUNT(*) AS "customers",
    SUM("t35"."value") AS "total",
    MAX("t35"."value") AS "largest",
    MIN("t35"."low") AS "low",
    MAX("t35"."high") AS "high",
    SUM("t35"."uneven") AS "uneven"
  FROM (
    SELECT
      "t34"."holder",
      "t34"."period",
      "t34"."value",
      "t34"."uneven",
      "t34"."low",
      "t34"."high",
      "t34"."holder_right",
      COALESCE(NULLIF("t34"."zip", ''), 'unknown') AS "zip",
      COALESCE(NULLIF("t34"."customer_class", ''), 'unknown') AS "customer_class"
    FROM (
      SELECT
        "t33"."holder",
        "t33"."period",
        "t33"."value",
        "t33"."uneven",
        "t33"."low",
        "t33"."high",
        "t4"."holder" AS "holder_right",
        "t4"."zip",
        "t4"."customer_class"
      FROM (
        SELECT
          "t31"."holder",
          "t31"."period",
          SUM("t31"."total") AS "value",
          SUM(CAST("t31"."low" <> "t31"."high" AS INT)) AS "uneven",
          MIN("t31"."low") AS "low",
          MAX("t31"."high") AS "high"
        FROM (
          SELECT
            "t30"."usage_point",
            "t30"."period",
            "t30"."there",
            "t30"."total",
            "t30"."low",
            "t30"."high",
            "t5"."holder",
            "t5"."span_start",
            "t5"."span_end"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t27"."usage_point",
                "t27"."period",
                MAX("t27"."there") AS "there",
                SUM("t27"."total") AS "total",
                MIN("t27"."low") AS "low",
                MAX("t27"."high") AS "high"
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    "t21"."usage_point",
                    666 AS "period",
                    CAST(FLOOR(
                      (
                        86400
                      ) / (
                        CAST(FLOOR((
                          "t21"."low" + 32
                        ) / (
                          64
                        )) AS BIGINT)
                      )
                    ) AS BIGINT) - "t21"."missing" AS "there",
                    CAST("t21"."total" AS DECIMAL(38, 0)) AS "total",
                    "t21"."low",
                    "t21"."high"
                  FROM (
                    SELECT
                      "t18"."usage_point",
                      MIN("t18"."missing") AS "missing",
                      SUM("t18"."total") AS "total",
                      MIN("t18"."kind") AS "low",
                      MAX("t18"."kind") AS "high"
                    FROM (
                      SELECT
                        "t17"."usage_point",
                        "t17"."channel",
                        "t17"."unit",
                        "t17"."interval_seconds",
                        "t17"."day",
                        "t17"."power_of_ten",
                        "t17"."values",
                        "t17"."total",
                        "t17"."quality",
                        "t17"."estimated",
                        "t17"."missing",
                        "t17"."received",
                        "t17"."version",
                        "t17"."revision",
                        "t17"."known",
                        (
                          "t17"."interval_seconds" * 64
                        ) + "t17"."power_of_ten" AS "kind"
                      FROM "t16" AS "t17"
                      WHERE
                        (
                          (
                            "t17"."newest" IS NULL
                          ) OR (
                            "t17"."version" = "t17"."newest"
                          )
                        )
                        AND "t17"."channel" = 'delivered'
                        AND "t17"."unit" = 'Wh'
                        AND "t17"."day" BETWEEN DATE_FROM_PARTS(2025, 7, 1) AND DATE_FROM_PARTS(2025, 7, 30)
                    ) AS "t18"
                    GROUP BY
                      1
                  ) AS "t21"
                ) AS "t23"
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    "t25"."usage_point",
                    "t25"."period",
                    "t25"."there",
                    CAST("t25"."total" AS DECIMAL(38, 0)) AS "total",
                    "t25"."low",
                    "t25"."high"
                  FROM (
                    SELECT
                      "t24"."usage_point",
                      "t24"."period",
                      MAX(ARRAY_SIZE("t24"."there")) AS "there",
                      SUM(CAST(IBIS_UDFS.PUBLIC.ARRAY_SUM("t24"."there") AS BIGINT)) AS "total",
                      MIN("t24"."kind") AS "low",
                      MAX("t24"."kind") AS "high"
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
                        "t22"."known",
                        "t22"."number",
                        "t22"."period",
                        "t22"."first_second",
                        "t22"."last_second",
                        CAST(FLOOR(
                          (
                            (
                              "t22"."first_second" + "t22"."interval_seconds"
                            ) - 1
                          ) / (
                            "t22"."interval_seconds"
                          )
                        ) AS BIGINT) AS "first",
                        GREATEST(
                          CAST(FLOOR((
                            "t22"."last_second"
                          ) / (
                            "t22"."interval_seconds"
                          )) AS BIGINT),
                          CAST(FLOOR(
                            (
                              (
                                "t22"."first_second" + "t22"."interval_seconds"
                              ) - 1
                            ) / (
                              "t22"."interval_seconds"
                            )
                          ) AS BIGINT)
                        ) AS "last",
                        FILTER(
                          ARRAY_SLICE(
                            "t22"."values",
                            CAST(FLOOR(
                              (
                                (
                                  "t22"."first_second" + "t22"."interval_seconds"
                                ) - 1
                              ) / (
                                "t22"."interval_seconds"
                              )
                            ) AS BIGINT),
                            GREATEST(
                              CAST(FLOOR((
                                "t22"."last_second"
                              ) / (
                                "t22"."interval_seconds"
                              )) AS BIGINT),
                              CAST(FLOOR(
                                (
                                  (
                                    "t22"."first_second" + "t22"."interval_seconds"
                                  ) - 1
                                ) / (
                                  "t22"."interval_seconds"
                                )
                              ) AS BIGINT)
                            )
                          ),
                          __ibis_param_value__ -> NOT IS_NULL_VALUE(__ibis_param_value__) AND __ibis_param_value__ IS NOT NULL
                        ) AS "there",
                        (
                          "t22"."interval_seconds" * 64
                        ) + "t22"."power_of_ten" AS "kind"
                      FROM (
                        SELECT
                          "t20"."usage_point",
                          "t20"."channel",
                          "t20"."unit",
                          "t20"."interval_seconds",
                          "t20"."day",
                          "t20"."power_of_ten",
                          "t20"."values",
                          "t20"."total",
                          "t20"."quality",
                          "t20"."estimated",
                          "t20"."missing",
                          "t20"."received",
                          "t20"."version",
                          "t20"."revision",
                          "t20"."known",
                          "t20"."number",
                          "t15"."period",
                          "t15"."first_second",
                          "t15"."last_second"
                        FROM (
                          SELECT
                            "t17"."usage_point",
                            "t17"."channel",
                            "t17"."unit",
                            "t17"."interval_seconds",
                            "t17"."day",
                            "t17"."power_of_ten",
                            "t17"."values",
                            "t17"."total",
                            "t17"."quality",
                            "t17"."estimated",
                            "t17"."missing",
                            "t17"."received",
                            "t17"."version",
                            "t17"."revision",
                            "t17"."known",
                            DATEDIFF(DAY, DATE_FROM_PARTS(1970, 1, 1), "t17"."day") AS "number"
                          FROM "t16" AS "t17"
                          WHERE
                            (
                              (
                                "t17"."newest" IS NULL
                              ) OR (
                                "t17"."version" = "t17"."newest"
                              )
                            )
                            AND "t17"."channel" = 'delivered'
                            AND "t17"."unit" = 'Wh'
                            AND "t17"."day" IN (DATE_FROM_PARTS(2025, 6, 30), DATE_FROM_PARTS(2025, 7, 31))
                        ) AS "t20"
                        INNER JOIN (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t3"."period",
                              CAST(FLOOR((
                                "t3"."period_start" + -28800
                              ) / (
                                86400
                              )) AS BIGINT) AS "number",
                              (
                                "t3"."period_start" + -28800
                              ) % 86400 AS "first_second",
                              IFF(
                                CAST(FLOOR((
                                  "t3"."period_start" + -28800
                                ) / (
                                  86400
                                )) AS BIGINT) = CAST(FLOOR((
                                  "t3"."period_end" + -28800
                                ) / (
                                  86400
                                )) AS BIGINT),
                                (
                                  "t3"."period_end" + -28800
                                ) % 86400,
                                86400
                              ) AS "last_second"
                            FROM "periods" AS "t3"
                            WHERE
                              (
                                (
                                  "t3"."period_start" + -28800
                                ) % 86400
                              ) > 0
                          ) AS "t10"
                          UNION ALL
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t8"."period",
                              "t8"."last_day" AS "number",
                              0 AS "first_second",
                              "t8"."end" AS "last_second"
                            FROM (
                              SELECT
                                "t3"."period",
                                "t3"."period_start",
                                "t3"."period_end",
                                CAST(FLOOR((
                                  "t3"."period_start" + -28800
                                ) / (
                                  86400
                                )) AS BIGINT) AS "first_day",
                                CAST(FLOOR((
                                  "t3"."period_end" + -28800
                                ) / (
                                  86400
                                )) AS BIGINT) AS "last_day",
                                (
                                  "t3"."period_start" + -28800
                                ) % 86400 AS "start",
                                (
                                  "t3"."period_end" + -28800
                                ) % 86400 AS "end"
                              FROM "periods" AS "t3"
                            ) AS "t8"
                            WHERE
                              "t8"."end" > 0
                              AND (
                                NOT (
                                  "t8"."first_day" = "t8"."last_day"
                                ) OR (
                                  "t8"."start" = 0
                                )
                              )
                          ) AS "t13"
                        ) AS "t15"
                          ON "t20"."number" = "t15"."number"
                      ) AS "t22"
                    ) AS "t24"
                    GROUP BY
                      1,
                      2
                  ) AS "t25"
                ) AS "t26"
              ) AS "t27"
              GROUP BY
                1,
                2
            ) AS "t28"
            WHERE
              "t28"."there" > 0
          ) AS "t30"
          INNER JOIN "spans" AS "t5"
            ON "t30"."usage_point" = "t5"."usage_point"
        ) AS "t31"
        GROUP BY
          1,
          2
      ) AS "t33"
      LEFT OUTER JOIN "cells" AS "t4"
        ON "t33"."holder" = "t4"."holder"
    ) AS "t34"
  ) AS "t35"
  GROUP BY
    1,
    2,
    3
) AS "t36"
