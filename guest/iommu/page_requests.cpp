#include "guest/iommu/page_requests.h"

#include "guest/arch/interrupt.h"
#include "guest/arch/percpu.h"
#include "guest/include/errno.h"
#include "guest/iommu/device_tlb.h"
#include "guest/iommu/dma_devices.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/mm/page_alloc.h"

#if GUEST_RELEASE >= 601

namespace {

constexpr unsigned kQueueOrder = 4;  // PRQ_ORDER: 64 KiB
constexpr u64 kQueueBytes = kPageSize << kQueueOrder;
constexpr u32 kRequestBytes = 32;

// §10.4.32 to §10.4.38.
constexpr u32 kRegHead = 0xc0, kRegTail = 0xc8, kRegAddress = 0xd0, kRegStatus = 0xdc;
constexpr u32 kRegControl = 0xe0, kRegData = 0xe4, kRegMessage = 0xe8, kRegMessageHigh = 0xec;
constexpr u32 kPending = 1u << 0, kOverflow = 1u << 1;

// §7.4.1: what a request says.
struct Request {
  u64 low, high, private_data[2];

  bool has_pasid() const { return (low >> 8 & 1) != 0; }
  bool has_private_data() const { return (low >> 9 & 1) != 0; }
  u16 source() const { return static_cast<u16>(low >> 16); }
  u32 pasid() const { return static_cast<u32>(low >> 32 & 0xfffff); }
  bool execute() const { return (low >> 52 & 1) != 0; }
  bool privileged() const { return (low >> 53 & 1) != 0; }
  bool read() const { return (high & 1) != 0; }
  bool write() const { return (high >> 1 & 1) != 0; }
  bool last() const { return (high >> 2 & 1) != 0; }
  u64 group() const { return high >> 3 & 0x1ff; }
  u64 address() const { return high & ~u64{0xfff}; }
};
static_assert(sizeof(Request) == kRequestBytes, "§7.4.1");

// Page group response descriptor (§6.5.2.8).
constexpr u64 kTypeResponse = 9, kWithPasid = 1u << 4;
constexpr int kCodeShift = 12, kSourceShift = 16, kPasidShift = 32, kGroupShift = 3;
constexpr u64 kSuccess = 0, kInvalid = 1, kLast = 1u << 2;

struct Binding {
  const PciFunction* function;  // null: free
  u32 pasid;
  u64 address, pages;
  DmaDomain* domain;
};
constexpr int kMostBindings = 16;
Binding bindings[kMostBindings];

Request* queues[kMostDmarUnits];
PageRequestCounts counts;

bool is_canonical(u64 address) {
  const s64 top = static_cast<s64>(address) >> 47;
  return top == 0 || top == -1;
}

Binding* find_binding(u16 source, u32 pasid) {
  for (Binding& b : bindings) {
    if (b.function != nullptr && b.function->requester() == source && b.pasid == pasid) return &b;
  }
  return nullptr;
}

void respond(int unit, const Request& r, u64 code) {
  if (!r.last() && !r.has_private_data()) return;
  submit_invalidation(unit, {kTypeResponse | (r.has_pasid() ? kWithPasid : 0) | code << kCodeShift |
                                 static_cast<u64>(r.source()) << kSourceShift |
                                 static_cast<u64>(r.pasid()) << kPasidShift,
                             r.group() << kGroupShift | (r.last() ? kLast : 0)});
}

// Brings a page of the address space into being; false where it has none there.
bool make_page(const Request& r) {
  Binding* b = find_binding(r.source(), r.pasid());
  if (b == nullptr || r.address() < b->address) return false;
  const u64 pfn = r.address() >> kPageShift;
  if ((r.address() - b->address) >> kPageShift >= b->pages) return false;
  if (dma_domain_translate(b->domain, r.address()) != ~u64{0}) return true;
  void* memory = get_free_pages(GFP_ATOMIC | __GFP_ZERO, 0);
  if (memory == nullptr) return false;
  return dma_domain_map(b->domain, pfn, virt_to_phys(memory) >> kPageShift, 1,
                        kDmaRead | kDmaWrite);
}

// What is wrong with a request; null if nothing is.
const char* objection(const Request& r) {
  if (!r.has_pasid()) return msg::kRequestWithoutPasid;
  if (!is_canonical(r.address())) return msg::kRequestNotCanonical;
  if (r.privileged() && (r.read() || r.write())) return msg::kRequestPrivileged;
  if (r.execute() && r.read()) return msg::kRequestExecute;
  return nullptr;
}

void serve(int unit, const Request& r) {
  const char* wrong = objection(r);
  // A marker that requests have stopped needs no answer.
  if (wrong == nullptr && r.last() && !r.read() && !r.write()) return;
  if (wrong == nullptr && make_page(r)) {
    ++counts.served;
    respond(unit, r, kSuccess);
    return;
  }
  ++counts.refused;
  if (wrong != nullptr) printk(KERN_ERR "%s%d%s", msg::kRequestUnit, unit, wrong);
  printk(msg::kRequestInvalid, unit, static_cast<unsigned long long>(r.low),
         static_cast<unsigned long long>(r.high));
  respond(unit, r, kInvalid);
}

// prq_event_thread()
void page_request_interrupt(void* data) {
  const int index = static_cast<int>(reinterpret_cast<u64>(data));
  volatile u8* registers = dmar_unit(index).registers;
  writel(kPending, registers + kRegStatus);
  const u64 tail = readq(registers + kRegTail) % kQueueBytes;
  u64 head = readq(registers + kRegHead) % kQueueBytes;
  for (; head != tail; head = (head + kRequestBytes) % kQueueBytes)
    serve(index, queues[index][head / kRequestBytes]);
  writeq(tail, registers + kRegHead);
  if ((readl(registers + kRegStatus) & kOverflow) == 0) return;
  printk(msg::kRequestOverflow, index);
  writel(kOverflow, registers + kRegStatus);
  printk(msg::kRequestOverflowCleared, index);
}

}  // namespace

