#pragma once

#include <string>

namespace apicsim {

/// A file that the boot loader leaves in memory beside the image.
struct BootModule {
  std::string command_line;  ///< what the image reads of it: by custom the file's name, arguments
  std::string contents;
};

}  // namespace apicsim
