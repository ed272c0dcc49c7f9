#include "sim/cli/options.h"

#include "sim/cli/exit_status.h"

namespace apicsim {

namespace po = boost::program_options;

po::variables_map parse_options(const std::string& command,
                                const std::vector<std::string>& arguments,
                                const po::options_description& options,
                                const std::string& positional, int most) {
  po::options_description all(options);
  po::positional_options_description order;
  if (!positional.empty()) {
    all.add_options()(positional.c_str(), po::value<std::vector<std::string>>());
    order.add(positional.c_str(), most);
  }
  // Abbreviations would change their meaning when an option is added.
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    po::variables_map values;
    po::store(po::command_line_parser(arguments).options(all).positional(order).style(style).run(),
              values);
    po::notify(values);
    return values;
  } catch (const po::error& error) {
    throw UsageError("apicsim " + command + ": " + error.what() + "; see 'apicsim " + command +
                     " --help'");
  }
}

}  // namespace apicsim
