#include "guest/drivers/nic.h"

#include "guest/arch/atomic.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/arch/percpu.h"
#include "guest/drivers/nic_ring.h"
#include "guest/drivers/wait.h"
#include "guest/include/errno.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/slab.h"
#include "guest/sched/task.h"

namespace {

constexpr u16 kIntel = 0x8086, k82574 = 0x10d3;

// Data sheet chapter 10.2.
constexpr u32 kRegControl = 0x0000, kRegStatus = 0x0008;
constexpr u32 kRegCause = 0x00c0, kRegMaskSet = 0x00d0, kRegMaskClear = 0x00d8;
constexpr u32 kRegReceive = 0x0100, kRegTransmit = 0x0400;
constexpr u32 kRegRxBase = 0x2800, kRegTxBase = 0x3800;  // low, high, length, head, tail at:
constexpr u32 kRingHigh = 4, kRingSize = 8, kRingHead = 0x10, kRingTail = 0x18;
constexpr u32 kRegMulticast = 0x5200, kMulticastWords = 128;
constexpr u32 kRegAddressLow = 0x5400, kRegAddressHigh = 0x5404;

constexpr u32 kControlReset = 1u << 26, kControlLinkUp = 1u << 6;
constexpr u32 kStatusLinkUp = 1u << 1;
constexpr u32 kReceiveEnable = 1u << 1, kReceiveBroadcast = 1u << 15, kReceiveStripCrc = 1u << 26;
constexpr u32 kTransmitEnable = 1u << 1, kTransmitPad = 1u << 3;
constexpr u32 kTransmitTimes = 15u << 4 | 63u << 12;  // collision threshold and distance
constexpr u32 kCauseTxWritten = 1u << 0, kCauseLink = 1u << 2, kCauseRxMinimum = 1u << 4;
constexpr u32 kCauseRxOverrun = 1u << 6, kCauseRxTimer = 1u << 7;
constexpr u8 kEndOfPacket = 1, kInsertFcs = 2, kReportStatus = 8;

constexpr u16 kExperimental = 0x88b5;  // EtherType for local experiments (IEEE 802)
constexpr u32 kHeaderBytes = 14;
constexpr u32 kPatienceMs = 1000;

struct Nic {
  const PciFunction* function;
  volatile u8* registers;
  u8 mac[6];
  NicCounts counts;
  NicRing<RxDescriptor> rx;
  NicRing<TxDescriptor> tx;
  u32 tx_clean;  // the oldest descriptor that the function may still have
};
Nic nics[kMostNics];
int nic_total;

u32 read_reg(const Nic& nic, u32 offset) { return readl(nic.registers + offset); }
void write_reg(const Nic& nic, u32 offset, u32 value) { writel(value, nic.registers + offset); }

Nic* find(int index) { return index >= 0 && index < nic_total ? &nics[index] : nullptr; }

// A fresh buffer at a descriptor. False if there is none: its address is then 0.
bool refill(Nic* nic, u32 index) {
  RxDescriptor& d = nic->rx.descriptors[index];
  d = {};
  auto* buffer = static_cast<u8*>(__kmalloc(kBufferBytes, GFP_ATOMIC));
  nic->rx.buffers[index] = buffer;
  if (buffer == nullptr) return false;
  const u64 address =
      dma_map_single(*nic->function, buffer, kBufferBytes, DmaDirection::from_device);
  if (address == kDmaMappingError) {
    ++nic->counts.unmapped;
    kfree(buffer);
    nic->rx.buffers[index] = nullptr;
    return false;
  }
  d.address = address;
  return true;
}

// What the sender of this driver writes behind the header: the low byte of a byte's place.
bool is_whole(const u8* frame, u32 length) {
  if (length < kHeaderBytes || frame[12] != kExperimental >> 8) return true;
  for (u32 i = kHeaderBytes; i < length && i < 60; ++i) {
    if (frame[i] != static_cast<u8>(i)) return false;
  }
  return true;
}

void receive(Nic* nic) {
  u32 last = kRingLength;
  for (;; nic->rx.next = (nic->rx.next + 1) % kRingLength) {
    const u32 index = nic->rx.next;
    RxDescriptor& d = nic->rx.descriptors[index];
    if ((load_acquire(d.status) & kDescriptorDone) == 0) break;
    u8* buffer = nic->rx.buffers[index];
    if (buffer != nullptr) {
      dma_unmap_single(*nic->function, d.address, kBufferBytes);
      ++nic->counts.received;
      if (d.errors != 0 || !is_whole(buffer, d.length)) ++nic->counts.damaged;
      kfree(buffer);
    }
    refill(nic, index);
    last = index;
  }
  if (last != kRingLength) write_reg(*nic, kRegRxBase + kRingTail, last);
}

void reclaim(Nic* nic) {
  while (nic->tx_clean != nic->tx.next) {
    TxDescriptor& d = nic->tx.descriptors[nic->tx_clean];
    if ((load_acquire(d.status) & kDescriptorDone) == 0) return;
    dma_unmap_single(*nic->function, d.address, d.length);
    kfree(nic->tx.buffers[nic->tx_clean]);
    nic->tx.buffers[nic->tx_clean] = nullptr;
    ++nic->counts.sent;
    nic->tx_clean = (nic->tx_clean + 1) % kRingLength;
  }
}

void nic_interrupt(void* data) {
  auto* nic = static_cast<Nic*>(data);
  const u32 cause = read_reg(*nic, kRegCause);
  if (!nic->counts.up) return;
  if ((cause & (kCauseRxTimer | kCauseRxMinimum | kCauseRxOverrun)) != 0) receive(nic);
  if ((cause & kCauseTxWritten) != 0) reclaim(nic);
}

void reset(Nic* nic) {
  write_reg(*nic, kRegMaskClear, ~0u);
  write_reg(*nic, kRegControl, read_reg(*nic, kRegControl) | kControlReset);
  udelay(10);
  write_reg(*nic, kRegMaskClear, ~0u);
  read_reg(*nic, kRegCause);
}

void read_address(Nic* nic) {
  const u32 low = read_reg(*nic, kRegAddressLow), high = read_reg(*nic, kRegAddressHigh);
  for (int i = 0; i < 4; ++i) nic->mac[i] = static_cast<u8>(low >> 8 * i);
  for (int i = 0; i < 2; ++i) nic->mac[4 + i] = static_cast<u8>(high >> 8 * i);
}

bool set_up_interrupt(Nic* nic) {
  MsiMessage message;
  return request_msi(nic->function->requester(), smp_processor_id(), nic_interrupt, nic, "nic",
                     &message) &&
         pci_enable_msi(*nic->function, message.address, message.data);
}

void probe(const PciFunction& f) {
  if (nic_total == kMostNics || f.memory[0].address == 0) return;
  Nic* nic = &nics[nic_total];
  nic->function = &f;
  nic->registers = static_cast<volatile u8*>(ioremap(f.memory[0].address, f.memory[0].size));
  if (nic->registers == nullptr) return;
  pci_enable(f);
  dma_set_mask(f, ~u64{0});
  reset(nic);
  read_address(nic);
  if (!set_up_interrupt(nic)) {
    pr_err("e1000e 0000:%02x:%02x.%d: no interrupt\n", f.bus, f.device, f.function);
    return;
  }
  const u8* m = nic->mac;
  // drivers/net/ethernet/intel/e1000e/netdev.c e1000_print_device_info()
  pr_info(
      "e1000e 0000:%02x:%02x.%d eth%d: (PCI Express:2.5GT/s:Width x1) "
      "%02x:%02x:%02x:%02x:%02x:%02x\n",
      f.bus, f.device, f.function, nic_total, m[0], m[1], m[2], m[3], m[4], m[5]);
  ++nic_total;
}

void write_ring(const Nic& nic, u32 base, u64 address) {
  write_reg(nic, base, static_cast<u32>(address));
  write_reg(nic, base + kRingHigh, static_cast<u32>(address >> 32));
  write_reg(nic, base + kRingSize, kRingBytes);
  write_reg(nic, base + kRingHead, 0);
}

// One descriptor stays with the driver: head and tail alike mean an empty ring.
bool fill_receive_ring(Nic* nic) {
  for (u32 i = 0; i < kRingLength - 1; ++i) {
    if (!refill(nic, i)) return false;
  }
  return true;
}

void enable_receive(const Nic& nic) {
  write_reg(nic, kRegReceive, kReceiveEnable | kReceiveBroadcast | kReceiveStripCrc);
}

void start_hardware(Nic* nic, ReceiveEnable enable, u32 gap_us) {
  write_reg(*nic, kRegControl, read_reg(*nic, kRegControl) | kControlLinkUp);
  for (u32 i = 0; i < kMulticastWords; ++i) write_reg(*nic, kRegMulticast + 4 * i, 0);
  if (enable == ReceiveEnable::first) {
    enable_receive(*nic);
    udelay(gap_us);
  }
  write_ring(*nic, kRegTxBase, nic->tx.address);
  write_reg(*nic, kRegTxBase + kRingTail, 0);
  write_reg(*nic, kRegTransmit, kTransmitEnable | kTransmitPad | kTransmitTimes);
  write_ring(*nic, kRegRxBase, nic->rx.address);
  enable_receive(*nic);
  write_reg(*nic, kRegRxBase + kRingTail, kRingLength - 1);
  write_reg(*nic, kRegMaskSet,
            kCauseTxWritten | kCauseLink | kCauseRxMinimum | kCauseRxOverrun | kCauseRxTimer);
}

bool queue_frame(Nic* nic, u32 size) {
  const u32 index = nic->tx.next;
  auto* frame = static_cast<u8*>(__kmalloc(kBufferBytes, GFP_KERNEL));
  if (frame == nullptr) return false;
  for (u32 i = 0; i < size; ++i) frame[i] = static_cast<u8>(i);
  memset(frame, 0xff, 6);
  memcpy(frame + 6, nic->mac, 6);
  frame[12] = kExperimental >> 8;
  frame[13] = kExperimental & 0xff;
  const u64 address = dma_map_single(*nic->function, frame, size, DmaDirection::to_device);
  if (address == kDmaMappingError) {
    ++nic->counts.unmapped;
    kfree(frame);
    return false;
  }
  nic->tx.buffers[index] = frame;
  nic->tx.descriptors[index] = {
      address, static_cast<u16>(size), 0, kEndOfPacket | kInsertFcs | kReportStatus, 0, 0, 0};
  write_once(nic->tx.next, (index + 1) % kRingLength);
  write_reg(*nic, kRegTxBase + kRingTail, nic->tx.next);
  return true;
}

u32 free_descriptors(const Nic& nic) {
  return (read_once(nic.tx_clean) + kRingLength - 1 - nic.tx.next) % kRingLength;
}

}  // namespace

