// [[device]] and what [[inject]] makes devices do.
#include <fstream>

#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_file.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

ScenarioFile parse(const std::string& rest) {
  const std::string text =
      "title = \"t\"\nmachine = \"hp-dl380e-gen8\"\n[kernel]\nimage = \"guest-3.13\"\n"
      "[workload]\nscript = \"x\"\n" +
      rest;
  return parse_scenario(text, "a.toml", {});
}

std::string error_of(const std::string& rest) {
  try {
    parse(rest);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

bool says(const std::string& rest, const std::string& part) {
  const std::string error = error_of(rest);
  CAPTURE(rest, error);
  return error.find(part) != std::string::npos;
}

std::string device(const std::string& model, const std::string& rest = "") {
  return "[[device]]\nmodel = \"" + model + "\"\naddress = \"0e:00.0\"\n" + rest;
}

std::string inject(const std::string& kind, const std::string& rest) {
  return "[[inject]]\nkind = \"" + kind + "\"\nat_cycle = 7\n" + rest;
}

}  // namespace

TEST_CASE("A function that masters the bus has its model's identity unless the scenario says") {
  const auto nic = parse(device("nic", "bar0 = 0xF7C00000\nrevision = 3\n")).functions.at(0).what;
  CHECK(nic.vendor_id == 0x8086);
  CHECK(nic.device_id == 0x10D3);
  CHECK(nic.class_code == 0x020000);
  CHECK(nic.revision == 3);
  CHECK(nic.dma.bars[0] == 0xF7C00000);
  CHECK_FALSE(nic.dma.bus_master);
  const auto controller = parse(device("management", "device_id = 0x323B\n")).functions.at(0).what;
  CHECK(controller.vendor_id == 0x103C);
  CHECK(controller.device_id == 0x323B);
  CHECK(controller.dma.bus_master);
}

TEST_CASE("A management function has accesses with kind, place and time") {
  const auto file = parse(device(
      "management",
      "[[device.access]]\nkind = \"heartbeat\"\naddress = 0x1000\nperiod = \"1ms\"\n"
      "[[device.access]]\nkind = \"read\"\naddress = 0x2000\nlength = 4096\nfirst = \"2us\"\n"));
  const auto& accesses = file.functions.at(0).what.dma.accesses;
  REQUIRE(accesses.size() == 2);
  CHECK(accesses[0].kind == AutonomousAccessDevice::Kind::heartbeat);
  CHECK(accesses[0].length == 4);
  CHECK(accesses[0].period_ps == 1'000'000'000);
  CHECK(accesses[1].length == 4096);
  CHECK(accesses[1].first_ps == 2'000'000);
  CHECK(accesses[1].period_ps == 0);
}

TEST_CASE("Bad functions are one line with what is allowed") {
  CHECK(says(device("disk"), "nic, nvme, management, agent, offload"));
  CHECK(says(device("nic", "bar0 = 0xF7C10000\n"), "is not a multiple of its size 0x20000"));
  CHECK(says(device("nic", "bar5 = 0\n"), "'device[0].bar5': unknown key"));
  CHECK(says(device("nic", "mac = \"52:54\"\n"), "'52:54' is not a MAC address"));
  CHECK(says(device("nic", "mac = \"01:00:00:00:00:00\"\n"), "is a group address"));
  CHECK(says(device("nvme", "image = \"no-such.img\"\n"), "'no-such.img' cannot be read"));
  CHECK(says(device("management", "[[device.access]]\nkind = \"read\"\n"), "address"));
  CHECK(
      says(device("management", "[[device.access]]\nkind = \"read\"\naddress = 1\nlength = 4097\n"),
           "4097 is out of range; allowed: 1..4096"));
  CHECK(says(
      device("management", "[[device.access]]\nkind = \"read\"\naddress = 1\nperiod = \"0s\"\n"),
      "is zero"));
}

TEST_CASE("What is injected as a series says how often and how far apart") {
  const auto storm =
      parse(inject("dma_read",
                   "requester = \"02:00.0\"\naddress = 0x1000\nlength = 64\ncount = 100\n"
                   "period = \"1us\"\nstride = 4096\npasid = 5\ntranslated = true\n"))
          .injections.at(0);
  CHECK(storm.what.kind == BusAction::Kind::read);
  CHECK(storm.what.count == 100);
  CHECK(storm.period_ps == 1'000'000);
  CHECK(storm.what.stride == 4096);
  CHECK(storm.what.tag.has_pasid);
  CHECK(storm.what.tag.address_type == RequestTag::AddressType::translated);
  CHECK(says(inject("dma_read", "requester = \"02:00.0\"\naddress = 1\nlength = 1\ncount = 2\n"),
             "says how long after each other they come"));
}

TEST_CASE("A message is four bytes to where messages go, and a replay moves bytes or a length") {
  const auto message =
      parse(inject("message", "requester = \"02:00.0\"\naddress = 0xFEE00010\ndata = 0x4031\n"))
          .injections.at(0)
          .what;
  CHECK(message.kind == BusAction::Kind::write);
  CHECK(message.bytes == std::vector<std::uint8_t>{0x31, 0x40, 0, 0});
  CHECK(says(inject("message", "requester = \"02:00.0\"\naddress = 0x1000\ndata = 1\n"),
             "is out of range"));
  CHECK(parse(inject("dma_replay", "requester = \"02:00.0\"\nlength = 4\ntransfer = 3\n"))
            .injections.at(0)
            .what.kind == BusAction::Kind::replay_read);
  CHECK(parse(inject("dma_replay", "requester = \"02:00.0\"\nbytes = \"00\"\n"))
            .injections.at(0)
            .what.kind == BusAction::Kind::replay_write);
  CHECK(says(inject("dma_replay", "requester = \"02:00.0\"\n"), "allowed: one of the two"));
  CHECK(says(inject("dma_replay", "requester = \"2.0\"\nlength = 4\n"), "2.0"));
}

TEST_CASE("Frames reach network controllers only, wires end at one, buses exist") {
  const auto resolves = [](const std::string& rest) -> std::string {
    ScenarioPaths paths;
    paths.configs = APICSIM_SOURCE_DIR "/configs";
    try {
      resolve_scenario(parse(rest), paths);
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "no error";
  };
  const auto has = [&](const std::string& rest, const std::string& part) {
    const std::string error = resolves(rest);
    CAPTURE(rest, error);
    return error.find(part) != std::string::npos;
  };
  CHECK(has(device("agent") + inject("frame", "device = \"0e:00.0\"\nbytes = \"00\"\n"),
            "names no 'nic' of this machine"));
  CHECK(has(device("nic", "peer = \"0f:00.0\"\n"), "that is no 'nic' of this machine"));
  CHECK(has(device("nic") + device("agent"), "two functions have this address"));
}
