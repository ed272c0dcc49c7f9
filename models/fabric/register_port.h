#pragma once

#include <cstdint>

#include "models/fabric/register_target.h"

namespace apicsim {

/// One of several register blocks of a device: hands each access to member functions of its owner,
/// which see what RegisterTarget's virtual functions see.
template <typename Device>
class RegisterPort final : public RegisterTarget {
 public:
  struct Handlers {
    std::uint64_t (Device::*read)(std::uint64_t offset, unsigned size, Cycle now);
    void (Device::*write)(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
    std::uint64_t (Device::*peek)(std::uint64_t offset, unsigned size, Cycle now) const;
  };

  RegisterPort(const sc_core::sc_module_name& name, const Timebase& timebase, Device& device,
               const Handlers& handlers)
      : RegisterTarget(name, timebase), m_device(device), m_handlers(handlers) {}

 private:
  std::uint64_t read_register(std::uint64_t offset, unsigned size, Cycle now) override {
    return (m_device.*m_handlers.read)(offset, size, now);
  }
  void write_register(std::uint64_t offset, unsigned size, std::uint64_t value,
                      Cycle now) override {
    (m_device.*m_handlers.write)(offset, size, value, now);
  }
  std::uint64_t peek_register(std::uint64_t offset, unsigned size, Cycle now) const override {
    return (m_device.*m_handlers.peek)(offset, size, now);
  }

  Device& m_device;
  Handlers m_handlers;
};

}  // namespace apicsim
