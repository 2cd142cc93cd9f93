"""What each kind of rejection and of note means, in a plain sentence, and what to do about it: one table for all faces.

The codes are those of readers and store (docs/formats.md, docs/store.md); a test finds each that is used and not here.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

NOTHING = _("Nothing to do.")
AGAIN = _("Ask the sender for these readings again.")
WHICH_UNIT = _("Ask the sender which unit is meant, then take the file in once more.")
WHICH_WAY = _("Ask the sender which way the energy went.")
CLOCK = _("Ask the sender how the clock change is written in their files.")
COMPARE = _("Compare a few of these with the sender's own figures.")
FORMAT = _("Tell the sender that their file departs from the format.")
METER = _("Ask the sender whether the meter was changed or reset.")
KNOW = _("Good to know when two files of one sender differ.")


class Said(NamedTuple):
    means: str
    remedy: str


TABLE: dict[str, tuple[str | Promise, str | Promise]] = {
    # ── rejected: not a reading that can be kept ──
    "no_value": (_("The reading has no value. It was not set to zero."), AGAIN),
    "unreadable_value": (_("The value is not a number, or has more digits than a meter can give."), AGAIN),
    "missing": (_("The sender says that there is no reading for this interval."), AGAIN),
    "no_start": (_("The reading does not say when it begins."), AGAIN),
    "no_stamp": (_("The reading bears no time."), AGAIN),
    "unreadable_start": (_("The start of the reading is not a time."), AGAIN),
    "unreadable_stamp": (_("The time of the reading cannot be read."), AGAIN),
    "unreadable_date": (_("The date cannot be read."), AGAIN),
    "start_out_of_range": (_("The start lies before 1970 or after 2099."), AGAIN),
    "no_such_time": (_("The local clock never showed this time: it was set forward past it."), CLOCK),
    "no_such_interval": (_("The day does not have this interval."), CLOCK),
    "no_interval": (_("The length of the interval is not told, or is not above zero."), AGAIN),
    "no_usage_point": (_("The row names no meter and no usage point."), AGAIN),
    "loop_unknown": (_("The quantity stands in a part of the message that has no known meaning."), FORMAT),
    "qualifier_unknown": (_("The quantity is of a kind that has no known meaning."), FORMAT),
    "purpose_unknown": (_("The message does not say whether it is new, a correction or a cancellation."), FORMAT),
    "total_of_intervals": (_("The quantity only adds up intervals that are kept one by one."), NOTHING),
    "total_of_meters": (_("The quantity only adds up meters that are kept one by one."), NOTHING),
    "cancellation": (_("The record repeats what it cancels."), NOTHING),
    "cancelled": (_("The same file cancels this record further on."), NOTHING),
    "destroyed": (_("Readings of this time were destroyed for good, so they are not taken in again."), NOTHING),
    # ── noted: kept, but something about it is unusual ──
    "duplicate": (_("The file says the same of an interval more than once. It is counted once."), NOTHING),
    "conflict": (_("An interval that was known came with another value. Both are kept; the newer one counts."), COMPARE),
    "not_better": (_("An interval came again with a worse quality. Both are kept; the better one counts."), NOTHING),
    "requalified": (_("An interval came again with the same value and another quality."), NOTHING),
    "part_of_total_elsewhere": (
        _("Another file has told of other parts of the same total. Both are kept; the total that was there counts."),
        _("Ask the sender for all parts of the total in one file."),
    ),
    "series_added": (_("Several meters or registers of one usage point were added up."), KNOW),
    "series_repeated": (_("The file holds the same series twice. It is counted once."), FORMAT),
    "readings_cancelled": (_("Readings of an earlier file were cancelled by this one."), NOTHING),
    "cancels_unknown": (_("The file cancels a message that never came."), _("Ask the sender for the message that is missing.")),
    "cancels_again": (_("The file cancels what was cancelled before."), NOTHING),
    "cancelled_earlier": (_("A file that came before this one had cancelled it."), NOTHING),
    "cancels_in_this_file": (_("The file cancels one of its own messages."), NOTHING),
    "cancels_an_earlier_file": (_("The file cancels a message of an earlier file."), NOTHING),
    "unit_unknown": (_("The unit is not known, so these readings are kept apart and not added up."), WHICH_UNIT),
    "unit_assumed": (_("The file names no unit; the usual one of this service was taken."), WHICH_UNIT),
    "unit_assumed_kwh": (_("The file names no unit; kWh was taken."), WHICH_UNIT),
    "no_unit": (_("The file does not say in which unit its readings are."), WHICH_UNIT),
    "channel_unknown": (_("The code of the channel is not in the mapping."), _("Add the code to the mapping.")),
    "direction_unknown": (_("The direction of the energy is not known, so it is kept apart."), WHICH_WAY),
    "no_flow_direction": (_("The file does not say which way the energy went."), WHICH_WAY),
    "negative_without_flow_direction": (_("Values are negative at times and no direction is told: they are taken as net."), WHICH_WAY),
    "negative_value": (_("An amount is below zero. It is kept as it came."), COMPARE),
    "missing_with_value": (_("A value stands where the sender says that there is none. It was left out."), AGAIN),
    "no_quality": (_("The file does not say how good these readings are."), COMPARE),
    "quality_unreadable": (_("The code of the quality cannot be read."), FORMAT),
    "quality_is_free_text": (_("The quality is a free text, which is not kept."), NOTHING),
    "several_qualities": (_("A reading has several qualities. The worst one counts."), NOTHING),
    "notes_not_read": (_("The sender wrote remarks beside readings; they are not kept."), NOTHING),
    "text_among_readings": (_("A line of text stands among the readings. It was passed over."), NOTHING),
    "autumn_hour_missing": (_("On the day of 25 hours, the hour that comes twice is there once."), CLOCK),
    "clock_change_counted_through": (_("On the day of a clock change the times do not fit, but the rows fill the day: they were counted through."), CLOCK),
    "spring_day_counted_through": (_("On the day of 23 hours a value stands in the hour that was skipped: the columns were counted through."), CLOCK),
    "day_ends_a_minute_early": (_("The day ends at 23:59; midnight is meant."), NOTHING),
    "stamp_left_blank": (_("The time is left blank and follows from the reading before."), NOTHING),
    "start_from_block": (_("The start is not told and follows from the block."), NOTHING),
    "start_with_fraction": (_("The start has parts of a second, which were cut off."), NOTHING),
    "no_duration": (_("The length of the interval is not told and was taken from the file's description."), NOTHING),
    "zero_duration": (_("The interval is zero long; its length was taken from the file's description."), FORMAT),
    "duration_unreadable": (_("The length of the interval cannot be read and was taken from the file's description."), FORMAT),
    "duration_contradicted": (_("The length that is told is not the step to the next reading; the step counts."), FORMAT),
    "interval_length_contradicted": (_("The length of an interval is not the one that the file announces."), COMPARE),
    "interval_length_unusual": (_("The length of the intervals is not one that this market uses."), COMPARE),
    "interval_unreadable": (_("The length of the interval cannot be read, or is a month."), FORMAT),
    "not_in_order_of_time": (_("The readings are not in the order of time."), NOTHING),
    "total_contradicts_intervals": (_("A total differs from the intervals that it adds up. The intervals are kept."), COMPARE),
    "quantity_is_not_difference": (_("The amount is not the difference of the two reads."), METER),
    "accumulation_contradicted": (_("The file says that the register runs on, but the values are single amounts."), COMPARE),
    "no_accumulation_behaviour": (_("The file does not say whether values are amounts or register reads."), COMPARE),
    "register_reads_not_kept": (_("Register reads stand beside the amounts; the amounts are kept."), NOTHING),
    "calculation_constant_applied": (_("Values were multiplied by the constant that the file states."), COMPARE),
    "more_readings_than_announced": (_("The record holds more readings than it announces. All were read."), FORMAT),
    "other_record_type": (_("The line is a record of another type, which holds no readings."), NOTHING),
    "other_transaction": (_("The message is of another type, which holds no readings."), NOTHING),
    "no_meter_id": (_("The record names no meter."), AGAIN),
    "nmi_checksum_wrong": (_("The check digit of the meter point is wrong."), COMPARE),
    "no_header": (_("The file has no header, as if several were joined."), FORMAT),
    "several_sections": (_("The file is several files in one."), NOTHING),
    "no_readings": (_("The file holds no reading at all."), AGAIN),
    "cost_not_kept": (_("The readings bear a cost, which is not kept."), NOTHING),
    "tariff_marks_not_kept": (_("The readings bear marks of a tariff, which are not kept."), NOTHING),
    "tariff_periods_parted": (_("Readings of several periods of a tariff share an interval; each became a series."), NOTHING),
    "parts_beside_total": (_("The file holds a total and its parts. The total counts."), NOTHING),
    "parts_differ_from_total": (_("The parts of a total do not add up to it. The total counts."), COMPARE),
    "field_repeated": (_("A field stands twice in a reading. The first one counts."), FORMAT),
    "encoding_mislabelled": (_("The file is written in another encoding than it says."), FORMAT),
    "entry_without_links": (_("An entry does not say to what it belongs."), FORMAT),
    "block_without_link": (_("A block of readings does not say which series it belongs to."), FORMAT),
    "block_of_undeclared_meter_reading": (_("Readings stand under a meter reading that the file does not declare."), FORMAT),
    "reading_type_repeated_differently": (_("The file describes the same readings twice, in different ways."), COMPARE),
    "meter_reading_repeated": (_("The file declares the same series twice."), FORMAT),
    "meter_reading_without_reading_type_link": (_("A series does not say by which description it is to be read."), FORMAT),
    "columns_not_read": (_("The file has columns that are not read."), NOTHING),
    "last_line_not_ended": (_("The last line of the file has no end, so the file may be cut off."), COMPARE),
    "espi_namespace_unusual": (_("The file uses another namespace than the standard."), NOTHING),
    "readings_outside_interval_block": (_("Readings stand outside their block. They were read."), FORMAT),
    "reading_type_code_unreadable": (_("A code in the description of the readings cannot be read."), FORMAT),
    "no_usage_point_told": (_("The file does not describe its usage point."), FORMAT),
    "no_meter_reading": (_("The file does not link readings to their meter."), FORMAT),
    "no_reading_type": (_("The file does not describe its readings."), FORMAT),
    "no_local_time_parameters": (_("The file does not name its time zone; its times are exact all the same."), NOTHING),
    "dst_rule_unusual": (_("The rule for summer time is not written as the standard wants."), NOTHING),
    "dst_offset_unusual": (_("The summer time of the file is not an hour, half an hour or nothing."), NOTHING),
    "no_tz_offset": (_("The file does not say how far its clock is from universal time."), NOTHING),
}  # fmt: skip


def said(kind: str, *, rejected: bool) -> Said:
    """The sentences of a kind, in the reader's language; a kind that is not known is told by its code."""
    # Green Button calls a missing description as mapped CSV calls a row without an id.
    key = "no_usage_point_told" if kind == "no_usage_point" and not rejected else kind
    if key not in TABLE:
        return Said(kind.replace("_", " "), gettext("Ask the sender what it means."))
    means, remedy = TABLE[key]
    return Said(str(means), str(remedy))
