#include "sim/cli/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace apicsim {

namespace {

namespace fs = std::filesystem;

bool is_special(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_regular_file(path, error);
}

}  // namespace

OutputFile::OutputFile(const fs::path& path) : m_path(path), m_written(path) {
  if (!is_special(path)) m_written += ".partial-" + std::to_string(getpid());
  errno = 0;
  m_stream.open(m_written, std::ios::binary | std::ios::trunc);
  if (!m_stream)
    throw OutputError(m_path.string() + ": cannot be written: " + std::strerror(errno));
}

OutputFile::~OutputFile() {
  if (m_done || m_written == m_path) return;
  m_stream.close();
  std::error_code error;
  fs::remove(m_written, error);
}

void OutputFile::commit() {
  errno = 0;
  m_stream.close();
  if (!m_stream)
    throw OutputError(m_path.string() + ": cannot be written: " + std::strerror(errno));
  std::error_code error;
  if (m_written != m_path) fs::rename(m_written, m_path, error);
  if (error) throw OutputError(m_path.string() + ": cannot be written: " + error.message());
  m_done = true;
}

}  // namespace apicsim
