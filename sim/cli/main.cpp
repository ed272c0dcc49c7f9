#include <csignal>
#include <cstdlib>
#include <string>
#include <systemc>
#include <vector>

#include "sim/cli/commands.h"

/// Called by SystemC once its kernel is ready.
int sc_main(int argc, char** argv) {
  // The program itself says how a run ended; SystemC's notes about sc_stop() are not for users.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
  return apicsim::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}

/// Instead of the main() in SystemC's library, which greets with a copyright message.
int main(int argc, char** argv) {
  // A reader that goes away ("apicsim run ... | head") must not cost the output files.
  std::signal(SIGPIPE, SIG_IGN);
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
