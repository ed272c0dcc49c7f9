#include "sim/cli/golden_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "sim/digest/sha256.h"
#include "sim/observe/trace_error.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

std::string file_digest(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return hexadecimal(sha256(bytes.str()));
}

}  // namespace

std::vector<std::string> GoldenStore::scenarios() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(m_folder, error)) {
    if (!folder.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(folder.path(), error))
      if (file.path().extension() == ".trace")
        names.push_back(folder.path().filename().string() + "/" + file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path GoldenStore::image_of(const TraceHeader& header, const std::string& scenario) {
  read_images();
  const auto found = m_images.find(header.image_digest);
  if (found != m_images.end()) return found->second;
  throw TraceError(fmt::format(
      "{}: was recorded with an image {} (sha256 {:.16}...) that is not in {}; 'apicsim regress "
      "--update {}' records it with the one that is pinned",
      trace_of(scenario).string(), header.image, header.image_digest, images().string(), scenario));
}

void GoldenStore::read_images() {
  if (m_images_read) return;
  m_images_read = true;
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(images(), error))
    if (file.path().extension() == ".elf") files.push_back(file.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) m_images.emplace(file_digest(file), file);
}

}  // namespace apicsim
