#if APICSIM_CATCH_MAJOR >= 3
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include "tests/catch.h"
#endif

#include <cstdlib>
#include <systemc>

namespace {

/// What CTest takes for "skipped" (SKIP_RETURN_CODE); Catch2 3 exits with it by itself.
[[maybe_unused]] constexpr int skipped_status = 4;

int run_session(int argc, char** argv) {
  const int status = Catch::Session().run(argc, argv);
#if APICSIM_CATCH_MAJOR < 3
  if (status == 0 && apicsim::testing::skipped()) return skipped_status;
#endif
  return status;
}

}  // namespace

/// Called with the SystemC kernel initialised. A SystemC error report throws and so fails the test
/// case that caused it.
int sc_main(int argc, char** argv) {
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  return run_session(argc, argv);
}

/// Instead of libsystemc's own, so that the linker takes this file from its archive and the banner
/// stays out of the test output.
int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
