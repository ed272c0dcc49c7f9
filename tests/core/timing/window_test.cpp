#include "tests/catch.h"
#include "tests/core/timing/pipeline.h"

using namespace apicsim;

namespace {

constexpr u32 rax = 1, rbx = 8, rcx = 2;

/// Independent register moves that need no port.
OpTiming nop() { return OpTiming(); }

/// Renaming of the instruction behind `count` ones.
Cycle renamed_behind(Pipeline& pipe, unsigned count) {
  for (unsigned i = 0; i < count; ++i) pipe.run(nop());
  pipe.run(nop());
  return pipe.started();
}

}  // namespace

TEST_CASE("issue_width micro-operations are renamed per cycle, and not one more") {
  CoreTimingConfig config;
  for (u32 width = 1; width <= 6; ++width) {
    config.issue_width = width;
    Pipeline full(config), over(config);
    CHECK(renamed_behind(full, width - 1) == 0);
    CHECK(renamed_behind(over, width) == 1);
  }
}

TEST_CASE("An instruction of several micro-operations fills the group and goes on in the next") {
  CoreTimingConfig config;
  Pipeline pipe(config);
  OpTiming wide = nop();
  wide.uops = 3;
  pipe.run(wide);
  pipe.run(wide);  // one in cycle 0, two in cycle 1
  CHECK(pipe.board().front() == 1);
  pipe.run(wide);  // two in cycle 1, one in cycle 2
  CHECK(pipe.board().front() == 2);
}

TEST_CASE("fetch_bytes bytes of instructions reach rename per cycle") {
  CoreTimingConfig config;
  config.fetch_bytes = 16;
  ExecutionOutcome long_one;
  long_one.length = 8;
  Pipeline pipe(config);
  pipe.run(nop(), long_one);
  pipe.run(nop(), long_one);
  CHECK(pipe.started() == 0);
  pipe.run(nop(), long_one);
  CHECK(pipe.started() == 1);
}

TEST_CASE("retire_width micro-operations retire per cycle, and not one more") {
  CoreTimingConfig config;
  config.issue_width = 8;
  config.retire_width = 3;
  Pipeline pipe(config);
  const Cycle first = pipe.run(nop());
  CHECK(pipe.run(nop()) == first);
  CHECK(pipe.run(nop()) == first);
  CHECK(pipe.run(nop()) == first + 1);
}

TEST_CASE("The reorder buffer holds reorder_entries micro-operations behind a long load") {
  CoreTimingConfig config;
  config.retire_width = 8;
  for (u32 entries : {8u, 100u, 168u}) {
    config.reorder_entries = entries;
    Pipeline fits(config), over(config);
    fits.load(rax, 0x1000, 300);
    CHECK(renamed_behind(fits, entries - 2) < 300);
    over.load(rax, 0x1000, 300);
    CHECK(renamed_behind(over, entries - 1) == 300);
  }
}

TEST_CASE("The scheduler holds scheduler_entries micro-operations that wait for a load") {
  CoreTimingConfig config;
  config.reorder_entries = 256;
  for (u32 entries : {4u, 54u, 100u}) {
    config.scheduler_entries = entries;
    Pipeline pipe(config);
    pipe.load(rax, 0x1000, 300);
    for (u32 i = 0; i < entries; ++i) {
      pipe.run(Pipeline::alu(rbx, rax));
      CHECK(pipe.started() < 300);
    }
    pipe.run(Pipeline::alu(rbx, rax));
    CHECK(pipe.started() == 300);
  }
}

TEST_CASE("Micro-operations that have been executed leave the scheduler out of order") {
  CoreTimingConfig config;
  config.scheduler_entries = 4;
  Pipeline pipe(config);
  pipe.load(rax, 0x1000, 300);
  for (u32 i = 0; i < 3; ++i) pipe.run(Pipeline::alu(rbx, rax));
  for (u32 i = 0; i < 50; ++i) pipe.run(Pipeline::alu(rcx, 0));
  CHECK(pipe.started() < 100);
}

TEST_CASE("There are load_buffers places for loads until they retire") {
  CoreTimingConfig config;
  config.load_buffers = 5;
  Pipeline pipe(config);
  pipe.load(rax, 0x1000, 300);
  for (u32 i = 1; i < 5; ++i) {
    pipe.load(rbx, 0x2000);
    CHECK(pipe.started() < 300);
  }
  pipe.load(rbx, 0x2000);
  CHECK(pipe.started() == 300);
}

TEST_CASE("There are store_buffers places for stores until they have reached the cache") {
  CoreTimingConfig config;
  config.store_buffers = 5;
  Pipeline pipe(config);
  pipe.store(0, 0x1000, 300);
  const Cycle owned = pipe.board().drained();
  CHECK(owned > 300);
  for (u32 i = 1; i < 5; ++i) {
    pipe.store(0, 0x1000);
    CHECK(pipe.started() < 300);
  }
  pipe.store(0, 0x1000);
  CHECK(pipe.started() == owned);
  pipe.store(0, 0x1000);
  CHECK(pipe.started() == owned + 1);
}

TEST_CASE("Threads that both run rename in alternate cycles with half of the buffers") {
  CoreTimingConfig config;
  config.reorder_entries = 16;
  for (unsigned thread : {0u, 1u}) {
    Pipeline pipe(config);
    pipe.board().share(true, thread);
    pipe.load(rax, 0x1000, 300);
    CHECK(pipe.started() % 2 == thread);
    for (u32 i = 1; i < 8; ++i) {
      pipe.run(nop());
      CHECK(pipe.started() % 2 == thread);
      CHECK(pipe.started() < 300);
    }
    pipe.run(nop());
    CHECK(pipe.started() >= 300);
    CHECK(pipe.started() % 2 == thread);
  }
}

TEST_CASE("A front-end stall delays what is renamed next by exactly its length") {
  Pipeline pipe;
  pipe.run(nop());
  pipe.board().stall_fetch(37);
  pipe.run(nop());
  CHECK(pipe.started() == 37);
}