void nic_init() {
  for (int i = 0; i < pci_function_count(); ++i) {
    const PciFunction& f = pci_function(i);
    if (f.vendor == kIntel && f.device_id == k82574) probe(f);
  }
}

long nic_up(int index, ReceiveEnable enable, u32 gap_us) {
  Nic* nic = find(index);
  if (nic == nullptr) return -ENODEV;
  if (nic->counts.up) return -EBUSY;
  nic->counts = {};
  nic->tx_clean = 0;
  if (!make_ring(*nic->function, &nic->rx) || !make_ring(*nic->function, &nic->tx) ||
      !fill_receive_ring(nic)) {
    free_ring(*nic->function, &nic->rx);
    free_ring(*nic->function, &nic->tx);
    return -ENOMEM;
  }
  nic->counts.up = true;
  start_hardware(nic, enable, gap_us);
  const bool link =
      wait_until(100, [nic] { return (read_reg(*nic, kRegStatus) & kStatusLinkUp) != 0; });
  // drivers/net/ethernet/intel/e1000e/netdev.c e1000_print_link_info()
  if (link)
    pr_info("e1000e: eth%d NIC Link is Up 1000 Mbps Full Duplex, Flow Control: None\n", index);
  return 0;
}

long nic_down(int index, ReceiveStop stop) {
  Nic* nic = find(index);
  if (nic == nullptr) return -ENODEV;
  if (!nic->counts.up) return -EINVAL;
  nic->counts.up = false;
  write_reg(*nic, kRegMaskClear, ~0u);
  if (stop == ReceiveStop::stopped) write_reg(*nic, kRegReceive, 0);
  write_reg(*nic, kRegTransmit, 0);
  free_ring(*nic->function, &nic->rx);
  free_ring(*nic->function, &nic->tx);
  return 0;
}

long nic_send(int index, u64 count, u32 size) {
  Nic* nic = find(index);
  if (nic == nullptr) return -ENODEV;
  if (!nic->counts.up) return -EINVAL;
  const u64 wanted = nic->counts.sent + count;
  for (u64 i = 0; i < count; ++i) {
    if (!wait_until(kPatienceMs, [nic] { return free_descriptors(*nic) > 0; })) return -EIO;
    if (!queue_frame(nic, size)) return -ENOMEM;
  }
  return wait_until(kPatienceMs, [&] { return read_once(nic->counts.sent) >= wanted; }) ? 0 : -EIO;
}

long nic_wait_received(int index, u64 count, u32 ms) {
  Nic* nic = find(index);
  if (nic == nullptr) return -ENODEV;
  if (!nic->counts.up) return -EINVAL;
  return wait_until(ms, [&] { return read_once(nic->counts.received) >= count; }) ? 0 : -EIO;
}

NicCounts nic_counts(int index) {
  const Nic* nic = find(index);
  return nic == nullptr ? NicCounts{} : nic->counts;
}
