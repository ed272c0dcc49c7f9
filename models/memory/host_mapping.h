#pragma once

#include <cstddef>

namespace apicsim {

/// Zero-filled host memory whose pages cost nothing until they are written. Throws std::bad_alloc
/// when the host has no address space left.
class HostMapping {
 public:
  HostMapping() = default;
  explicit HostMapping(std::size_t bytes);
  HostMapping(HostMapping&& other) noexcept;
  HostMapping& operator=(HostMapping&& other) noexcept;
  HostMapping(const HostMapping&) = delete;
  HostMapping& operator=(const HostMapping&) = delete;
  ~HostMapping();

  std::byte* data() const { return m_data; }

 private:
  std::byte* m_data = nullptr;
  std::size_t m_bytes = 0;
};

}  // namespace apicsim
