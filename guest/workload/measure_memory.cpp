// Rows of the memory hierarchy: load-to-use by level, and lines that travel between CPUs.
#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/mm/page_alloc.h"
#include "guest/workload/measure.h"

namespace {

constexpr u64 kLine = 64, kPageLines = kPageSize / kLine;
constexpr u64 kib = 1024;
constexpr char kNoMemory[] = "no memory of that size on the node";

/// A line of a chain; each names the next one, the last one the first.
struct Node {
  Node* next;
  u64 written;
  u64 unused[6];
};
static_assert(sizeof(Node) == kLine, "one line each");

/// Visits 0 ..< size, a power of two, in an order without a constant stride: a linear congruential
/// sequence of full period (Hull and Dobell 1962).
constexpr u64 following(u64 n, u64 size) { return (5 * n + 3) & (size - 1); }

/// A cyclic chain through all lines of an area, in mixed order within a page and page after page,
/// so that every 64 loads share one translation.
class Chain {
 public:
  /// `bytes` is rounded up to a power of two, at least a page; from `node` and no other.
  Chain(int node, u64 bytes) {
    while ((kPageSize << m_order) < bytes) ++m_order;
    page* memory = alloc_pages_node(node, GFP_KERNEL | __GFP_THISNODE, m_order);
    if (memory) link(static_cast<Node*>(page_address(memory)));
  }
  ~Chain() {
    if (m_first) free_pages(m_first, m_order);
  }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  Node* first() const { return m_first; }
  u64 lines() const { return kPageLines << m_order; }

 private:
  void link(Node* lines) {
    const u64 pages = u64{1} << m_order;
    m_first = lines;
    Node* last = nullptr;
    for (u64 i = 0, at_page = 0; i < pages; ++i, at_page = following(at_page, pages)) {
      for (u64 j = 0, at = 0; j < kPageLines; ++j, at = following(at, kPageLines)) {
        Node* node = &lines[at_page * kPageLines + at];
        if (last) last->next = node;
        last = node;
      }
    }
    last->next = lines;
  }

  Node* m_first = nullptr;
  unsigned m_order = 0;
};

NOINLINE Node* walk(Node* node, u64 loads) {
  for (; loads != 0; --loads) {
    node = node->next;
    asm volatile("" : "+r"(node));
  }
  return node;
}

u64 timed_walk(Node*& node, u64 loads) {
  const u64 start = tsc_begin();
  node = walk(node, loads);
  return tsc_end() - start;
}

/// Takes the next `lines` lines of the chain out of all caches.
void flush(const Node* node, u64 lines) {
  for (; lines != 0; --lines) {
    const Node* next = node->next;
    asm volatile("clflush %0" : : "m"(*node) : "memory");
    node = next;
  }
  smp_mb();
}

u64 area_or(const Measurement& m, u64 otherwise) {
  const Value& size = m.command().value("size");
  return size.given ? size.number : otherwise;
}

/// Round after round through an area that one level holds and the nearer ones do not.
template <u64 bytes>
void take_chase(Measurement& m) {
  const Chain chain(cpu_to_node(m.cpu()), area_or(m, bytes));
  if (!chain.first()) return m.fail(kNoMemory);
  Node* node = walk(chain.first(), 2 * chain.lines());
  for (u64 i = 0; i < m.count(); ++i) m.add(timed_walk(node, m.each()));
}

void chase_memory(Measurement& m, int memory_node) {
  const Chain chain(memory_node, area_or(m, 1024 * kib));
  if (!chain.first()) return m.fail(kNoMemory);
  Node* node = walk(chain.first(), chain.lines());
  for (u64 i = 0; i < m.count(); ++i) {
    flush(node, m.each());
    m.add(timed_walk(node, m.each()));
  }
}

void take_chase_dram(Measurement& m) { chase_memory(m, cpu_to_node(m.cpu())); }

void take_chase_remote(Measurement& m) {
  if (nr_node_ids < 2) return m.fail("the machine has one memory node");
  chase_memory(m, (cpu_to_node(m.cpu()) + 1) % nr_node_ids);
}

/// What two CPUs share on the session's page, a line each.
struct Exchange {
  alignas(kLine) u64 word;
  alignas(kLine) u64 measurers;
  alignas(kLine) Node* chain;
  alignas(kLine) u64 wanted;
  alignas(kLine) u64 done;
};
static_assert(sizeof(Exchange) <= kPageSize, "fits the shared page");

Exchange& exchange_of(const Measurement& m) { return *static_cast<Exchange*>(m.shared()); }

/// Several measuring CPUs would share one partner.
bool alone(Measurement& m) {
  if (atomic_fetch_add(exchange_of(m).measurers, 1) == 0) return true;
  m.fail("one CPU measures here");
  return false;
}

void turn(u64& word, u64 from, u64 to) {
  while (!atomic_cmpxchg(word, from, to)) {
  }
}

/// As core-to-core-latency measures it: both sides try without a break. An operation is one way.
void take_bounce(Measurement& m) {
  if (!alone(m)) return;
  u64& word = exchange_of(m).word;
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) turn(word, 0, 1);
    m.add((tsc_end() - start) / 2);
  }
}

