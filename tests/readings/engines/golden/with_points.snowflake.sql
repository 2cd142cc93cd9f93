SELECT DISTINCT
  *
FROM (
  SELECT
    "t10"."usage_point"
  FROM (
    SELECT
      "t8"."usage_point",
      "t8"."channel",
      "t8"."unit",
      "t8"."start",
      "t8"."seconds",
      "t8"."value",
      "t8"."power_of_ten",
      "t8"."quality",
      "t8"."lost",
      "t8"."received",
      "t8"."version",
      "t8"."revision",
      "t8"."known"
    FROM (
      SELECT
        "t5"."usage_point",
        "t5"."channel",
        "t5"."unit",
        "t5"."start",
        "t5"."seconds",
        "t5"."value",
        "t5"."power_of_ten",
        "t5"."quality",
        "t5"."lost",
        "t5"."received",
        "t5"."version",
        "t5"."revision",
        "t5"."known",
        "t7"."usage_point" AS "usage_point_right",
        "t7"."channel" AS "channel_right",
        "t7"."unit" AS "unit_right",
        "t7"."start" AS "start_right",
        "t7"."seconds" AS "seconds_right",
        "t7"."newest"
      FROM (
        SELECT
          *
        FROM "points" AS "t1"
        WHERE
          (
            (
              "t1"."known" IS NULL
            ) OR (
              "t1"."received" <= "t1"."known"
            )
          )
          AND NOT (
            "t1"."lost"
          )
      ) AS "t5"
      LEFT OUTER JOIN (
        SELECT
          "t4"."usage_point",
          "t4"."channel",
          "t4"."unit",
          "t4"."start",
          "t4"."seconds",
          MAX("t4"."version") AS "newest"
        FROM (
          SELECT
            *
          FROM "points" AS "t1"
          WHERE
            (
              (
                "t1"."known" IS NULL
              ) OR (
                "t1"."received" <= "t1"."known"
              )
            )
            AND NOT (
              "t1"."lost"
            )
            AND "t1"."revision"
        ) AS "t4"
        GROUP BY
          1,
          2,
          3,
          4,
          5
      ) AS "t7"
        ON "t5"."usage_point" = "t7"."usage_point"
        AND "t5"."channel" = "t7"."channel"
        AND "t5"."unit" = "t7"."unit"
        AND "t5"."start" = "t7"."start"
        AND "t5"."seconds" = "t7"."seconds"
    ) AS "t8"
    WHERE
      (
        (
          "t8"."newest" IS NULL
        ) OR (
          "t8"."version" = "t8"."newest"
        )
      )
      AND "t8"."value" IS NOT NULL
      AND "t8"."channel" IN ('delivered', 'net', 'received')
  ) AS "t10"
  WHERE
    EXISTS(
      SELECT
        1
      FROM "spans" AS "t2"
      WHERE
        "t10"."usage_point" = "t2"."usage_point"
    )
) AS "t11"
