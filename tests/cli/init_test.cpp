#include <algorithm>
#include <string>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/inspect/flat_image.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim::testing;

namespace {

using Code = std::vector<std::uint8_t>;

constexpr std::uint32_t kBase = 0x10000;  // where real mode reaches it, as 1000:0000
constexpr std::uint8_t kResumed = 0x21;

Code operator+(Code left, const Code& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Code words(std::uint32_t value) {
  Code bytes;
  for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return bytes;
}

// movl $value, address
Code store(std::uint32_t address, std::uint32_t value) {
  return Code{0xC7, 0x05} + words(address) + words(value);
}
// mov $value, %al; out %al, $port
Code out(std::uint8_t port, std::uint8_t value) { return {0xB0, value, 0xE6, port}; }
// mov $0xCF9, %dx; mov $value, %al; out %al, %dx
Code reset_control(std::uint8_t value) { return {0x66, 0xBA, 0xF9, 0x0C, 0xB0, value, 0xEE}; }

const Code kSpin = {0xEB, 0xFE};
constexpr std::uint32_t kIcr = 0xFEE00300;
constexpr std::uint32_t kInit = 0x4500;     // INIT, assert
constexpr std::uint32_t kStartUp = 0x4610;  // SIPI to 10000h

// Real mode: takes IA32_APIC_BASE to x2APIC mode and sends INIT to APIC id 0.
//   mov $0x1B, %ecx; rdmsr; or $0x0C, %ah; wrmsr; mov $0x830, %ecx; mov $0x4500, %eax
//   xor %edx, %edx; wrmsr; hlt
const Code kInitToBootstrap = {0x66, 0xB9, 0x1B, 0,    0,    0,    0x0F, 0x32, 0x80, 0xCC, 0x0C,
                               0x0F, 0x30, 0x66, 0xB9, 0x30, 0x08, 0,    0,    0x66, 0xB8, 0x00,
                               0x45, 0,    0,    0x66, 0x31, 0xD2, 0x0F, 0x30, 0xF4};

/// Writes `shutdown` to CMOS register 0Fh and a resume address to 40:67, then does `trigger` in
/// 32-bit protected mode; what is resumed writes kResumed to the debug exit port. `start` stands at
/// the image's beginning. Returns the exit status.
int status_after(std::uint8_t shutdown, const Code& trigger, const Code& start = {}) {
  FlatImage image;
  for (const std::size_t word :
       {FlatImage::header, FlatImage::load, FlatImage::bss_end, FlatImage::entry})
    image.words[word] -= FlatImage::kLoad - kBase;
  image.words[FlatImage::load_end] = 0;
  const Code before = out(0x70, 0x0F) + out(0x71, shutdown);
  const std::size_t resume = 0x60 + before.size() + 10 + trigger.size() + kSpin.size();
  image.code = before + store(0x467, kBase << 12 | static_cast<std::uint32_t>(resume)) + trigger +
               kSpin + out(0xF4, kResumed);
  auto bytes = image.build();
  std::copy(start.begin(), start.end(), bytes.begin() + FlatImage::kOffset - 0x20);
  TemporaryFolder folder;
  const auto file = folder.write("image", std::string(bytes.begin(), bytes.end())).string();
  return run_program({"run", "--image", file, "--cpus", "2", "--max-time", "10ms"}).status;
}

constexpr int kResumedStatus = kResumed << 1 | 1;
constexpr int kMachineReset = 12;

}  // namespace

TEST_CASE(
    "MP B.4: after an INIT the bootstrap processor resumes at 40:67 if CMOS 0Fh says 0Ah or 05h") {
  CHECK(status_after(0x0A, store(kIcr, kInit)) == kResumedStatus);
  CHECK(status_after(0x05, store(kIcr, kInit)) == kResumedStatus);
  for (const std::uint8_t other : {0x00, 0x04, 0x06, 0x09, 0x0B, 0xFF}) {
    INFO(static_cast<unsigned>(other));
    CHECK(status_after(other, store(kIcr, kInit)) == kMachineReset);
  }
}

TEST_CASE("Keyboard controller, port 92h and a soft reset at CF9h pulse INIT# of the processors") {
  CHECK(status_after(0x0A, out(0x64, 0xFE)) == kResumedStatus);
  CHECK(status_after(0x0A, out(0x92, 0x00) + out(0x92, 0x01)) == kResumedStatus);
  CHECK(status_after(0x0A, reset_control(0x00) + reset_control(0x04)) == kResumedStatus);
}

TEST_CASE("A hard reset at CF9h resets the machine, whatever CMOS 0Fh says") {
  CHECK(status_after(0x0A, reset_control(0x02) + reset_control(0x06)) == kMachineReset);
  CHECK(status_after(0x0A, reset_control(0x0E)) == kMachineReset);
}

TEST_CASE(
    "SDM 9.4: an application processor that was started by SIPI can INIT the bootstrap processor") {
  const Code start_other = store(kIcr + 0x10, 1u << 24) + store(kIcr, kInit) +
                           store(kIcr + 0x10, 1u << 24) + store(kIcr, kStartUp);
  CHECK(status_after(0x0A, start_other, kInitToBootstrap) == kResumedStatus);
  // Without the INIT the bootstrap processor goes on spinning: the limit of time ends the run.
  CHECK(status_after(0x0A, start_other, {0xF4}) == 4);
}

TEST_CASE(
    "SDM 9.4: a SIPI without an INIT before it starts a processor that waits since power-up") {
  const Code start_other = store(kIcr + 0x10, 1u << 24) + store(kIcr, kStartUp);
  CHECK(status_after(0x0A, start_other, kInitToBootstrap) == kResumedStatus);
}

TEST_CASE("FFFF:0000 and F000:FFF0 restart the machine, from real mode") {
  // Started by SIPI: ljmp $segment, $offset
  const Code start_other = store(kIcr + 0x10, 1u << 24) + store(kIcr, kStartUp);
  CHECK(status_after(0x00, start_other, {0xEA, 0x00, 0x00, 0xFF, 0xFF}) == kMachineReset);
  CHECK(status_after(0x00, start_other, {0xEA, 0xF0, 0xFF, 0x00, 0xF0}) == kMachineReset);
}
