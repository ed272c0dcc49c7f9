// NVM Express 1.4: registers, queues, PRP entries, commands and their errors.
#include "models/devices/nvme/nvme_controller.h"

#include "tests/catch.h"
#include "tests/devices/endpoint_bench.h"

using namespace apicsim;
using Status = apicsim::nvme::Status;

namespace {

constexpr std::uint64_t admin_sq = 0x10000, admin_cq = 0x11000, io_sq = 0x12000, io_cq = 0x13000;
constexpr std::uint32_t entries = 4;

struct Bench : EndpointSurroundings {
  static NvmeController::Config config(std::optional<std::uint32_t> alias) {
    NvmeController::Config config;
    config.image = {'d', 'i', 's', 'k'};
    config.size = 1 << 20;
    config.command_time = 100;
    config.data_id = alias;
    return config;
  }
  static PciIdentity identity() {
    PciIdentity identity;
    identity.vendor_id = 0x1B36;
    identity.interrupt_pin = 1;
    return identity;
  }
  NvmeController device;
  BusDriver registers{"registers"};
  std::uint32_t tail = 0, io_tail = 0, head = 0, io_head = 0;
  std::uint16_t next_id = 7;

  explicit Bench(std::optional<std::uint32_t> alias = {})
      : device("device", timebase, {4, 0, 0}, identity(), config(alias), wiring()) {
    device.dma.socket.bind(map.in);
    device.data.socket.bind(map.in);
    registers.socket.bind(device.registers.socket);
    elaborate();
    device.write_config(command_register, 2, 0x6, 0);
  }
  std::uint32_t in(std::uint64_t offset) { return registers.read<std::uint32_t>(offset); }
  void out(std::uint64_t offset, std::uint32_t value) { registers.write(offset, value); }

