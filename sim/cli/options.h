#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace apicsim {

/// Reads the arguments of `command`; positional ones become the option `positional`, at most
/// `most` of them. Throws UsageError with one line that names the command.
boost::program_options::variables_map parse_options(
    const std::string& command, const std::vector<std::string>& arguments,
    const boost::program_options::options_description& options, const std::string& positional,
    int most);

}  // namespace apicsim
