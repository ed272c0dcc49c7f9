#pragma once

#include <stdexcept>

namespace apicsim {

/// A description or a dump that no table can be made of. The text is one line that says what is
/// wrong and what would be right; whoever knows the file and the line puts them in front.
class FirmwareError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace apicsim
