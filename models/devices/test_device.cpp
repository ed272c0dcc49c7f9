#include "models/devices/test_device.h"

#include "models/devices/register_bytes.h"

namespace apicsim {

TestDevice::TestDevice(const sc_core::sc_module_name& name, const Timebase& timebase,
                       std::vector<InterruptLine*> wires)
    : sc_module(name),
      lines("lines", timebase, *this,
            {&TestDevice::read_nothing, &TestDevice::write_line, &TestDevice::peek_nothing}),
      data("data", timebase, *this,
           {&TestDevice::read_data, &TestDevice::write_data, &TestDevice::peek_data}),
      flush("flush", timebase, *this,
            {&TestDevice::read_nothing, &TestDevice::drop, &TestDevice::peek_nothing}),
      bytes("bytes", timebase, *this,
            {&TestDevice::read_data, &TestDevice::write_data, &TestDevice::peek_data}),
      memory("memory", timebase, *this,
             {&TestDevice::read_memory, &TestDevice::write_memory, &TestDevice::peek_memory}),
      m_wires(std::move(wires)),
      m_memory(memory_size) {}

std::uint64_t TestDevice::peek_nothing(std::uint64_t, unsigned, Cycle) const { return 0; }

std::uint64_t TestDevice::read_nothing(std::uint64_t, unsigned, Cycle) { return 0; }

void TestDevice::drop(std::uint64_t, unsigned, std::uint64_t, Cycle) {}

void TestDevice::write_line(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (size != 1 || offset >= m_wires.size() || m_wires[offset] == nullptr) return;
  m_wires[offset]->set(value != 0, now);
}

std::uint64_t TestDevice::peek_data(std::uint64_t offset, unsigned, Cycle) const {
  return part_of(m_data, offset, 4);
}

std::uint64_t TestDevice::read_data(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_data(offset, size, now);
}

void TestDevice::write_data(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle) {
  m_data = static_cast<std::uint32_t>(merged(m_data, offset, size, value));
}

std::uint64_t TestDevice::peek_memory(std::uint64_t offset, unsigned size, Cycle) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < m_memory.size(); ++i)
    value |= std::uint64_t{m_memory[offset + i]} << (8 * i);
  return value;
}

std::uint64_t TestDevice::read_memory(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_memory(offset, size, now);
}

void TestDevice::write_memory(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle) {
  for (unsigned i = 0; i < size && offset + i < m_memory.size(); ++i)
    m_memory[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace apicsim
