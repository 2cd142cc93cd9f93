WITH "t17" AS (
  SELECT
    "t10"."usage_point",
    "t10"."channel",
    "t10"."unit",
    "t10"."interval_seconds",
    "t10"."day",
    "t10"."power_of_ten",
    "t10"."values",
    "t10"."total",
    "t10"."quality",
    "t10"."estimated",
    "t10"."missing",
    "t10"."received",
    "t10"."version",
    "t10"."revision",
    "t10"."known",
    "t13"."usage_point" AS "usage_point_right",
    "t13"."channel" AS "channel_right",
    "t13"."unit" AS "unit_right",
    "t13"."interval_seconds" AS "interval_seconds_right",
    "t13"."day" AS "day_right",
    "t13"."newest"
  FROM (
    SELECT
      *
    FROM "days" AS "t3"
    WHERE
      (
        "t3"."known" IS NULL
      ) OR (
        "t3"."received" <= "t3"."known"
      )
  ) AS "t10"
  LEFT OUTER JOIN (
    SELECT
      "t9"."usage_point",
      "t9"."channel",
      "t9"."unit",
      "t9"."interval_seconds",
      "t9"."day",
      MAX("t9"."version") AS "newest"
    FROM (
      SELECT
        *
      FROM "days" AS "t3"
      WHERE
        (
          (
            "t3"."known" IS NULL
          ) OR (
            "t3"."received" <= "t3"."known"
          )
        )
        AND "t3"."revision"
    ) AS "t9"
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS "t13"
    ON "t10"."usage_point" = "t13"."usage_point"
    AND "t10"."channel" = "t13"."channel"
    AND "t10"."unit" = "t13"."unit"
    AND "t10"."interval_seconds" = "t13"."interval_seconds"
    AND "t10"."day" = "t13"."day"
)
SELECT
  "t35"."zip",
  "t35"."customer_class",
  "t35"."period",
  "t35"."customers",
  CAST("t35"."total" AS DECIMAL(38, 0)) AS "total",
  CAST("t35"."largest" AS DECIMAL(38, 0)) AS "largest"
FROM (
  SELECT
    "t34"."zip",
    "t34"."customer_class",
    "t34"."period",
    COUNT(*) AS "customers",
    SUM("t34"."value") AS "total",
    MAX("t34"."value") AS "largest"
  FROM (
    SELECT
      "t33"."period",
      "t33"."value",
      COALESCE(NULLIF("t4"."zip", ''), 'unknown') AS "zip",
      COALESCE(NULLIF("t4"."customer_class", ''), 'unknown') AS "customer_class"
    FROM (
      SELECT
        "t31"."holder",
        "t31"."period",
        SUM("t31"."total") AS "value"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t29"."usage_point",
            "t29"."period",
            "t29"."total",
            "t5"."holder",
            "t5"."span_start",
            "t5"."span_end",
            "t6"."period_start",
            "t6"."period_end"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t23"."usage_point",
                "t23"."period",
                CAST("t23"."total" AS DECIMAL(38, 0)) AS "total"
              FROM (
                SELECT
                  "t21"."usage_point",
                  "t21"."period",
                  SUM("t21"."total") AS "total"
                FROM (
                  SELECT
                    "t18"."usage_point",
                    "t18"."channel",
                    "t18"."unit",
                    "t18"."interval_seconds",
                    "t18"."day",
                    "t18"."power_of_ten",
                    "t18"."values",
                    "t18"."total",
                    "t18"."quality",
                    "t18"."estimated",
                    "t18"."missing",
                    "t18"."received",
                    "t18"."version",
                    "t18"."revision",
                    "t18"."known",
                    (
                      (
                        (
                          DATE_PART(year, "t18"."day") - 1970
                        ) * 12
                      ) + DATE_PART(month, "t18"."day")
                    ) - 1 AS "period"
                  FROM "t17" AS "t18"
                  WHERE
                    (
                      (
                        "t18"."newest" IS NULL
                      ) OR (
                        "t18"."version" = "t18"."newest"
                      )
                    )
                    AND "t18"."channel" = 'delivered'
                    AND "t18"."unit" = 'Wh'
                    AND "t18"."day" BETWEEN DATE_FROM_PARTS(2025, 7, 1) AND DATE_FROM_PARTS(2025, 7, 30)
                    AND "t18"."missing" < 96
                ) AS "t21"
                GROUP BY
                  1,
                  2
              ) AS "t23"
            ) AS "t24"
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                "t26"."usage_point",
                "t26"."period",
                CAST("t26"."total" AS DECIMAL(38, 0)) AS "total"
              FROM (
                SELECT
                  "t25"."usage_point",
                  "t25"."period",
                  MAX(ARRAY_SIZE("t25"."there")) AS "readings",
                  SUM(CAST(IBIS_UDFS.PUBLIC.ARRAY_SUM("t25"."there") AS BIGINT)) AS "total"
                FROM (
                  SELECT
                    "t22"."usage_point",
                    "t22"."period",
                    IFF(
                      "t22"."missing" = 0,
                      "t22"."part",
                      FILTER(
                        "t22"."part",
                        __ibis_param_value__ -> NOT IS_NULL_VALUE(__ibis_param_value__) AND __ibis_param_value__ IS NOT NULL
                      )
                    ) AS "there"
                  FROM (
                    SELECT
                      "t20"."usage_point",
                      "t16"."period",
                      "t20"."missing",
                      ARRAY_SLICE(
                        "t20"."values",
                        CAST(FLOOR((
                          "t16"."first_second" + 899
                        ) / (
                          900
                        )) AS BIGINT),
                        GREATEST(
                          CAST(FLOOR((
                            "t16"."last_second"
                          ) / (
                            900
                          )) AS BIGINT),
                          CAST(FLOOR((
                            "t16"."first_second" + 899
                          ) / (
                            900
                          )) AS BIGINT)
                        )
                      ) AS "part"
                    FROM (
                      SELECT
                        "t18"."usage_point",
                        "t18"."channel",
                        "t18"."unit",
                        "t18"."interval_seconds",
                        "t18"."day",
                        "t18"."power_of_ten",
                        "t18"."values",
                        "t18"."total",
                        "t18"."quality",
                        "t18"."estimated",
                        "t18"."missing",
                        "t18"."received",
                        "t18"."version",
                        "t18"."revision",
                        "t18"."known",
                        DATEDIFF(DAY, DATE_FROM_PARTS(1970, 1, 1), "t18"."day") AS "number"
                      FROM "t17" AS "t18"
                      WHERE
                        (
                          (
                            "t18"."newest" IS NULL
                          ) OR (
                            "t18"."version" = "t18"."newest"
                          )
                        )
                        AND "t18"."channel" = 'delivered'
                        AND "t18"."unit" = 'Wh'
                        AND "t18"."day" IN (DATE_FROM_PARTS(2025, 6, 30), DATE_FROM_PARTS(2025, 7, 31))
                    ) AS "t20"
                    INNER JOIN (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t2"."period",
                          CAST(FLOOR((
                            "t2"."period_start" + -28800
                          ) / (
                            86400
                          )) AS BIGINT) AS "number",
                          (
                            "t2"."period_start" + -28800
                          ) % 86400 AS "first_second",
                          IFF(
                            CAST(FLOOR((
                              "t2"."period_start" + -28800
                            ) / (
                              86400
                            )) AS BIGINT) = CAST(FLOOR((
                              "t2"."period_end" + -28800
                            ) / (
                              86400
                            )) AS BIGINT),
                            (
                              "t2"."period_end" + -28800
                            ) % 86400,
                            86400
                          ) AS "last_second"
                        FROM "periods" AS "t2"
                        WHERE
                          (
                            (
                              "t2"."period_start" + -28800
                            ) % 86400
                          ) > 0
                      ) AS "t11"
                      UNION ALL
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t7"."period",
                          "t7"."last_day" AS "number",
                          0 AS "first_second",
                          "t7"."end" AS "last_second"
                        FROM (
                          SELECT
                            "t2"."period",
                            "t2"."period_start",
                            "t2"."period_end",
                            CAST(FLOOR((
                              "t2"."period_start" + -28800
                            ) / (
                              86400
                            )) AS BIGINT) AS "first_day",
                            CAST(FLOOR((
                              "t2"."period_end" + -28800
                            ) / (
                              86400
                            )) AS BIGINT) AS "last_day",
                            (
                              "t2"."period_start" + -28800
                            ) % 86400 AS "start",
                            (
                              "t2"."period_end" + -28800
                            ) % 86400 AS "end"
                          FROM "periods" AS "t2"
                        ) AS "t7"
                        WHERE
                          "t7"."end" > 0
                          AND (
                            NOT (
                              "t7"."first_day" = "t7"."last_day"
                            ) OR (
                              "t7"."start" = 0
                            )
                          )
                      ) AS "t14"
                    ) AS "t16"
                      ON "t20"."number" = "t16"."number"
                  ) AS "t22"
                ) AS "t25"
                GROUP BY
                  1,
                  2
              ) AS "t26"
              WHERE
                "t26"."readings" > 0
            ) AS "t27"
          ) AS "t29"
          INNER JOIN "spans" AS "t5"
            ON "t29"."usage_point" = "t5"."usage_point"
          INNER JOIN "periods" AS "t6"
            ON "t29"."period" = "t6"."period"
        ) AS "t30"
        WHERE
          "t30"."span_start" <= "t30"."period_start"
          AND "t30"."span_end" >= "t30"."period_end"
      ) AS "t31"
      GROUP BY
        1,
        2
    ) AS "t33"
    LEFT OUTER JOIN "cells" AS "t4"
      ON "t33"."holder" = "t4"."holder"
  ) AS "t34"
  GROUP BY
    1,
    2,
    3
) AS "t35"
