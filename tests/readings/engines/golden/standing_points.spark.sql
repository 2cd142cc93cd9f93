SELECT
  `t6`.`usage_point`,
  `t6`.`channel`,
  `t6`.`unit`,
  `t6`.`start`,
  `t6`.`seconds`,
  `t6`.`value`,
  `t6`.`power_of_ten`,
  `t6`.`quality`,
  `t6`.`lost`,
  `t6`.`received`,
  `t6`.`version`,
  `t6`.`revision`,
  `t6`.`known`
FROM (
  SELECT
    `t3`.`usage_point`,
    `t3`.`channel`,
    `t3`.`unit`,
    `t3`.`start`,
    `t3`.`seconds`,
    `t3`.`value`,
    `t3`.`power_of_ten`,
    `t3`.`quality`,
    `t3`.`lost`,
    `t3`.`received`,
    `t3`.`version`,
    `t3`.`revision`,
    `t3`.`known`,
    `t5`.`usage_point` AS `usage_point_right`,
    `t5`.`channel` AS `channel_right`,
    `t5`.`unit` AS `unit_right`,
    `t5`.`start` AS `start_right`,
    `t5`.`seconds` AS `seconds_right`,
    `t5`.`newest`
  FROM (
    SELECT
      *
    FROM `points` AS `t0`
    WHERE
      (
        (
          `t0`.`known` IS NULL
        ) OR (
          `t0`.`received` <= `t0`.`known`
        )
      )
      AND NOT (
        `t0`.`lost`
      )
  ) AS `t3`
  LEFT OUTER JOIN (
    SELECT
      `t2`.`usage_point`,
      `t2`.`channel`,
      `t2`.`unit`,
      `t2`.`start`,
      `t2`.`seconds`,
      MAX(`t2`.`version`) AS `newest`
    FROM (
      SELECT
        *
      FROM `points` AS `t0`
      WHERE
        (
          (
            `t0`.`known` IS NULL
          ) OR (
            `t0`.`received` <= `t0`.`known`
          )
        )
        AND NOT (
          `t0`.`lost`
        )
        AND `t0`.`revision`
    ) AS `t2`
    GROUP BY
      1,
      2,
      3,
      4,
      5
  ) AS `t5`
    ON `t3`.`usage_point` = `t5`.`usage_point`
    AND `t3`.`channel` = `t5`.`channel`
    AND `t3`.`unit` = `t5`.`unit`
    AND `t3`.`start` = `t5`.`start`
    AND `t3`.`seconds` = `t5`.`seconds`
) AS `t6`
WHERE
  (
    (
      `t6`.`newest` IS NULL
    ) OR (
      `t6`.`version` = `t6`.`newest`
    )
  )
  AND `t6`.`value` IS NOT NULL
  AND `t6`.`channel` IN ('delivered', 'net', 'received')
