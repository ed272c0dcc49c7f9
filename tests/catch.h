#pragma once

#if APICSIM_CATCH_MAJOR >= 3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>

namespace apicsim::testing {
/// Whether a test case of this process skipped itself. tests/main.cpp turns it into exit status 4.
inline bool& skipped() {
  static bool value = false;
  return value;
}
}  // namespace apicsim::testing

/// As in Catch2 3: ends the test case as skipped, with a text. Only directly in a test case.
#define SKIP(...)                       \
  do {                                  \
    WARN("skipped: " << __VA_ARGS__);   \
    apicsim::testing::skipped() = true; \
    return;                             \
  } while (false)
#endif
