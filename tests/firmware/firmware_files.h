#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "models/firmware/acpi_description.h"

namespace apicsim::test {

inline std::filesystem::path real_tables() {
  return std::filesystem::path(APICSIM_SOURCE_DIR) / ".." / "shared" / "data" / "firmware";
}

inline std::string configs() { return std::string(APICSIM_SOURCE_DIR) + "/configs"; }

inline Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

inline void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// A folder of the test's own below the build tree, empty at first.
inline std::filesystem::path fresh_folder(const std::string& name) {
  const auto folder = std::filesystem::path(APICSIM_BINARY_DIR) / "test-firmware" /
                      (name + "-" + std::to_string(getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace apicsim::test
