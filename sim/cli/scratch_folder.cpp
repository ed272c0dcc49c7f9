#include "sim/cli/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "sim/cli/output_file.h"

namespace apicsim {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "apicsim-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw OutputError(pattern + ": no temporary folder can be made");
  m_path = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(m_path, error);
}

}  // namespace apicsim
