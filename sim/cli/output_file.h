#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>

namespace apicsim {

/// A file that cannot be written. One line.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An output that appears complete or not at all: written beside its place and renamed by commit().
/// What is there already and no regular file (a pipe, /dev/null) is written in place.
class OutputFile {
 public:
  /// Throws OutputError when it cannot be created.
  explicit OutputFile(const std::filesystem::path& path);
  /// Without commit() nothing is left behind.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return m_stream; }
  /// Throws OutputError when not everything could be written.
  void commit();

 private:
  std::filesystem::path m_path;
  std::filesystem::path m_written;  ///< m_path, or the temporary file
  std::ofstream m_stream;
  bool m_done = false;
};

}  // namespace apicsim
