SELECT
  "t2"."holder",
  "t2"."usage_point",
  "t3"."period",
  GREATEST("t2"."span_start", "t3"."period_start") AS "window_start",
  LEAST("t2"."span_end", "t3"."period_end") AS "window_end"
FROM "spans" AS "t2"
INNER JOIN "periods" AS "t3"
  ON "t2"."span_start" < "t3"."period_end" AND "t2"."span_end" > "t3"."period_start"