void serve_bounce(Measurement& m) {
  if (m.cpu() != m.partner()) return;
  u64& word = exchange_of(m).word;
  for (u64 n = m.count() * m.each(); n != 0; --n) turn(word, 1, 0);
}

/// Loads of lines that the partner has just modified, or only loaded.
void take_transfer(Measurement& m) {
  if (!alone(m)) return;
  const Chain chain(cpu_to_node(m.cpu()), min_of(m.each(), u64{256}) * kLine);
  if (!chain.first()) return m.fail(kNoMemory);
  Exchange& exchange = exchange_of(m);
  write_once(exchange.chain, chain.first());
  const u64 loads = min_of(m.each(), chain.lines());
  for (u64 i = 1; i <= m.count(); ++i) {
    flush(chain.first(), chain.lines());
    store_release(exchange.wanted, i);
    while (load_acquire(exchange.done) != i) cpu_relax();
    Node* node = chain.first();
    m.add(timed_walk(node, loads) * m.each() / loads);
  }
}

template <bool modify>
void serve_transfer(Measurement& m) {
  if (m.cpu() != m.partner()) return;
  Exchange& exchange = exchange_of(m);
  for (u64 i = 1; !m.finished();) {
    if (load_acquire(exchange.wanted) != i) {
      cpu_relax();
      continue;
    }
    Node* const first = read_once(exchange.chain);
    Node* node = first;
    do {
      if (modify) write_once(node->written, i);
      node = read_once(node->next);
    } while (node != first);
    smp_mb();
    store_release(exchange.done, i++);
  }
}

/// All measuring CPUs at once on one pair of words; every try is an operation, successful or not.
void take_contended_pair(Measurement& m) {
  if (!boot_cpu_data.cx16) return m.fail("this processor has no CMPXCHG16B");
  auto* pair = static_cast<volatile Uint128*>(m.shared());
  for (u64 i = 0; i < m.count(); ++i) {
    u64 low = 0, high = 0;
    const u64 passes = m.each();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) {
      asm volatile("lock cmpxchg16b %0"
                   : "+m"(*pair), "+a"(low), "+d"(high)
                   : "b"(low + 1), "c"(high + 1)
                   : "memory", "cc");
    }
    m.add(tsc_end() - start);
  }
}

void take_contended_add(Measurement& m) {
  u64& word = exchange_of(m).word;
  for (u64 i = 0; i < m.count(); ++i) {
    const u64 passes = m.each();
    const u64 start = tsc_begin();
    for (u64 n = 0; n < passes; ++n) atomic_inc(word);
    m.add(tsc_end() - start);
  }
}

MEASURE_ROWS const MeasureRow memory_rows[] = {
    {"chase-l1", take_chase<16 * kib>, 1000},
    {"chase-l2", take_chase<128 * kib>, 1000},
    {"chase-llc", take_chase<1024 * kib>, 1000},
    {"chase-dram", take_chase_dram, 1000},
    {"chase-remote", take_chase_remote, 1000},
    {"cas-smt", take_bounce, 100, Partners::sibling, serve_bounce},
    {"cas-socket", take_bounce, 100, Partners::socket, serve_bounce},
    {"cas-cross", take_bounce, 100, Partners::cross, serve_bounce},
    {"modified-socket", take_transfer, 64, Partners::socket, serve_transfer<true>},
    {"modified-cross", take_transfer, 64, Partners::cross, serve_transfer<true>},
    {"clean-socket", take_transfer, 64, Partners::socket, serve_transfer<false>},
    {"clean-cross", take_transfer, 64, Partners::cross, serve_transfer<false>},
    {"contended-cmpxchg16b", take_contended_pair, 100},
    {"contended-lock-add", take_contended_add, 100},
};

}  // namespace
