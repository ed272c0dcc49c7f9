#pragma once

#include <cstdint>

namespace apicsim {

/// A point in time of the proleptic Gregorian calendar, without time zone or leap seconds.
struct CalendarTime {
  unsigned year = 1970;
  unsigned month = 1;  ///< 1..12
  unsigned day = 1;    ///< 1..31
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned weekday = 4;  ///< 0 Sunday .. 6; ignored on the way to seconds
};

/// `seconds` since 1970-01-01 00:00:00; up to the year 9999.
CalendarTime to_calendar(std::uint64_t seconds);

/// The reverse. Fields out of range carry over as mktime does; times before 1970 give 0.
std::uint64_t to_seconds(const CalendarTime& time);

}  // namespace apicsim
