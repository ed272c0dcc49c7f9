#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <systemc>
#include <vector>

#include "models/fabric/dma_port.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// QEMU's firmware configuration device (docs/specs/fw_cfg.rst): items of bytes under 16-bit keys,
/// some of them files with a name, read byte by byte or by DMA.
///
/// A 16-bit write to `ports` selects an item and puts its offset to 0; each byte read gives the
/// next byte, zeros behind the end and of items that do not exist. Byte writes do nothing, as no
/// item can be written. The address of a DMA request is big-endian and begins the transfer when its
/// low half is written; the transfer takes no time.
class FwCfg final : public sc_core::sc_module {
 public:
  using Bytes = std::vector<std::uint8_t>;

  RegisterPort<FwCfg> ports;        ///< 2 bytes: selector, data
  RegisterPort<FwCfg> dma_address;  ///< 8 bytes, at offset 4 of the device
  DmaPort dma;

  FwCfg(const sc_core::sc_module_name& name, const Timebase& timebase);

  /// Items are set before the guest runs. `key` below 0x20 (but not the file directory's), or from
  /// 0x8000 on; a second one under the same key takes the place of the first.
  void set(std::uint16_t key, Bytes contents);
  /// A little-endian number of `width` bytes.
  void set_number(std::uint16_t key, std::uint64_t value, unsigned width);
  /// A file gets the next free key from 0x20 on; `name` has up to 55 characters.
  void add_file(const std::string& name, Bytes contents);

 private:
  struct File {
    std::string name;
    std::uint16_t key;
  };
  /// struct FWCfgDmaAccess with its fields in the host's order.
  struct Request {
    std::uint32_t control;
    std::uint32_t length;
    std::uint64_t address;
  };

  std::uint64_t read_ports(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_ports(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_ports(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t read_dma(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_dma(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_dma(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);

  void select(std::uint16_t key);
  void transfer(std::uint64_t request_address);
  bool fetch(std::uint64_t address, Request& request);
  void report(std::uint64_t request_address, std::uint32_t control);
  bool give(std::uint64_t address, std::uint32_t length);
  void write_directory();

  std::map<std::uint16_t, Bytes> m_items;
  std::vector<File> m_files;  ///< sorted by name, as the directory lists them
  std::uint16_t m_key = 0;
  std::uint64_t m_offset = 0;  ///< of the next byte in the item
  std::uint32_t m_dma_high = 0;
};

}  // namespace apicsim
