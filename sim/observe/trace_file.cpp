#include "sim/observe/trace_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "sim/digest/sha256.h"
#include "sim/observe/trace_error.h"
#include "sim/observe/trace_file_format.h"

namespace apicsim {

namespace {

using namespace trace_format;

constexpr std::size_t kStartSize = magic_size + 8;

std::uint64_t little_endian(const std::string& bytes, std::size_t at, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes[at + i])} << 8 * i;
  return value;
}

std::string read_bytes(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw TraceError(file.string() + ": cannot be read: is a directory");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw TraceError(file.string() + ": cannot be read: " + std::strerror(errno));
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

}  // namespace

std::string trace_digest(const std::string& bytes) {
  return sha256(bytes.substr(0, bytes.size() - Sha256::size));
}

TraceFile TraceFile::load(const std::filesystem::path& file) {
  return TraceFile(read_bytes(file), file.string());
}

TraceFile::TraceFile(std::string bytes, std::string name)
    : m_bytes(std::move(bytes)), m_name(std::move(name)) {
  read_start();
  check_blocks();
  check_digest();
  m_decoder = std::make_unique<TraceDecoder>(*m_header);
}

void TraceFile::fail(const std::string& what) const { throw TraceError(m_name + ": " + what); }

void TraceFile::read_start() {
  const std::size_t size = m_bytes.size();
  if (m_bytes.compare(0, magic_size, std::string(magic, magic_size), 0,
                      std::min(size, magic_size)) != 0 ||
      size == 0)
    fail("is not a trace of apicsim; 'apicsim run SCENARIO --trace FILE' writes one");
  if (size < kStartSize) fail("is truncated: it ends within its header");
  const std::uint64_t found = little_endian(m_bytes, magic_size, 4);
  if (found != version)
    fail("is a trace of version " + std::to_string(found) + "; this program reads version " +
         std::to_string(version));
  const std::uint64_t length = little_endian(m_bytes, magic_size + 4, 4);
  if (length > largest_header) fail("is damaged: the header's length makes no sense");
  if (length > size - kStartSize) fail("is truncated: it ends within its header");
  m_first = m_at = kStartSize + static_cast<std::size_t>(length);
}

/// Walks over the blocks to the end record without looking into them.
void TraceFile::check_blocks() {
  std::size_t at = m_first;
  for (;;) {
    const std::size_t left = m_bytes.size() - at;
    if (left < 8) fail("is truncated: it has no end");
    const std::uint64_t packed = little_endian(m_bytes, at, 4);
    const std::uint64_t raw = little_endian(m_bytes, at + 4, 4);
    if (packed == 0) break;
    if (raw == 0 || raw > largest_block || packed > compressBound(largest_block))
      fail("is damaged: a block's length makes no sense");
    if (packed > left - 8) fail("is truncated: it ends within a block");
    at += 8 + static_cast<std::size_t>(packed);
  }
  m_end = at;
  const std::size_t left = m_bytes.size() - at;
  if (left < end_size) fail("is truncated: it ends within its end record");
  if (left > end_size) fail("is damaged: something follows its end");
  m_events = little_endian(m_bytes, at + 8, 8);
}

void TraceFile::check_digest() {
  if (m_bytes.compare(m_bytes.size() - Sha256::size, Sha256::size, trace_digest(m_bytes)) != 0)
    fail("is damaged: its digest does not fit its content");
  try {
    m_header = std::make_unique<TraceHeader>(
        parse_header(m_bytes.substr(kStartSize, m_first - kStartSize)));
  } catch (const TraceError& error) {
    fail(error.what());
  }
}

bool TraceFile::next(TraceEvent& event) {
  try {
    while (!m_decoder->next(event))
      if (!open_block()) return false;
  } catch (const TraceError& error) {
    fail(error.what());
  }
  ++m_seen;
  return true;
}

bool TraceFile::open_block() {
  if (m_at == m_end) {
    if (m_seen != m_events) throw TraceError("damaged: the number of events is another one");
    return false;
  }
  const std::uint64_t packed = little_endian(m_bytes, m_at, 4);
  std::string raw(little_endian(m_bytes, m_at + 4, 4), '\0');
  uLongf size = raw.size();
  const auto* const data = reinterpret_cast<const Bytef*>(m_bytes.data()) + m_at + 8;
  if (uncompress(reinterpret_cast<Bytef*>(raw.data()), &size, data, packed) != Z_OK ||
      size != raw.size())
    throw TraceError("damaged: a block cannot be unpacked");
  m_at += 8 + static_cast<std::size_t>(packed);
  m_decoder->set_block(std::move(raw));
  return true;
}

}  // namespace apicsim
