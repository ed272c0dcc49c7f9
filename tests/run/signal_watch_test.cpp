#include "sim/run/signal_watch.h"

#include <csignal>

#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("A signal becomes a request that stays, and does not end the process") {
  for (const int number : {SIGINT, SIGTERM}) {
    SignalWatch watch;
    CHECK_FALSE(watch.requested());
    raise(number);
    CHECK(watch.requested());
    CHECK(watch.requested());
    raise(number);
  }
}