void enable_page_requests(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if (!unit_is_scalable(index) || (unit.ecap & kEcapPageRequests) == 0 ||
      (unit.ecap & kEcapPasid) == 0 || queues[index] != nullptr)
    return;
  queues[index] = static_cast<Request*>(get_free_pages(GFP_KERNEL | __GFP_ZERO, kQueueOrder));
  if (queues[index] == nullptr) {
    printk(msg::kRequestQueueFailed, index);
    return;
  }
  MsiMessage message;
  if (!request_unremapped_msi(smp_processor_id(), page_request_interrupt,
                              reinterpret_cast<void*>(static_cast<u64>(index)), "dmar-prq",
                              &message))
    return;
  writel(message.data, unit.registers + kRegData);
  writel(static_cast<u32>(message.address), unit.registers + kRegMessage);
  writel(static_cast<u32>(message.address >> 32), unit.registers + kRegMessageHigh);
  writel(0, unit.registers + kRegControl);
  writeq(0, unit.registers + kRegHead);
  writeq(0, unit.registers + kRegTail);
  writeq(virt_to_phys(queues[index]) | kQueueOrder, unit.registers + kRegAddress);
}

long bind_pasid(const PciFunction& f, u32 pasid, u64 address, u64 pages) {
  const int unit = active_unit_of(f);
  if (unit < 0 || queues[unit] == nullptr || !has_pasids(f) || !has_page_requests(f))
    return -ENODEV;
  if (pasid == 0 || pasid > 0xfffff || pages == 0) return -EINVAL;
  if (find_binding(f.requester(), pasid) != nullptr) return -EBUSY;
  for (Binding& b : bindings) {
    if (b.function != nullptr) continue;
    DmaDomain* domain = dma_domain_create(unit, DomainKind::shared);
    if (domain == nullptr) return -ENOMEM;
    domain->pasid = pasid;
    if (set_pasid_entry(unit, f.requester(), pasid, *domain, Translation::tables) == 0)
      return -ENOMEM;
    b = {&f, pasid, address & ~(kPageSize - 1), pages, domain};
    return 0;
  }
  return -ENOMEM;
}

PageRequestCounts page_request_counts() { return counts; }

#else

void enable_page_requests(int) {}
long bind_pasid(const PciFunction&, u32, u64, u64) { return -ENODEV; }
PageRequestCounts page_request_counts() { return {}; }

#endif
