#pragma once

#include <cstdint>
#include <tlm>
#include <vector>

namespace apicsim {

/// A payload that is sent on in parts: what it says is put back at the end, whatever happens to the
/// parts.
class PayloadShape {
 public:
  explicit PayloadShape(tlm::tlm_generic_payload& payload)
      : m_payload(payload),
        m_address(payload.get_address()),
        m_data(payload.get_data_ptr()),
        m_length(payload.get_data_length()),
        m_width(payload.get_streaming_width()),
        m_enables(payload.get_byte_enable_ptr()),
        m_enables_length(payload.get_byte_enable_length()) {}
  ~PayloadShape() {
    m_payload.set_address(m_address);
    m_payload.set_data_ptr(m_data);
    m_payload.set_data_length(m_length);
    m_payload.set_streaming_width(m_width);
    m_payload.set_byte_enable_ptr(m_enables);
    m_payload.set_byte_enable_length(m_enables_length);
  }
  PayloadShape(const PayloadShape&) = delete;
  PayloadShape& operator=(const PayloadShape&) = delete;

  std::uint64_t address() const { return m_address; }
  unsigned length() const { return m_length; }

  /// The payload becomes `length` bytes from `offset` on.
  void narrow_to(unsigned offset, unsigned length) {
    m_payload.set_address(m_address + offset);
    m_payload.set_data_ptr(m_data + offset);
    m_payload.set_data_length(length);
    m_payload.set_streaming_width(length);
    if (m_enables == nullptr || m_enables_length == 0) return;
    m_part.resize(length);
    for (unsigned i = 0; i < length; ++i) m_part[i] = m_enables[(offset + i) % m_enables_length];
    m_payload.set_byte_enable_ptr(m_part.data());
    m_payload.set_byte_enable_length(length);
  }

 private:
  tlm::tlm_generic_payload& m_payload;
  std::uint64_t m_address;
  unsigned char* m_data;
  unsigned m_length;
  unsigned m_width;
  unsigned char* m_enables;
  unsigned m_enables_length;
  std::vector<unsigned char> m_part;  ///< byte enables of a part
};

}  // namespace apicsim
