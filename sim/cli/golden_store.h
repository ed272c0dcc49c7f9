#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/observe/trace_header.h"

namespace apicsim {

/// The folder traces/: golden traces by scenario ("<machine>/<name>.trace") and the guest images
/// that they were recorded with (images/).
class GoldenStore {
 public:
  explicit GoldenStore(const std::filesystem::path& folder) : m_folder(folder) {}

  std::filesystem::path images() const { return m_folder / "images"; }
  std::filesystem::path trace_of(const std::string& scenario) const {
    return m_folder / (scenario + ".trace");
  }
  /// Scenarios that have a golden trace, sorted.
  std::vector<std::string> scenarios() const;
  /// The pinned image that a golden trace was recorded with. Throws TraceError: there is none.
  std::filesystem::path image_of(const TraceHeader& header, const std::string& scenario);

 private:
  void read_images();

  std::filesystem::path m_folder;
  bool m_images_read = false;
  std::map<std::string, std::filesystem::path> m_images;  ///< by SHA-256
};

}  // namespace apicsim
