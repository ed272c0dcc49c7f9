#include "models/memory/host_mapping.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace apicsim {

HostMapping::HostMapping(std::size_t bytes) : m_bytes(bytes) {
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  // A transparent huge page would make one touched byte cost 2 MiB. Advice only: may fail.
  ::madvise(mapped, bytes, MADV_NOHUGEPAGE);
  m_data = static_cast<std::byte*>(mapped);
}

HostMapping::HostMapping(HostMapping&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr)), m_bytes(std::exchange(other.m_bytes, 0)) {}

HostMapping& HostMapping::operator=(HostMapping&& other) noexcept {
  std::swap(m_data, other.m_data);
  std::swap(m_bytes, other.m_bytes);
  return *this;
}

HostMapping::~HostMapping() {
  if (m_data != nullptr) ::munmap(m_data, m_bytes);
}

}  // namespace apicsim
