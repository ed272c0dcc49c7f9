#include "tests/catch.h"
#include "tests/core/timing/pipeline.h"

using namespace apicsim;

namespace {

constexpr u32 rax = 1, rbx = 8, rcx = 2;

OpTiming locked_op(u16 latency) {
  OpTiming t = Pipeline::of_kind(TimingKind::locked, latency);
  t.loads = t.stores = 1;
  t.results = rax;
  return t;
}
MemoryOperations read_and_write(u64 physical) {
  MemoryOperations memory;
  memory.add(Pipeline::access(physical, false));
  memory.add(Pipeline::access(physical, true));
  return memory;
}

}  // namespace

// --- stores -------------------------------------------------------------------------------------

TEST_CASE("A load takes its bytes from a store that contains them, store_forward after the data") {
  CoreTimingConfig config;
  for (u32 forward : {3u, 5u, 9u}) {
    config.store_forward = forward;
    Pipeline pipe(config);
    pipe.run(Pipeline::alu(rax, 0, 50));
    pipe.store(rax, 0x1000);
    pipe.load(rbx, 0x1004, 4, 4);
    CHECK(pipe.ready(rbx) == 50 + forward);
  }
}

TEST_CASE("A load that a store covers in part waits until the store is in the cache") {
  CoreTimingConfig config;
  for (u32 penalty : {0u, 12u}) {
    config.failed_forward = penalty;
    Pipeline pipe(config);
    pipe.run(Pipeline::alu(rax, 0, 50));
    pipe.store(rax, 0x1004, 4, 4);
    const Cycle drained = pipe.board().drained();
    pipe.load(rbx, 0x1000);
    CHECK(pipe.ready(rbx) == drained + penalty);
  }
}

TEST_CASE("Only the newest overlapping store counts, and none that has reached the cache") {
  Pipeline pipe;
  pipe.run(Pipeline::alu(rax, 0, 50));
  pipe.store(rax, 0x1000);
  pipe.store(0, 0x1000);
  pipe.load(rbx, 0x1000);
  CHECK(pipe.ready(rbx) < 50);
  pipe.board().resume(pipe.board().drained() + 100);
  const Cycle start = pipe.board().front();
  pipe.load(rcx, 0x1000);
  CHECK(pipe.ready(rcx) == start + 4);
}

TEST_CASE("A load beside a store, to the byte, does not wait for it") {
  Pipeline pipe;
  pipe.run(Pipeline::alu(rax, 0, 50));
  pipe.store(rax, 0x1008);
  pipe.load(rbx, 0x1000);
  pipe.load(rcx, 0x1010);
  CHECK(pipe.ready(rbx) == 4);
  CHECK(pipe.ready(rcx) <= 5);
}

TEST_CASE("Stores reach the cache in order, one per cycle") {
  Pipeline pipe;
  const Cycle retired = pipe.store(0, 0x1000);
  CHECK(pipe.board().drained() == retired);
  pipe.store(0, 0x1008);
  pipe.store(0, 0x1010);
  CHECK(pipe.board().drained() >= retired + 2);
}

TEST_CASE("Ownership misses of retired stores overlap, and hits wait behind them") {
  Pipeline pipe;
  const Cycle first = pipe.store(0, 0x1000, 200);
  CHECK(pipe.board().drained() == first + 200);
  const Cycle second = pipe.store(0, 0x2000, 200);
  CHECK(pipe.board().drained() == second + 200);
  CHECK(second < first + 5);
  pipe.store(0, 0x3000);
  CHECK(pipe.board().drained() == second + 201);
}

// --- fences and locks ---------------------------------------------------------------------------

TEST_CASE("LFENCE waits for older instructions and holds back all younger ones (SDM Vol. 2)") {
  Pipeline pipe;
  pipe.load(rax, 0x1000, 100);
  pipe.run(Pipeline::of_kind(TimingKind::load_fence, 4));
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.started() == 104);
}

TEST_CASE("LFENCE does not wait for stores to reach the cache") {
  Pipeline pipe;
  const Cycle retired = pipe.store(0, 0x1000, 300);
  pipe.run(Pipeline::of_kind(TimingKind::load_fence, 4));
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.started() == retired + 4);
}

TEST_CASE("MFENCE waits for older stores and holds back younger loads, not register operations") {
  Pipeline pipe;
  pipe.store(0, 0x1000, 300);
  const Cycle drained = pipe.board().drained();
  pipe.run(Pipeline::of_kind(TimingKind::full_fence, 33));
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.ready(rbx) < 300);
  pipe.load(rcx, 0x2000);
  CHECK(pipe.ready(rcx) == drained + 33 + 4);
}

TEST_CASE("SFENCE takes its turn among the stores and holds back nothing else") {
  Pipeline pipe;
  pipe.store(0, 0x1000, 300);
  const Cycle drained = pipe.board().drained();
  pipe.run(Pipeline::of_kind(TimingKind::store_fence, 6));
  pipe.load(rbx, 0x2000);
  CHECK(pipe.ready(rbx) < 300);
  pipe.store(0, 0x3000);
  CHECK(pipe.board().drained() == drained + 7);
}

TEST_CASE("A locked instruction starts when older stores have reached the cache") {
  Pipeline pipe;
  pipe.store(0, 0x1000, 300);
  const Cycle drained = pipe.board().drained();
  pipe.run(locked_op(18), read_and_write(0x2000));
  CHECK(pipe.ready(rax) == drained + 4 + 18);
}

