#include "models/devices/pci/pci_bridge.h"

#include <memory>

#include "models/devices/pci/inert_function.h"
#include "models/devices/pci/pci_bus.h"
#include "models/devices/spec/pci_bridge.h"
#include "tests/catch.h"
#include "tests/devices/recording_mapper.h"

using namespace apicsim;

namespace {

constexpr PciAddress kOuter{0x00, 0x1C, 0}, kInner{0x01, 0x00, 0}, kLeaf{0x02, 0x03, 0};
constexpr std::uint64_t kBar = 0xD0100000;

/// A function behind two bridges, as firmware leaves it.
struct Tree {
  RecordingMapper memory;
  PciWiring wiring;
  PciBus bus;
  std::unique_ptr<PciBridge> outer, inner;
  std::unique_ptr<InertFunction> leaf;

  Tree() {
    wiring.memory = &memory;
    PciIdentity identity;
    identity.vendor_id = 0x8086;
    identity.class_code = 0x060400;
    outer = std::make_unique<PciBridge>("outer", kOuter, identity, wiring);
    inner = std::make_unique<PciBridge>("inner", kInner, identity, wiring);
    leaf = std::make_unique<InertFunction>("leaf", kLeaf, identity, wiring, 0x1000);
    leaf->assign_bar(0, kBar);
    outer->assign_buses(1, 2);
    inner->assign_buses(2, 2);
    for (PciBridge* bridge : {outer.get(), inner.get()}) bridge->assign_memory(kBar, kBar + 0xFFF);
    outer->attach(*inner);
    inner->attach(*leaf);
    for (PciFunction* function :
         {static_cast<PciFunction*>(outer.get()), static_cast<PciFunction*>(inner.get()),
          static_cast<PciFunction*>(leaf.get())})
      bus.add(*function);
  }
  bool leaf_found() const { return bus.find(kLeaf) != nullptr; }
  bool leaf_mapped() const { return memory.regions.size() == 1; }
};

}  // namespace

TEST_CASE("A bridge has a type 1 header with windows that firmware opened (Bridge spec §3.2)") {
  Tree t;
  CHECK(t.outer->read_config(pci::header_type, 1) == 0x01);
  CHECK(t.outer->read_config(pci_bridge::primary_bus, 4) == 0x00020100);
  CHECK(t.outer->read_config(pci_bridge::memory_base, 4) == 0xD010D010);
  CHECK(t.outer->read_config(pci_bridge::io_base, 2) == 0x01F1);
  CHECK(t.outer->read_config(pci_bridge::prefetch_base, 4) == 0x0001FFF1);
  t.outer->write_config(pci_bridge::memory_base, 4, 0xFFFFFFFF, 0);
  CHECK(t.outer->read_config(pci_bridge::memory_base, 4) == 0xFFF0FFF0);
}

TEST_CASE("Configuration accesses follow the bridges' bus numbers (Bridge spec §3.1.2.1)") {
  Tree t;
  REQUIRE(t.leaf_found());
  t.outer->write_config(pci_bridge::subordinate_bus, 1, 1, 0);
  CHECK_FALSE(t.leaf_found());
  CHECK(t.bus.find(kInner) != nullptr);
  CHECK(t.bus.read(kLeaf, 0, 4) == 0xFFFFFFFF);
  t.outer->write_config(pci_bridge::subordinate_bus, 1, 2, 0);
  CHECK(t.leaf_found());
  t.inner->write_config(pci_bridge::primary_bus, 4, 0, 0);
  CHECK_FALSE(t.leaf_found());
}

TEST_CASE("A BAR answers while all windows above it are open (Bridge spec §4.1)") {
  Tree t;
  REQUIRE(t.leaf_mapped());
  for (PciBridge* bridge : {t.outer.get(), t.inner.get()}) {
    bridge->write_config(pci::command, 2, pci::command_bus_master, 0);
    CHECK_FALSE(t.leaf_mapped());
    bridge->write_config(pci::command, 2, pci::command_memory | pci::command_bus_master, 0);
    CHECK(t.leaf_mapped());
    bridge->write_config(pci_bridge::memory_base, 2, 0xD020, 0);
    CHECK_FALSE(t.leaf_mapped());
    bridge->write_config(pci_bridge::memory_base, 2, 0xD010, 0);
    CHECK(t.leaf_mapped());
  }
}

TEST_CASE("The prefetchable window reaches beyond 4 GiB (Bridge spec §3.2.5.9, §3.2.5.10)") {
  Tree t;
  CHECK_FALSE(t.inner->forwards_memory(0x2000000000, 0x20000FFFFF));
  for (PciBridge* bridge : {t.outer.get(), t.inner.get()}) {
    bridge->write_config(pci_bridge::prefetch_base, 4, 0, 0);
    bridge->write_config(pci_bridge::prefetch_base_up, 4, 0x20, 0);
    bridge->write_config(pci_bridge::prefetch_limit_up, 4, 0x20, 0);
  }
  CHECK(t.inner->forwards_memory(0x2000000000, 0x20000FFFFF));
  CHECK_FALSE(t.inner->forwards_memory(0x2000000000, 0x2000100000));
}

TEST_CASE(
    "Requests pass while every bridge above has Bus Master Enable set (Bridge spec §3.2.4.3)") {
  Tree t;
  t.leaf->write_config(pci::command, 2, pci::command_bus_master | pci::command_memory, 0);
  REQUIRE(t.leaf->bus_master_enabled());
  for (PciBridge* bridge : {t.outer.get(), t.inner.get()}) {
    bridge->write_config(pci::command, 2, pci::command_memory, 0);
    CHECK_FALSE(t.leaf->bus_master_enabled());
    bridge->write_config(pci::command, 2, pci::command_memory | pci::command_bus_master, 0);
    CHECK(t.leaf->bus_master_enabled());
  }
}

TEST_CASE("A secondary bus reset is not modelled and says so") {
  Tree t;
  CHECK_THROWS_AS(t.outer->write_config(pci_bridge::control, 2, 0x40, 0), Unmodelled);
}
