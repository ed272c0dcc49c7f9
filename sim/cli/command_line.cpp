#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <systemc>

#include "models/fabric/address_map.h"
#include "models/firmware/firmware_error.h"
#include "models/memory/physical_memory.h"
#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/output_file.h"
#include "sim/inspect/elf_error.h"
#include "sim/observe/trace_error.h"
#include "sim/platform/loader.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/place.h"

namespace apicsim {

namespace {

const char* const kHelp =
    R"(apicsim simulates x86-64 servers at cycle level: real machine code on modelled hardware.

Usage: apicsim COMMAND [OPTIONS]

Commands:
  run SCENARIO   runs a scenario and reports how it ended
  trace FILE     shows the events of a trace
  regress        replays scenarios and compares them with their golden traces
  compare A B    runs scenarios, or variants of one, and puts the figures side by side
  firmware FILE  checks ACPI tables, and boots the modelled kernels on them
  list           lists machines, CPUs, timing profiles, guest images and scenarios

'apicsim COMMAND --help' explains a command, with examples.

Try:
  apicsim list
  apicsim run hp-dl360p-gen8/freelist-gpf

Options:
  --version      shows the version
  -h, --help     shows this text
)";

struct Command {
  const char* name;
  CommandFunction function;
};

const Command kCommands[] = {{"run", command_run},           {"trace", command_trace},
                             {"regress", command_regress},   {"compare", command_compare},
                             {"firmware", command_firmware}, {"list", command_list}};

int dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("apicsim: which command? 'apicsim --help' shows them");
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  if (name == "--version") {
    fmt::print("apicsim {} (SystemC {})\n", APICSIM_VERSION, sc_core::sc_release());
    return exit_ok;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command.function({arguments.begin() + 1, arguments.end()});
    names.push_back(command.name);
  }
  const auto close = nearest_name(name, names);
  throw UsageError(fmt::format("apicsim: unknown command '{}'; allowed: {}{}", name,
                               join_names(names),
                               close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

int complain(const char* what, int status) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", what);
  return status;
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) {
  return report_errors([&arguments] { return dispatch(arguments); });
}

int report_errors(const std::function<int()>& command) {
  try {
    return command();
  } catch (const UsageError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const ScenarioError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const ElfError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const LoadError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const FirmwareError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const AddressMapError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const MemoryConfigError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const TraceError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const OutputError& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const std::exception& error) {
    return complain((std::string("apicsim: internal error: ") + error.what()).c_str(),
                    exit_internal_error);
  }
}

}  // namespace apicsim
