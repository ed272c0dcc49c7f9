#include "guest/acpi/acpi.h"
#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/topology.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/memblock.h"

namespace {

struct Block {
  u64 start, end;
  int node;
};

constexpr int kMostBlocks = 256;
Block blocks[kMostBlocks];
int block_total;

// Node n is the nth proximity domain that the tables name.
u32 domain_of_node[kMaxNodes];
int node_total;
bool numa_off;

bool setup_numa(const char* value) {
  if (value == nullptr || strcmp(value, "off") != 0) return false;
  numa_off = true;
  return true;
}
KERNEL_PARAM(numa, "numa", setup_numa);

int domain_to_node(u32 domain) {
  for (int node = 0; node < node_total; ++node) {
    if (domain_of_node[node] == domain) return node;
  }
  if (node_total == kMaxNodes) return kNoNode;
  domain_of_node[node_total] = domain;
  return node_total++;
}

void visit_x2apic(const SubtableHeader& entry, void*) {
  if (entry.type != 2 || entry.length < sizeof(SratX2apic)) return;
  const auto& e = reinterpret_cast<const SratX2apic&>(entry);
  if ((e.flags & 1) == 0) return;
  if (!apic_id_valid(e.apic_id)) {
    printk(msg::kSratX2apicIgnored, e.domain, e.apic_id);
    return;
  }
  const int node = domain_to_node(e.domain);
  if (node == kNoNode) return void(printk(msg::kSratTooManyDomains, e.domain));
  set_apic_node(e.apic_id, node);
  printk(msg::kSratX2apic, e.domain, e.apic_id, node);
}

void visit_cpu(const SubtableHeader& entry, void* context) {
  if (entry.type != 0 || entry.length < sizeof(SratCpu)) return;
  const auto& e = reinterpret_cast<const SratCpu&>(entry);
  if ((e.flags & 1) == 0) return;
  // Before revision 2 the upper bytes of the domain were reserved.
  const u8 revision = *static_cast<const u8*>(context);
  u32 domain = e.domain_low;
  if (revision >= 2)
    domain |= static_cast<u32>(e.domain_high[0]) << 8 | static_cast<u32>(e.domain_high[1]) << 16 |
              static_cast<u32>(e.domain_high[2]) << 24;
  const int node = domain_to_node(domain);
  if (node == kNoNode) return void(printk(msg::kSratTooManyDomains, domain));
  set_apic_node(e.apic_id, node);
  printk(msg::kSratCpu, domain, e.apic_id, node);
}

void visit_memory(const SubtableHeader& entry, void* context) {
  if (entry.type != 1 || entry.length < sizeof(SratMemory)) return;
  const auto& e = reinterpret_cast<const SratMemory&>(entry);
  if ((e.flags & 1) == 0 || e.size == 0 || e.base + e.size < e.base) return;
  const u8 revision = *static_cast<const u8*>(context);
  const u32 domain = revision < 2 ? e.domain & 0xff : e.domain;
  const int node = domain_to_node(domain);
  if (node == kNoNode) return void(printk(msg::kSratTooManyDomains, domain));
  const bool hotplug = (e.flags & 2) != 0;
  printk(msg::kSratMemory, node, domain, static_cast<unsigned long long>(e.base),
         release::shown_end(e.base + e.size), hotplug ? " hotplug" : "");
  if (block_total < kMostBlocks) blocks[block_total++] = {e.base, e.base + e.size, node};
}

void sort_blocks() {
  for (int i = 1; i < block_total; ++i) {
    const Block moving = blocks[i];
    int at = i;
    for (; at > 0 && blocks[at - 1].start > moving.start; --at) blocks[at] = blocks[at - 1];
    blocks[at] = moving;
  }
}

void drop_block(int index) {
  --block_total;
  for (int i = index; i < block_total; ++i) blocks[i] = blocks[i + 1];
}

// arch/x86/mm/numa.c numa_cleanup_meminfo(): what lies behind the last page goes, and blocks of one
// node with no other node between become one.
void clean_up_blocks() {
  const u64 top = memblock_end_of_memory();
  for (int i = 0; i < block_total;) {
    blocks[i].end = min_of(blocks[i].end, top);
    if (blocks[i].start >= blocks[i].end)
      drop_block(i);
    else
      ++i;
  }
  for (int i = 0; i + 1 < block_total;) {
    Block& left = blocks[i];
    const Block& right = blocks[i + 1];
    if (left.node != right.node) {
      ++i;
      continue;
    }
    const u64 end = max_of(left.end, right.end);
    printk(msg::kNumaMerge, left.node, static_cast<unsigned long long>(left.start),
           release::shown_end(left.end), static_cast<unsigned long long>(right.start),
           release::shown_end(right.end), static_cast<unsigned long long>(left.start),
           release::shown_end(end));
    left.end = end;
    drop_block(i + 1);
  }
}

void parse_slit() {
  const AcpiHeader* table = acpi_find_table("SLIT");
  if (table == nullptr) return;
  const auto& slit = *reinterpret_cast<const AcpiSlit*>(table);
  const u64 count = slit.localities;
  if (count > kMaxNodes || table->length < sizeof(AcpiSlit) - 1 + count * count) return;
  for (int from = 0; from < node_total; ++from) {
    for (int to = 0; to < node_total; ++to) {
      if (domain_of_node[from] >= count || domain_of_node[to] >= count) continue;
      set_node_distance(from, to, slit.entries[domain_of_node[from] * count + domain_of_node[to]]);
    }
  }
}

bool use_srat() {
  const AcpiHeader* table = acpi_find_table("SRAT");
  if (numa_off || table == nullptr || table->length < sizeof(AcpiSrat)) return false;
  u8 revision = table->revision;
  // Kind by kind, in the order of drivers/acpi/numa.c.
  acpi_for_each_subtable(*table, sizeof(AcpiSrat), visit_x2apic, &revision);
  acpi_for_each_subtable(*table, sizeof(AcpiSrat), visit_cpu, &revision);
  acpi_for_each_subtable(*table, sizeof(AcpiSrat), visit_memory, &revision);
  sort_blocks();
  clean_up_blocks();
  return block_total != 0;
}

void use_single_node() {
  const u64 top = memblock_end_of_memory();
  if (numa_off)
    printk(msg::kNumaOff);
  else
    printk(msg::kNoNuma);
  printk(msg::kFakeNode, 0ull, release::shown_end(top));
  node_total = 1;
  block_total = 1;
  blocks[0] = {0, top, 0};
}

void register_nodes() {
  for (int node = 0; node < node_total; ++node) {
    u64 start = ~u64{0};
    u64 end = 0;
    for (int i = 0; i < block_total; ++i) {
      if (blocks[i].node != node) continue;
      memblock_set_node(blocks[i].start, blocks[i].end - blocks[i].start, node);
      start = min_of(start, blocks[i].start);
      end = max_of(end, blocks[i].end);
    }
    if (end == 0) continue;
    set_node_online(node);
    printk(msg::kInitmemNode, node, static_cast<unsigned long long>(start),
           release::shown_end(end));
  }
}

// Memory that no block names belongs to node 0, as Linux gives it to whom it can.
void adopt_orphans() {
  for (int i = 0; i < memblock_memory_count(); ++i) {
    const MemRange range = memblock_memory(i);
    if (range.node == kNoNode) memblock_set_node(range.base, range.size, 0);
  }
}

}  // namespace

void acpi_numa_init() {
  if (!use_srat()) use_single_node();
  register_nodes();
  adopt_orphans();
  parse_slit();
}
