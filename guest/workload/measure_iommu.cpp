// Rows of the remapping units: a device's transfer by what the unit has cached, messages by how
// they are remapped, and what it costs the kernel to map, unmap and invalidate. The device is the
// edu function; each sample is one transfer or message, or one call.
#include "guest/arch/atomic.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/drivers/edu.h"
#include "guest/drivers/pci.h"
#include "guest/iommu/dma_devices.h"
#include "guest/iommu/dma_mapping.h"
#include "guest/iommu/intel_iommu.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_flush.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/page_alloc.h"
#include "guest/workload/measure.h"

namespace {

constexpr char kNoDevice[] = "no edu device";
constexpr char kNoUnit[] = "no remapping unit translates for the edu device";
constexpr char kNotRemapped[] = "interrupts are not remapped";
constexpr char kLost[] = "the device does not answer";

/// Registers in BAR 0 (docs/specs/edu.rst).
constexpr u32 kRaise = 0x60, kAcknowledge = 0x64, kStatus = 0x24;
constexpr u32 kSource = 0x80, kDestination = 0x88, kCount = 0x90, kCommand = 0x98;
constexpr u64 kBuffer = 0x40000, kStart = 1, kInterrupt = 4;

/// MSI capability with a 64-bit address (PCI 3.0 §6.8.1).
constexpr u16 kMessageAddress = 4, kMessageUpper = 8, kMessageData = 12;

/// Of the message's address: it is in remappable format (VT-d §5.1.2.2).
constexpr u64 kRemappable = 1u << 4;

struct Arrival {
  volatile u8* registers;
  u64 time;
  u64 number;
};
Arrival arrival;
MsiMessage message;  // the measurement's own; vectors are not given back

void take_arrival(void*) {
  const u64 time = tsc_begin();
  writel(readl(arrival.registers + kStatus), arrival.registers + kAcknowledge);
  arrival.time = time;
  store_release(arrival.number, arrival.number + 1);
}

/// The device, whose messages come to the measurement as long as this lives.
class Device {
 public:
  explicit Device(Measurement& m) : m_function(edu_function()) {
    if (m_function == nullptr || !take_messages(m)) m.fail(kNoDevice);
  }
  ~Device() {
    if (m_ready) set(m_before.address, m_before.data);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  explicit operator bool() const { return m_ready; }
  bool remapped() const { return message.address & kRemappable; }
  const PciFunction& function() const { return *m_function; }
  /// The unit that translates for the device, or -1.
  int unit() const { return active_unit_of(*m_function); }
  DmaDomain* domain() const { return dma_device(*m_function).domain; }

  /// From the command to the first instruction of the handler; 0 when nothing comes.
  u64 transfer(u64 address) {
    writeq(address, arrival.registers + kSource);
    writeq(kBuffer, arrival.registers + kDestination);
    writeq(4, arrival.registers + kCount);
    return timed([] { writeq(kStart | kInterrupt, arrival.registers + kCommand); });
  }
  u64 send_message() {
    return timed([] { writel(1, arrival.registers + kRaise); });
  }

 private:
  struct Message {
    u64 address;
    u16 data;
  };

  bool take_messages(const Measurement& m) {
    const PciBar bar = m_function->memory[0];
    arrival.registers = static_cast<volatile u8*>(ioremap(bar.address, bar.size));
    m_msi = pci_find_capability(*m_function, kPciCapabilityMsi);
    static const bool requested =
        request_msi(m_function->requester(), m.cpu(), take_arrival, nullptr, "measure", &message);
    if (arrival.registers == nullptr || m_msi == 0 || !requested) return false;
    m_before = {pci_read32(*m_function, m_msi + kMessageAddress) |
                    u64{pci_read32(*m_function, m_msi + kMessageUpper)} << 32,
                pci_read16(*m_function, m_msi + kMessageData)};
    set(message.address, message.data);
    m_ready = true;
    return true;
  }

  void set(u64 address, u32 data) {
    pci_write32(*m_function, m_msi + kMessageAddress, static_cast<u32>(address));
    pci_write32(*m_function, m_msi + kMessageUpper, static_cast<u32>(address >> 32));
    pci_write16(*m_function, m_msi + kMessageData, static_cast<u16>(data));
  }

  template <typename Send>
  u64 timed(Send send) {
    const u64 before = arrival.number;
    const u64 start = tsc_begin();
    send();
    while (load_acquire(arrival.number) == before) {
      if (tsc_begin() - start > kPatience) return 0;
      cpu_relax();
    }
    return arrival.time - start;
  }

  static constexpr u64 kPatience = 20'000'000'000;
  const PciFunction* m_function;
  u16 m_msi = 0;
  Message m_before = {};
  bool m_ready = false;
};

/// A page that the device may read.
class Page {
 public:
  explicit Page(const Device& device) : m_device(device) {
    m_memory = get_free_pages(GFP_KERNEL | __GFP_ZERO, 0);
    address = dma_map_single(device.function(), m_memory, kPageSize, DmaDirection::to_device);
  }
  ~Page() {
    dma_unmap_single(m_device.function(), address, kPageSize);
    free_pages(m_memory, 0);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  u64 address;

 private:
  const Device& m_device;
  void* m_memory;
};

/// What is forgotten before each transfer.
enum class Forget { nothing, page, tables, contexts };

template <Forget what>
void forget(const Device& device, u64 address) {
  const int unit = device.unit();
  const u16 domain = device.domain()->ids[unit];
  if constexpr (what == Forget::page)
    flush_page_translations(unit, domain, address / kPageSize, 1, true);
  if constexpr (what == Forget::tables) flush_domain_translations(unit, domain);
  if constexpr (what == Forget::contexts) {
    flush_device_context(unit, domain, device.function().requester());
    flush_domain_translations(unit, domain);
  }
}

template <Forget what>
void take_transfer(Measurement& m) {
  Device device(m);
  if (!device) return;
  const bool translated = device.unit() >= 0 && device.domain() != nullptr;
  if (what != Forget::nothing && !translated) return m.fail(kNoUnit);
  const Page page(device);
  if (device.transfer(page.address) == 0) return m.fail(kLost);
  for (u64 i = 0; i < m.count(); ++i) {
    forget<what>(device, page.address);
    const u64 cycles = device.transfer(page.address);
    if (cycles == 0) return m.fail(kLost);
    m.add(cycles);
  }
}

template <bool forgotten>
void take_message(Measurement& m) {
  Device device(m);
  if (!device) return;
  if (forgotten && !device.remapped()) return m.fail(kNotRemapped);
  if (device.send_message() == 0) return m.fail(kLost);
  for (u64 i = 0; i < m.count(); ++i) {
    if (forgotten) flush_interrupt_entries(device.unit());
    const u64 cycles = device.send_message();
    if (cycles == 0) return m.fail(kLost);
    m.add(cycles);
  }
}

/// Invalidation and the wait for its end, as the driver does it.
template <typename Flush>
void take_flush(Measurement& m, Flush flush) {
  const Device device(m);
  if (!device) return;
  const int unit = device.unit();
  if (unit < 0 || device.domain() == nullptr) return m.fail(kNoUnit);
  const u16 domain = device.domain()->ids[unit];
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 start = tsc_begin();
    flush(unit, domain, device.function());
    m.add(tsc_end() - start);
  }
}

void take_flush_page(Measurement& m) {
  take_flush(m, [](int unit, u16 domain, const PciFunction&) {
    flush_page_translations(unit, domain, 1, 1, true);
  });
}

void take_flush_domain(Measurement& m) {
  take_flush(
      m, [](int unit, u16 domain, const PciFunction&) { flush_domain_translations(unit, domain); });
}

void take_flush_context(Measurement& m) {
  take_flush(m, [](int unit, u16 domain, const PciFunction& f) {
    flush_device_context(unit, domain, f.requester());
  });
}

/// A page mapped and unmapped; either part is timed.
template <bool map>
void take_map(Measurement& m) {
  const PciFunction* device = edu_function();
  if (device == nullptr) return m.fail(kNoDevice);
  void* memory = get_free_pages(GFP_KERNEL, 0);
  if (memory == nullptr) return m.fail("no memory");
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 start = tsc_begin();
    const u64 address = dma_map_single(*device, memory, kPageSize, DmaDirection::both);
    const u64 mapped = tsc_begin();
    dma_unmap_single(*device, address, kPageSize);
    m.add(map ? mapped - start : tsc_end() - mapped);
  }
  free_pages(memory, 0);
}

MEASURE_ROWS const MeasureRow iommu_rows[] = {
    {"dma-transfer", take_transfer<Forget::nothing>},
    {"dma-transfer-page-miss", take_transfer<Forget::page>},
    {"dma-transfer-table-miss", take_transfer<Forget::tables>},
    {"dma-transfer-context-miss", take_transfer<Forget::contexts>},
    {"msi", take_message<false>},
    {"msi-entry-miss", take_message<true>},
    {"iotlb-flush-page", take_flush_page},
    {"iotlb-flush-domain", take_flush_domain},
    {"context-flush", take_flush_context},
    {"dma-map", take_map<true>},
    {"dma-unmap", take_map<false>},
};

}  // namespace