  void enable() {
    out(nvme::aqa, (entries - 1) << 16 | (entries - 1));
    registers.write<std::uint64_t>(nvme::asq, admin_sq);
    registers.write<std::uint64_t>(nvme::acq, admin_cq);
    out(nvme::cc, 4u << 20 | 6u << 16 | nvme::cc_enable);
  }
  /// A command in queue `number`; the result is its completion.
  std::array<std::uint32_t, 4> execute(unsigned number, NvmeCommand command) {
    std::uint32_t& at = number == 0 ? tail : io_tail;
    std::uint32_t& done = number == 0 ? head : io_head;
    command.dword[0] = (command.dword[0] & 0xFFFF) | static_cast<std::uint32_t>(++next_id) << 16;
    for (unsigned i = 0; i < 16; ++i)
      memory.write_value((number == 0 ? admin_sq : io_sq) + 64 * at + 4 * i, command.dword[i]);
    at = (at + 1) % entries;
    out(nvme::doorbells + 8 * number, at);
    wait(10'000);
    std::array<std::uint32_t, 4> entry{};
    for (unsigned i = 0; i < 4; ++i)
      entry[i] =
          memory.read_value<std::uint32_t>((number == 0 ? admin_cq : io_cq) + 16 * done + 4 * i);
    REQUIRE((entry[3] & 0xFFFF) == next_id);
    done = (done + 1) % entries;
    out(nvme::doorbells + 8 * number + 4, done);
    return entry;
  }
  Status status(unsigned number, const NvmeCommand& command) {
    return static_cast<Status>(execute(number, command)[3] >> 17 & 0x7FF);
  }
  static NvmeCommand command(std::uint8_t opcode, std::uint32_t name_space = 0,
                             std::uint64_t prp1 = 0, std::uint32_t cdw10 = 0,
                             std::uint32_t cdw11 = 0, std::uint32_t cdw12 = 0,
                             std::uint64_t prp2 = 0) {
    NvmeCommand made;
    made.dword[0] = opcode;
    made.dword[1] = name_space;
    made.dword[6] = static_cast<std::uint32_t>(prp1);
    made.dword[7] = static_cast<std::uint32_t>(prp1 >> 32);
    made.dword[8] = static_cast<std::uint32_t>(prp2);
    made.dword[10] = cdw10;
    made.dword[11] = cdw11;
    made.dword[12] = cdw12;
    return made;
  }
  void create_queues() {
    REQUIRE(status(0, command(nvme::create_io_cq, 0, io_cq, (entries - 1) << 16 | 1,
                              3u << 16 | 3)) == Status::success);
    REQUIRE(status(0, command(nvme::create_io_sq, 0, io_sq, (entries - 1) << 16 | 1,
                              1u << 16 | 1)) == Status::success);
  }
};

}  // namespace

TEST_CASE("NVMe registers: capabilities, version, mask bits, and ready follows enable") {
  Bench bench;
  CHECK(bench.registers.read<std::uint64_t>(nvme::cap) == 0x00400020'0F0100FFull);
  CHECK(bench.in(nvme::vs) == 0x00010400);
  CHECK(bench.in(nvme::csts) == 0);
  bench.out(nvme::intms, 0x5);
  CHECK(bench.in(nvme::intms) == 0x5);
  bench.out(nvme::intmc, 0x1);
  CHECK(bench.in(nvme::intmc) == 0x4);
  bench.enable();
  CHECK(bench.in(nvme::csts) == nvme::csts_ready);
  bench.out(nvme::cc, 1u << 14 | nvme::cc_enable);
  CHECK((bench.in(nvme::csts) >> 2 & 3) == 2);
  bench.out(nvme::cc, 0);
  CHECK(bench.in(nvme::csts) == 0);
}

TEST_CASE("NVMe: what cannot be enabled is a fatal status (section 3.1.5)") {
  Bench bench;
  bench.out(nvme::cc, nvme::cc_enable);  // AQA = 0
  CHECK(bench.in(nvme::csts) == nvme::csts_fatal);
  bench.out(nvme::cc, 0);
  bench.enable();
  CHECK(bench.in(nvme::csts) == nvme::csts_ready);
}

TEST_CASE("NVMe Identify: sizes of entries, one namespace of blocks of 512 bytes") {
  Bench bench;
  bench.enable();
  CHECK(bench.status(0, Bench::command(nvme::identify, 0, 0x20000, 1)) == Status::success);
  CHECK(bench.memory.read_value<std::uint16_t>(0x20000) == 0x1B36);
  CHECK(bench.memory.read_value<std::uint16_t>(0x20000 + 512) == 0x4466);
  CHECK(bench.memory.read_value<std::uint32_t>(0x20000 + 516) == 1);
  CHECK(bench.status(0, Bench::command(nvme::identify, 1, 0x20000, 0)) == Status::success);
  CHECK(bench.memory.read_value<std::uint64_t>(0x20000) == 2048);
  CHECK(bench.memory.read_value<std::uint8_t>(0x20000 + 130) == 9);
  CHECK(bench.status(0, Bench::command(nvme::identify, 0, 0x20000, 2)) == Status::success);
  CHECK(bench.memory.read_value<std::uint64_t>(0x20000) == 1);
  CHECK(bench.status(0, Bench::command(nvme::identify, 2, 0x20000, 0)) ==
        Status::invalid_namespace);
  CHECK(bench.status(0, Bench::command(nvme::identify, 1, 0x20000, 0x55)) == Status::invalid_field);
}

TEST_CASE("NVMe: blocks that were written are read again, by PRP pairs and lists") {
  Bench bench;
  bench.enable();
  bench.create_queues();
  REQUIRE(bench.status(1, Bench::command(nvme::read, 1, 0x30000, 0)) == Status::success);
  CHECK(bench.bytes(0x30000, 5) == std::vector<std::uint8_t>{'d', 'i', 's', 'k', 0});
  // 24 blocks: 12 KiB from the middle of a page over a list of three entries.
  std::vector<std::uint8_t> pattern(12288);
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::uint8_t>(i * 7);
  bench.put(0x40800, {pattern.begin(), pattern.begin() + 2048});
  bench.put(0x50000, {pattern.begin() + 2048, pattern.begin() + 6144});
  bench.put(0x60000, {pattern.begin() + 6144, pattern.begin() + 10240});
  bench.put(0x70000, {pattern.begin() + 10240, pattern.end()});
  bench.memory.write_value<std::uint64_t>(0x80000, 0x50000);
  bench.memory.write_value<std::uint64_t>(0x80008, 0x60000);
  bench.memory.write_value<std::uint64_t>(0x80010, 0x70000);
  REQUIRE(bench.status(1, Bench::command(nvme::write, 1, 0x40800, 100, 0, 23, 0x80000)) ==
          Status::success);
  REQUIRE(bench.status(1, Bench::command(nvme::read, 1, 0x90000, 100, 0, 15, 0x91000)) ==
          Status::success);
  CHECK(bench.bytes(0x90000, 8192) ==
        std::vector<std::uint8_t>(pattern.begin(), pattern.begin() + 8192));
  // The list's page ends with a pointer to the next one.
  bench.memory.write_value<std::uint64_t>(0xA0FF8, 0xB0000);
  bench.memory.write_value<std::uint64_t>(0xB0000, 0xC1000);
  bench.memory.write_value<std::uint64_t>(0xB0008, 0xC2000);
  REQUIRE(bench.status(1, Bench::command(nvme::read, 1, 0xC0000, 100, 0, 23, 0xA0FF8)) ==
          Status::success);
  CHECK(bench.bytes(0xC0000, 12288) == pattern);
  REQUIRE(bench.status(1, Bench::command(nvme::write_zeroes, 1, 0, 100, 0, 0)) == Status::success);
  REQUIRE(bench.status(1, Bench::command(nvme::read, 1, 0x90000, 100, 0, 0)) == Status::success);
  CHECK(bench.bytes(0x90000, 512) == std::vector<std::uint8_t>(512));
}

TEST_CASE("NVMe: bad commands end with the status of the specification") {
  Bench bench;
  bench.enable();
  const auto admin = [&](std::uint8_t opcode, std::uint64_t prp, std::uint32_t ten,
                         std::uint32_t eleven) {
    return bench.status(0, Bench::command(opcode, 0, prp, ten, eleven));
  };
  CHECK(admin(0x7F, 0, 0, 0) == Status::invalid_opcode);
  CHECK(admin(nvme::create_io_cq, io_cq, 3u << 16, 1) == Status::invalid_queue_id);
  CHECK(admin(nvme::create_io_cq, io_cq, 3u << 16 | 9, 1) == Status::invalid_queue_id);
  CHECK(admin(nvme::create_io_cq, io_cq, 1, 1) == Status::invalid_queue_size);
  CHECK(admin(nvme::create_io_cq, io_cq, 256u << 16 | 1, 1) == Status::invalid_queue_size);
  CHECK(admin(nvme::create_io_cq, io_cq, 3u << 16 | 1, 9u << 16 | 3) == Status::invalid_vector);
  CHECK(admin(nvme::create_io_cq, io_cq, 3u << 16 | 1, 0) == Status::invalid_field);
  CHECK(admin(nvme::create_io_cq, io_cq + 8, 3u << 16 | 1, 1) == Status::invalid_prp_offset);
  CHECK(admin(nvme::create_io_sq, io_sq, 3u << 16 | 1, 1u << 16 | 1) ==
        Status::completion_queue_invalid);
  bench.create_queues();
  CHECK(admin(nvme::create_io_cq, io_cq, 3u << 16 | 1, 1) == Status::invalid_queue_id);
  CHECK(admin(nvme::delete_io_cq, 0, 1, 0) == Status::invalid_queue_deletion);
  CHECK(admin(nvme::get_log_page, 0x20000, 127u << 16 | 9, 0) == Status::invalid_log_page);
  CHECK(bench.status(1, Bench::command(nvme::read, 2, 0x30000)) == Status::invalid_namespace);
  CHECK(bench.status(1, Bench::command(nvme::read, 1, 0x30000, 2048)) == Status::lba_out_of_range);
  CHECK(bench.status(1, Bench::command(nvme::read, 1, 0x30000, 2047, 0, 1)) ==
        Status::lba_out_of_range);
  CHECK(bench.status(1, Bench::command(nvme::read, 1, 0x30000, 0, 0, 256)) ==
        Status::invalid_field);
  CHECK(bench.status(1, Bench::command(nvme::read, 1, 0x30002)) == Status::invalid_prp_offset);
  CHECK(bench.status(1, Bench::command(nvme::read, 1, 0x30000, 0, 0, 15, 0x31008)) ==
        Status::invalid_prp_offset);
  CHECK(bench.status(1, Bench::command(0x42, 1)) == Status::invalid_opcode);
  NvmeCommand fused = Bench::command(nvme::read, 1, 0x30000);
  fused.dword[0] |= 1u << 8;
  CHECK(bench.status(1, fused) == Status::invalid_field);
  CHECK(admin(nvme::delete_io_sq, 0, 1, 0) == Status::success);
  CHECK(admin(nvme::delete_io_cq, 0, 1, 0) == Status::success);
}

TEST_CASE("NVMe: a doorbell of no queue, or beyond its size, is an asynchronous event") {
  Bench bench;
  bench.enable();
  bench.create_queues();
  NvmeCommand request = Bench::command(nvme::async_event_request);
  for (unsigned i = 0; i < 16; ++i)
    bench.memory.write_value(admin_sq + 64 * bench.tail + 4 * i, request.dword[i]);
  bench.out(nvme::doorbells, ++bench.tail % entries);
  bench.wait(1000);
  const std::uint64_t slot = admin_cq + 16 * bench.head;
  const std::uint32_t before = bench.memory.read_value<std::uint32_t>(slot);
  CHECK(before != nvme::event_invalid_doorbell_value);
  bench.out(nvme::doorbells + 8, entries);
  CHECK(bench.memory.read_value<std::uint32_t>(slot) == nvme::event_invalid_doorbell_value);
  CHECK(bench.device.statistics().invalid_doorbells == 1);
}

TEST_CASE("NVMe interrupts: INTA while a queue has entries, MSI-X by the queue's vector") {
  Bench bench;
  bench.enable();
  bench.create_queues();
  CHECK_FALSE(bench.device.interrupt_asserted());
  const NvmeCommand flush = Bench::command(nvme::flush, 1);
  for (unsigned i = 0; i < 16; ++i) bench.memory.write_value(io_sq + 4 * i, flush.dword[i]);
  bench.out(nvme::doorbells + 8, 1);
  bench.wait(1000);
  CHECK(bench.device.interrupt_asserted());
  bench.out(nvme::intms, 1u << 3);
  CHECK_FALSE(bench.device.interrupt_asserted());
  bench.out(nvme::intmc, 1u << 3);
  CHECK(bench.device.interrupt_asserted());
  bench.out(nvme::doorbells + 12, 1);
  CHECK_FALSE(bench.device.interrupt_asserted());
  bench.io_tail = bench.io_head = 1;
  enable_msix(bench.device, bench.registers, nvme::vectors, nvme::msix_table);
  CHECK(bench.status(1, flush) == Status::success);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].data == 0x53);
}

TEST_CASE(
    "NVMe: the data of a controller with an alias comes from a function that does not exist") {
  Bench bench(0x401);
  CHECK(bench.device.dma.requester_id() == 0x400);
  CHECK(bench.device.data.requester_id() == 0x401);
}

TEST_CASE("NVMe without bus mastering: the fetch fails, the controller is in fatal status") {
  Bench bench;
  bench.enable();
  bench.device.write_config(command_register, 2, 0x2, 0);
  bench.out(nvme::doorbells, 1);
  bench.wait(1000);
  CHECK((bench.in(nvme::csts)&nvme::csts_fatal) != 0);
  bench.device.write_config(command_register, 2, 0x6, 0);
  bench.out(nvme::cc, 0);
  bench.enable();
  CHECK(bench.in(nvme::csts) == nvme::csts_ready);
  CHECK(bench.status(0, Bench::command(nvme::identify, 0, 0x20000, 1)) == Status::success);
}