TEST_CASE("Loads behind a locked instruction wait for it, register operations do not") {
  Pipeline pipe;
  pipe.run(locked_op(18), read_and_write(0x2000));
  const Cycle done = pipe.ready(rax);
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.ready(rbx) < done);
  pipe.load(rcx, 0x3000);
  CHECK(pipe.ready(rcx) == done + 4);
}

TEST_CASE("Locked instructions follow each other without overlap") {
  Pipeline pipe;
  pipe.run(locked_op(18), read_and_write(0x2000));
  const Cycle first = pipe.ready(rax);
  pipe.run(locked_op(18), read_and_write(0x3000));
  CHECK(pipe.ready(rax) >= first + 22);
  CHECK(pipe.ready(rax) <= first + 24);
}

// --- serialising and microcoded instructions ----------------------------------------------------

TEST_CASE(
    "A serialising instruction drains the machine, and nothing overlaps it (SDM Vol. 3 §8.3)") {
  Pipeline pipe;
  pipe.store(0, 0x1000, 300);
  const Cycle drained = pipe.board().drained();
  OpTiming identify = Pipeline::of_kind(TimingKind::serialising, 70, 100);
  identify.results = rax;
  CHECK(pipe.run(identify) == drained + 70);
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.started() == drained + 100);
}

TEST_CASE("A microcoded instruction keeps the front end for its reciprocal throughput") {
  Pipeline pipe;
  pipe.load(rax, 0x1000, 300);  // still under way
  pipe.run(Pipeline::of_kind(TimingKind::microcoded, 1, 20));
  const Cycle start = pipe.started();
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.started() == start + 20);
}

TEST_CASE(
    "RDTSC reads the time of its own execution, RDTSCP waits for what is older (SDM Vol. 2)") {
  Pipeline pipe;
  pipe.load(rax, 0x1000, 300);
  const OpTiming stamp = Pipeline::of_kind(TimingKind::time_stamp, 20, 28);
  pipe.board().begin(stamp);
  const Cycle first = pipe.board().execution_start(stamp);
  CHECK(first < 5);
  pipe.run(stamp);
  pipe.board().begin(stamp);
  CHECK(pipe.board().execution_start(stamp) == first + 28);
  const OpTiming ordered = Pipeline::of_kind(TimingKind::ordered, 20, 28);
  pipe.board().begin(ordered);
  CHECK(pipe.board().execution_start(ordered) == 300);
}

TEST_CASE("What reaches outside the core ends when it said so, and nothing younger overlaps it") {
  Pipeline pipe;
  ExecutionOutcome outcome;
  outcome.outside_until = 777;
  CHECK(pipe.run(Pipeline::load_op(rax), Pipeline::access(0x1000, false), outcome) == 777);
  pipe.run(Pipeline::alu(rbx, 0));
  CHECK(pipe.started() == 777);
}

// --- branches -----------------------------------------------------------------------------------

TEST_CASE("The right path is renamed mispredict_penalty after the branch has been executed") {
  CoreTimingConfig config;
  for (u32 penalty : {10u, 15u, 20u}) {
    config.mispredict_penalty = penalty;
    Pipeline pipe(config);
    pipe.load(rax, 0x1000, 100);
    OpTiming branch = Pipeline::alu(0, rax);
    branch.kind = TimingKind::branch;
    ExecutionOutcome wrong;
    wrong.taken = wrong.mispredicted = true;
    pipe.run(branch, wrong);
    pipe.run(Pipeline::alu(rbx, 0));
    CHECK(pipe.started() == 101 + penalty);
  }
}

TEST_CASE("A branch that was predicted holds back nothing but the rest of its group") {
  CoreTimingConfig config;
  for (bool ends : {false, true}) {
    config.taken_branch_ends_group = ends;
    Pipeline pipe(config);
    pipe.load(rax, 0x1000, 100);
    OpTiming branch = Pipeline::alu(0, rax);
    branch.kind = TimingKind::branch;
    ExecutionOutcome right;
    right.taken = true;
    pipe.run(branch, right);
    pipe.run(OpTiming());
    CHECK(pipe.started() == (ends ? 1 : 0));
  }
}

TEST_CASE("Taken branches are taken_branch_interval cycles apart") {
  CoreTimingConfig config;
  for (u32 interval : {1u, 2u, 4u}) {
    config.taken_branch_interval = interval;
    Pipeline pipe(config);
    ExecutionOutcome taken;
    taken.taken = true;
    const OpTiming jump = Pipeline::of_kind(TimingKind::jump);
    pipe.run(jump, taken);
    pipe.run(jump, taken);
    CHECK(pipe.started() == interval);
  }
}

// --- repeated string instructions ---------------------------------------------------------------

TEST_CASE("A repeated instruction costs its start and then sixteenths of a cycle per iteration") {
  Pipeline pipe;
  OpTiming repeated = Pipeline::of_kind(TimingKind::repeated, 0, 20);
  repeated.iteration_sixteenths = 8;
  MemoryOperations memory;
  pipe.board().begin(repeated);
  CHECK(pipe.board().iterate(repeated, memory, true) == 21);
  CHECK(pipe.board().iterate(repeated, memory, false) == 21);
  CHECK(pipe.board().iterate(repeated, memory, false) == 22);
  memory.add(Pipeline::access(0x1000, false, 204));
  CHECK(pipe.board().iterate(repeated, memory, false) == 22 + 204);
}
