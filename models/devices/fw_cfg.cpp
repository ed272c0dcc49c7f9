#include "models/devices/fw_cfg.h"

#include <algorithm>

#include "models/devices/spec/fw_cfg.h"

namespace apicsim {

namespace {

constexpr std::uint32_t kPiece = 4096;  // a transfer moves no more at once

/// FW_CFG comes with no PCI address: its requests carry the requester id of nothing on the bus, and
/// pass no remapping unit.
constexpr std::uint32_t kNoRequester = 0;

std::uint64_t big_endian(const std::uint8_t* bytes, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value = value << 8 | bytes[i];
  return value;
}

void put_big_endian(FwCfg::Bytes& to, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint32_t swapped(std::uint64_t value) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) result = result << 8 | (value >> (8 * i) & 0xFF);
  return result;
}

}  // namespace

FwCfg::FwCfg(const sc_core::sc_module_name& name, const Timebase& timebase)
    : sc_module(name),
      ports("ports", timebase, *this,
            {&FwCfg::read_ports, &FwCfg::write_ports, &FwCfg::peek_ports}),
      dma_address("dma_address", timebase, *this,
                  {&FwCfg::read_dma, &FwCfg::write_dma, &FwCfg::peek_dma}),
      dma("dma", kNoRequester) {
  set(fw_cfg::key_signature, {std::begin(fw_cfg::signature), std::end(fw_cfg::signature)});
  set_number(fw_cfg::key_id, fw_cfg::id_traditional | fw_cfg::id_dma, 4);
  write_directory();
}

// --- items ---------------------------------------------------------------------------------------

void FwCfg::set(std::uint16_t key, Bytes contents) { m_items[key] = std::move(contents); }

void FwCfg::set_number(std::uint16_t key, std::uint64_t value, unsigned width) {
  Bytes bytes;
  for (unsigned i = 0; i < width; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  set(key, std::move(bytes));
}

void FwCfg::add_file(const std::string& name, Bytes contents) {
  const auto key = static_cast<std::uint16_t>(fw_cfg::key_first_file + m_files.size());
  set(key, std::move(contents));
  const auto behind = std::find_if(m_files.begin(), m_files.end(),
                                   [&](const File& file) { return file.name > name; });
  m_files.insert(behind, {name, key});
  write_directory();
}

void FwCfg::write_directory() {
  Bytes directory;
  put_big_endian(directory, m_files.size(), 4);
  for (const File& file : m_files) {
    const std::size_t end = directory.size() + fw_cfg::entry_size;
    put_big_endian(directory, m_items[file.key].size(), 4);
    put_big_endian(directory, file.key, 2);
    put_big_endian(directory, 0, 2);
    const auto length = std::min<std::size_t>(file.name.size(), fw_cfg::name_size - 1);
    directory.insert(directory.end(), file.name.data(), file.name.data() + length);
    directory.resize(end);
  }
  set(fw_cfg::key_directory, std::move(directory));
}

// --- selector and data ---------------------------------------------------------------------------

void FwCfg::select(std::uint16_t key) {
  m_key = key;
  m_offset = 0;
}

std::uint64_t FwCfg::peek_ports(std::uint64_t, unsigned size, Cycle) const {
  const auto item = m_items.find(m_key);
  const bool behind = item == m_items.end() || m_offset >= item->second.size();
  return size != 1 || behind ? 0 : item->second[m_offset];
}

std::uint64_t FwCfg::read_ports(std::uint64_t offset, unsigned size, Cycle now) {
  const std::uint64_t value = peek_ports(offset, size, now);
  if (size == 1) ++m_offset;
  return value;
}

void FwCfg::write_ports(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle) {
  if (offset == 0 && size == 2) select(static_cast<std::uint16_t>(value));
}

// --- DMA -----------------------------------------------------------------------------------------

std::uint64_t FwCfg::peek_dma(std::uint64_t offset, unsigned size, Cycle) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < sizeof fw_cfg::dma_signature; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(fw_cfg::dma_signature[offset + i])} << (8 * i);
  return value;
}

std::uint64_t FwCfg::read_dma(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_dma(offset, size, now);
}

void FwCfg::write_dma(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle) {
  if (offset == 0 && size == 4) m_dma_high = swapped(value);
  const bool low = offset == 4 && size == 4;
  const bool whole = offset == 0 && size == 8;
  if (!low && !whole) return;
  const std::uint64_t high = low ? m_dma_high : swapped(value);
  m_dma_high = 0;
  transfer(high << 32 | swapped(low ? value : value >> 32));
}

bool FwCfg::fetch(std::uint64_t address, Request& request) {
  std::uint8_t bytes[fw_cfg::dma_request_size] = {};
  sc_core::sc_time delay;
  if (dma.read(address, bytes, sizeof bytes, delay) != tlm::TLM_OK_RESPONSE) return false;
  request.control = static_cast<std::uint32_t>(big_endian(bytes, 4));
  request.length = static_cast<std::uint32_t>(big_endian(bytes + 4, 4));
  request.address = big_endian(bytes + 8, 8);
  return true;
}

void FwCfg::report(std::uint64_t request_address, std::uint32_t control) {
  Bytes bytes;
  put_big_endian(bytes, control, 4);
  sc_core::sc_time delay;
  dma.write(request_address, bytes.data(), 4, delay);
}

/// One request: the result, 0 or the error bit, takes the place of its control field.
void FwCfg::transfer(std::uint64_t request_address) {
  Request request;
  if (!fetch(request_address, request)) {
    report(request_address, fw_cfg::dma_error);
    return;
  }
  if ((request.control & fw_cfg::dma_select) != 0)
    select(static_cast<std::uint16_t>(request.control >> 16));
  bool good = true;
  if ((request.control & fw_cfg::dma_read) != 0)
    good = give(request.address, request.length);
  else if ((request.control & fw_cfg::dma_write) != 0)
    good = request.length == 0;
  else if ((request.control & fw_cfg::dma_skip) != 0)
    m_offset += request.length;
  report(request_address, good ? 0 : fw_cfg::dma_error);
}

/// The item's bytes from the offset on, and zeros behind its end.
bool FwCfg::give(std::uint64_t address, std::uint32_t length) {
  const auto item = m_items.find(m_key);
  const std::uint64_t available =
      item == m_items.end() || m_offset >= item->second.size() ? 0 : item->second.size() - m_offset;
  for (std::uint32_t done = 0; done < length;) {
    const std::uint32_t piece = std::min(kPiece, length - done);
    Bytes bytes(piece);
    for (std::uint32_t i = 0; i < piece && done + i < available; ++i)
      bytes[i] = item->second[m_offset + done + i];
    sc_core::sc_time delay;
    if (dma.write(address + done, bytes.data(), piece, delay) != tlm::TLM_OK_RESPONSE) return false;
    done += piece;
  }
  m_offset += length;
  return true;
}

}  // namespace apicsim
