// Verbs for the drivers of devices that do DMA by themselves.
#include "guest/drivers/nic.h"
#include "guest/drivers/nvme.h"
#include "guest/drivers/offload.h"
#include "guest/include/errno.h"
#include "guest/kernel/printk.h"
#include "guest/mm/page_alloc.h"
#include "guest/workload/verbs.h"

namespace {

int nic_of(const Command& command) { return static_cast<int>(command.number("nic")); }

constexpr unsigned kDiskOrder = 5;  // 128 KiB, the most that the driver moves at once

// What a block holds that was written with a seed.
u8 disk_byte(u64 seed, u64 place) {
  return static_cast<u8>((seed + place / 8) * 0x9e3779b97f4a7c15ull >> (place % 8 * 8));
}

// The first byte that is not what the seed says; `bytes` if all are.
u64 first_difference(const u8* data, u64 bytes, u64 seed, u64 place) {
  for (u64 i = 0; i < bytes; ++i) {
    if (data[i] != disk_byte(seed, place + i)) return i;
  }
  return bytes;
}

struct DiskRange {
  u64 block;
  u32 count;
  u64 place, bytes;
};

DiskRange range_of(const Command& command) {
  const u64 size = nvme_disk().block_bytes;
  DiskRange range;
  range.block = command.number("block");
  range.count = static_cast<u32>(command.number("count"));
  range.place = range.block * size;
  range.bytes = range.count * size;
  return range;
}

// A buffer for it, filled as the seed says; null if it is too large or there is no memory.
u8* disk_buffer(const DiskRange& range, u64 seed) {
  if (range.bytes > kPageSize << kDiskOrder) return nullptr;
  auto* buffer = static_cast<u8*>(get_free_pages(GFP_KERNEL | __GFP_ZERO, kDiskOrder));
  for (u64 i = 0; buffer != nullptr && i < range.bytes; ++i)
    buffer[i] = disk_byte(seed, range.place + i);
  return buffer;
}

}  // namespace

void do_nic_up(const Command& command, int cpu) {
  const auto enable = command.number("receive") == 0 ? ReceiveEnable::last : ReceiveEnable::first;
  report_error(command, cpu,
               nic_up(nic_of(command), enable, static_cast<u32>(command.number("gap_us"))));
}

void do_nic_down(const Command& command, int cpu) {
  const auto stop = command.number("receive") == 0 ? ReceiveStop::stopped : ReceiveStop::forgotten;
  report_error(command, cpu, nic_down(nic_of(command), stop));
}

void do_nic_send(const Command& command, int cpu) {
  report_error(
      command, cpu,
      nic_send(nic_of(command), command.number("count"), static_cast<u32>(command.number("size"))));
}

void do_nic_wait(const Command& command, int cpu) {
  report_error(command, cpu,
               nic_wait_received(nic_of(command), command.number("count"),
                                 static_cast<u32>(command.number("ms"))));
}

void do_nic_show(const Command&) {
  for (int nic = 0; nic < kMostNics; ++nic) {
    const NicCounts counts = nic_counts(nic);
    if (!counts.up) continue;
    pr_info("workload: eth%d: %llu frames sent, %llu received, %llu damaged, %llu not mapped\n",
            nic, static_cast<unsigned long long>(counts.sent),
            static_cast<unsigned long long>(counts.received),
            static_cast<unsigned long long>(counts.damaged),
            static_cast<unsigned long long>(counts.unmapped));
  }
}

void do_disk_write(const Command& command, int cpu) {
  const DiskRange range = range_of(command);
  u8* buffer = disk_buffer(range, command.number("seed"));
  if (buffer == nullptr) return report_error(command, cpu, -ENOMEM);
  report_error(command, cpu, nvme_write(range.block, range.count, buffer));
  free_pages(buffer, kDiskOrder);
}

void do_disk_read(const Command& command, int cpu) {
  const DiskRange range = range_of(command);
  u8* buffer = disk_buffer(range, ~command.number("seed"));
  if (buffer == nullptr) return report_error(command, cpu, -ENOMEM);
  const long error = nvme_read(range.block, range.count, buffer);
  report_error(command, cpu, error);
  const u64 seed = command.number("seed");
  const u64 good = first_difference(buffer, range.bytes, seed, range.place);
  if (error == 0 && command.value("seed").given && good != range.bytes)
    report_command(command, cpu, "the disk holds something else");
  free_pages(buffer, kDiskOrder);
}

void do_firmware_load(const Command& command, int cpu) {
  report_error(command, cpu, offload_load());
}

namespace {

// What a copy or a fill should have left there; a checksum leaves nothing.
bool is_expected(OffloadOperation operation, const u8* to, u32 bytes, u64 seed) {
  if (operation == OffloadOperation::copy) return first_difference(to, bytes, seed, 0) == bytes;
  for (u32 i = 0; operation == OffloadOperation::fill && i < bytes; ++i) {
    if (to[i] != disk_byte(seed, 0)) return false;
  }
  return true;
}

}  // namespace

void do_offload_run(const Command& command, int cpu) {
  constexpr u64 kSeed = 3;
  const u32 bytes = static_cast<u32>(command.number("bytes"));
  auto* memory = static_cast<u8*>(get_free_pages(GFP_KERNEL | __GFP_ZERO, 1));
  if (memory == nullptr) return report_error(command, cpu, -ENOMEM);
  u8* to = memory + kPageSize;
  for (u64 i = 0; i < bytes; ++i) memory[i] = disk_byte(kSeed, i);
  const auto operation = static_cast<OffloadOperation>(command.number("operation") + 1);
  const bool writes = operation != OffloadOperation::crc32;
  const bool reads = operation != OffloadOperation::fill;
  OffloadResult result = {};
  const long error = offload_run(operation, reads ? memory : nullptr, writes ? to : nullptr, bytes,
                                 disk_byte(kSeed, 0), &result);
  report_error(command, cpu, error);
  if (error == 0)
    pr_info("workload: offload: status %u, result %#x%s\n", result.status, result.result,
            is_expected(operation, to, bytes, kSeed) ? "" : ", memory is not as it should be");
  free_pages(memory, 1);
}
