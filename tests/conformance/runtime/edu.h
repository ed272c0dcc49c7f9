#pragma once

#include "pci.h"

/// QEMU's edu function (docs/specs/edu.rst): a device whose engine copies between memory and a
/// buffer of 4 KiB, here one that drives all 64 address bits.

class Edu {
 public:
  /// The `index`th one of bus 0, memory decoding and bus mastering on. exists() is false where
  /// there is none.
  explicit Edu(unsigned index = 0);

  bool exists() const { return m_function != pci::none; }
  pci::Function function() const { return m_function; }
  /// As requests carry it: bus 0, device and function.
  u16 requester() const { return static_cast<u16>(m_function); }
  volatile u32& memory(u32 offset) const { return pci::memory(m_function, 0, offset); }

  /// `size` bytes from memory to the buffer at `offset`, or the other way; returns when the engine
  /// is done, true, or does not end, false.
  bool load(u64 from, u32 offset, u32 size) const { return run(from, buffer + offset, size, 0); }
  bool store(u32 offset, u64 to, u32 size) const { return run(buffer + offset, to, size, 2); }

  /// Sends its MSI message.
  void raise() const;
  void set_message(u64 address, u32 data) const;
  void enable_message(bool on) const;

 private:
  static constexpr u64 buffer = 0x40000;
  bool run(u64 source, u64 destination, u32 size, u64 direction) const;
  pci::Function m_function = pci::none;
};
