#include "tests/catch.h"
#include "tests/core/timing/pipeline.h"

using namespace apicsim;

namespace {

constexpr u32 rax = 1, rbx = 8, rcx = 2, rdx = 4;

OpTiming on_ports(u8 ports, u8 count = 1, u8 occupancy = 1) {
  OpTiming t;
  t.groups[0] = {ports, count, occupancy};
  t.latency = 1;
  return t;
}

}  // namespace

TEST_CASE("A chain of dependent instructions takes the sum of their latencies") {
  Pipeline pipe;
  Cycle expected = 0;
  for (const u16 latency : {1, 3, 1, 1, 20, 3}) {
    expected += latency;
    CHECK(pipe.run(Pipeline::alu(rax, rax, latency)) == expected);
  }
}

TEST_CASE("Independent instructions share the ports that they may take, one each per cycle") {
  CoreTimingConfig config;
  config.issue_width = 8;
  config.retire_width = 8;
  Pipeline pipe(config);
  for (unsigned i = 0; i < 3; ++i) CHECK(pipe.run(on_ports(0x23)) == 1);
  CHECK(pipe.run(on_ports(0x23)) == 2);
  CHECK(pipe.run(on_ports(0x02)) == 2);
  CHECK(pipe.run(on_ports(0x02)) == 3);
}

TEST_CASE("Of several free ports the one is taken that was given the least") {
  CoreTimingConfig config;
  config.issue_width = 8;
  Pipeline pipe(config);
  pipe.run(on_ports(0x01));  // port 0 has one more than port 1
  pipe.board().stall_fetch(10);
  CHECK(pipe.run(on_ports(0x03)) == 11);
  CHECK(pipe.run(on_ports(0x01)) == 11);  // which left port 0 free
}

TEST_CASE("A younger instruction takes a port that an older one does not need yet") {
  Pipeline pipe;
  pipe.load(rax, 0x1000, 100);
  OpTiming waits = on_ports(0x01);
  waits.sources = rax;
  pipe.run(waits);
  OpTiming free = on_ports(0x01);
  free.results = rbx;
  pipe.run(free);
  CHECK(pipe.ready(rbx) == 1);
}

TEST_CASE("The divider is taken for its occupancy, its port for one cycle") {
  CoreTimingConfig config;
  config.issue_width = 8;
  Pipeline pipe(config);
  OpTiming divide = on_ports(0x01, 1, 20);
  divide.latency = 25;
  divide.results = rax;
  pipe.run(divide);
  divide.results = rbx;
  pipe.run(divide);
  OpTiming other = on_ports(0x01);
  other.results = rcx;
  pipe.run(other);
  CHECK(pipe.ready(rax) == 25);
  CHECK(pipe.ready(rbx) == 45);
  CHECK(pipe.ready(rcx) == 2);
}

TEST_CASE("Several micro-operations of one instruction delay its result only by their ports") {
  Pipeline wide, narrow;
  OpTiming two = on_ports(0x23, 2);
  two.latency = 2;
  two.results = rax;
  wide.run(two);
  CHECK(wide.ready(rax) == 2);
  OpTiming four = on_ports(0x01, 4);
  four.latency = 2;
  four.results = rax;
  narrow.run(four);
  CHECK(narrow.ready(rax) == 4);
}

TEST_CASE("A zero idiom waits for nothing, an eliminated move for its source only") {
  Pipeline pipe;
  pipe.load(rax, 0x1000, 100);
  OpTiming zero;
  zero.zero_idiom = true;
  zero.sources = rax;
  zero.results = rbx;
  pipe.run(zero);
  OpTiming move;
  move.eliminated_move = true;
  move.sources = rax;
  move.results = rcx;
  pipe.run(move);
  CHECK(pipe.ready(rbx) == 0);
  CHECK(pipe.ready(rcx) == 100);
}

TEST_CASE("Carry and the other flags are waited for apart from each other") {
  Pipeline pipe;
  pipe.run(Pipeline::alu(unit::carry | unit::flags, 0, 30));
  pipe.run(Pipeline::alu(unit::flags, 0));
  CHECK(pipe.ready(unit::flags) < 30);
  CHECK(pipe.ready(unit::carry) == 30);
}

TEST_CASE("Early results are ready a cycle after the address, not after the load") {
  Pipeline pipe;
  OpTiming step = Pipeline::load_op(rax, rdx);
  step.early_results = rdx;
  pipe.run(step, Pipeline::access(0x1000, false, 200));
  CHECK(pipe.ready(rdx) == 1);
  CHECK(pipe.ready(rax) == 200);
}

TEST_CASE("Operands from memory arrive after the L1 latency, at two loads per cycle") {
  Pipeline pipe;
  CHECK(pipe.load(rax, 0x1000) == 4);
  CHECK(pipe.load(rbx, 0x1040) == 4);
  CHECK(pipe.load(rcx, 0x1080) == 5);
  OpTiming add = Pipeline::alu(rdx, rdx);
  add.loads = 1;
  CHECK(pipe.run(add, Pipeline::access(0x10C0, false)) == 6);
}

TEST_CASE("A pointer chase takes the latency of every load") {
  Pipeline pipe;
  Cycle expected = 0;
  for (const Cycle latency : {4, 4, 12, 200, 4}) {
    expected += latency;
    CHECK(pipe.load(rax, 0x1000 * expected, latency, 8, rax) == expected);
  }
}

TEST_CASE("Misses overlap as far as there are fill buffers") {
  CoreTimingConfig config;
  config.fill_buffers = 4;
  Pipeline pipe(config);
  for (u64 i = 0; i < 4; ++i) CHECK(pipe.load(rax, i * 64, 200) <= 201);
  CHECK(pipe.load(rax, 0x8000, 200) == 400);
  CHECK(pipe.load(rbx, 0x9000) == 400);  // a hit needs none
}

TEST_CASE("A fused branch is executed with the instruction before it and needs no slot") {
  CoreTimingConfig config;
  Pipeline pipe(config);
  for (unsigned i = 0; i < 3; ++i) pipe.run(OpTiming());
  const Cycle compared = pipe.run(Pipeline::alu(unit::flags | unit::carry, 0));
  OpTiming branch = Pipeline::of_kind(TimingKind::branch, 1);
  branch.sources = unit::flags;
  branch.fused = true;
  branch.uops = 0;
  CHECK(pipe.run(branch) == compared);
  CHECK(pipe.board().front() == 0);
}
