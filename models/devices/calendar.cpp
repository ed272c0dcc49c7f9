#include "models/devices/calendar.h"

namespace apicsim {
namespace {

constexpr std::uint64_t day_seconds = 86'400;

bool is_leap(unsigned year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_in(unsigned year, unsigned month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Days from year 0 to the first of January of `year`.
std::uint64_t days_before(std::uint64_t year) {
  if (year == 0) return 0;
  const std::uint64_t past = year - 1;
  return year * 365 + past / 4 - past / 100 + past / 400 + 1;
}

}  // namespace

CalendarTime to_calendar(std::uint64_t seconds) {
  CalendarTime time;
  const std::uint64_t days = seconds / day_seconds;
  const std::uint64_t rest = seconds % day_seconds;
  time.hour = static_cast<unsigned>(rest / 3600);
  time.minute = static_cast<unsigned>(rest / 60 % 60);
  time.second = static_cast<unsigned>(rest % 60);
  time.weekday = static_cast<unsigned>((days + 4) % 7);
  // A first guess that is never too late, then whole years and months.
  time.year = static_cast<unsigned>(1970 + days / 366);
  while (days_before(time.year + 1) - days_before(1970) <= days) ++time.year;
  std::uint64_t left = days - (days_before(time.year) - days_before(1970));
  for (time.month = 1; left >= days_in(time.year, time.month); ++time.month)
    left -= days_in(time.year, time.month);
  time.day = static_cast<unsigned>(left + 1);
  return time;
}

std::uint64_t to_seconds(const CalendarTime& time) {
  if (time.year < 1970 || time.month == 0 || time.day == 0) return 0;
  const unsigned year = time.year + (time.month - 1) / 12;
  const unsigned month = (time.month - 1) % 12 + 1;
  std::uint64_t days = days_before(year) - days_before(1970) + (time.day - 1);
  for (unsigned m = 1; m < month; ++m) days += days_in(year, m);
  return days * day_seconds + time.hour * 3600u + time.minute * 60u + time.second;
}

}  // namespace apicsim
