// Whatever software does to the devices, they go on.
#include <random>

#include "tests/catch.h"
#include "tests/devices/model_machine.h"

using namespace apicsim;

namespace {

const std::uint16_t blocks[] = {0x20, 0x40, 0x60, 0x70, 0x92, 0xA0, 0x3F8, 0x4D0, 0xCF8};

void random_port(ModelMachine& machine, std::mt19937_64& random) {
  const auto port = static_cast<std::uint16_t>(blocks[random() % std::size(blocks)] + random() % 8);
  const unsigned size = 1u << random() % 3;
  if (random() % 2 != 0)
    machine.out(port, size, random());
  else
    machine.in(port, size);
}

void random_config(ModelMachine& machine, std::mt19937_64& random) {
  const std::uint64_t function = random() % 4 == 0 ? random() % 0x10000 : 0x20u + random() % 2 * 16;
  machine.out(0xCF8, 4, 0x80000000 | function << 8 | (random() % 0x80 & 0xFC));
  const unsigned size = 1u << random() % 3;
  machine.out(static_cast<std::uint16_t>(0xCFC + random() % 4), size, random());
  machine.in(static_cast<std::uint16_t>(0xCFC + random() % 4), size);
}

void random_memory(ModelMachine& machine, std::mt19937_64& random,
                   const std::vector<std::uint64_t>& places) {
  const std::uint64_t address = places[random() % places.size()] + random() % 0x200;
  const unsigned size = 1u << random() % 4;
  if (random() % 3 != 0)
    machine.write(address, size, random() % 2 != 0 ? random() % 64 : random());
  else
    machine.read(address, size);
}

/// Vendor and device of function 00:04.0, by configuration mechanism 1.
std::uint64_t identity(ModelMachine& machine) {
  machine.out(0xCF8, 4, 0x80002000);
  return machine.in(0xCFC, 4);
}

}  // namespace

TEST_CASE("Random accesses of every size to every device, time passing between them") {
  ModelMachine machine;
  std::mt19937_64 random(41);
  const std::uint64_t before = identity(machine);
  REQUIRE(before != 0xFFFFFFFF);
  const std::vector<std::uint64_t> places = {0xFED00000, 0xFED00100, 0xFE800000, 0xFE800080,
                                             0xFE900000, 0xFE901000, 0xFE901800};
  for (unsigned i = 0; i < 60000; ++i) {
    switch (random() % 8) {
      case 0:
        random_config(machine, random);
        break;
      case 1:
        // The functions where random_memory() looks for them.
        machine.out(0xCF8, 4, 0x80002010);
        machine.out(0xCFC, 4, 0xFE800000);
        machine.out(0xCF8, 4, 0x80003010);
        machine.out(0xCFC, 4, 0xFE900000);
        machine.out(0xCF8, 4, 0x80003014);
        machine.out(0xCFC, 4, 0xFE901000);
        for (const std::uint32_t command : {0x80002004u, 0x80003004u}) {
          machine.out(0xCF8, 4, command);
          machine.out(0xCFC, 2, 0x6 | (random() & 0x500));
        }
        break;
      case 2:
      case 3:
      case 4:
        random_memory(machine, random, places);
        break;
      case 5:
        if (random() % 32 == 0) machine.wait();
        break;
      default:
        random_port(machine, random);
        break;
    }
  }
  // They still answer as they should: a scratch register, and the identity of a function.
  machine.out(0x3FF, 1, 0x5A);
  CHECK(machine.in(0x3FF, 1) == 0x5A);
  CHECK(identity(machine) == before);
}
