#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/catch.h"
#include "tests/cli/handover_image.h"
#include "tests/cli/probe_image.h"
#include "tests/cli/program.h"
#include "tests/cli/tiny_guest.h"

using namespace apicsim::testing;

namespace {

/// A Multiboot image of a few instructions in 32-bit protected mode.
class Image {
 public:
  using Bytes = std::vector<std::uint8_t>;

  static Image of(const std::vector<TinyGuest::Code>& pieces) {
    FlatImage image;
    image.words[FlatImage::load_end] = 0;
    for (const auto& piece : pieces)
      image.code.insert(image.code.end(), piece.begin(), piece.end());
    return Image(image.build());
  }
  explicit Image(const Bytes& bytes)
      : file(folder.write("image.bin", std::string(bytes.begin(), bytes.end())).string()) {}

  ProgramResult run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "--image", file});
    return run_program(more);
  }

  TemporaryFolder folder;
  std::string file;
};

// mov $0x604, %dx; mov $0x2000, %ax; out %ax, %dx: SLP_EN with the sleep type of S5
const TinyGuest::Code kPowerOff = {0x66, 0xBA, 0x04, 0x06, 0x66, 0xB8, 0x00, 0x20, 0x66, 0xEF};

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

bool qemu_is_there() { return std::system("command -v qemu-system-x86_64 > /dev/null") == 0; }

/// The serial output of the image on QEMU's q35.
std::string run_on_qemu(const Image& image, const std::string& more) {
  const std::string out = (image.folder.path() / "serial").string();
  const std::string command =
      "timeout 60 qemu-system-x86_64 -machine q35 "
      "-cpu SandyBridge-v1 -m 512 -nodefaults -display none"
      " -device isa-debug-exit,iobase=0xf4,iosize=4 -serial file:" +
      out + " -kernel " + image.file + " " + more;
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 0x21);
  return contents(out);
}

}  // namespace

TEST_CASE("run --image: the exit status is what isa-debug-exit makes of the image's value") {
  for (const int value : {0, 1, 0x10, 0x7F, 0x80, 0xFF}) {
    INFO(value);
    const auto result = Image::of({TinyGuest::exit(static_cast<std::uint8_t>(value))}).run();
    CHECK(result.status == ((value << 1 | 1) & 0xFF));
  }
}

TEST_CASE("run --image: standard output is the serial console, byte for byte") {
  const auto result = Image::of({TinyGuest::print('a'), TinyGuest::print('\r'),
                                 TinyGuest::print('\n'), TinyGuest::print('b'), TinyGuest::exit(0)})
                          .run();
  CHECK(result.output == "a\r\nb");
  CHECK(result.errors == "apicsim: the guest wrote 0 to the debug exit port; exit status 1\n");
}

TEST_CASE("run --image: an end without a value of the image's own has an even exit status") {
  CHECK(Image::of({kPowerOff}).run().status == 0);
  CHECK(Image::of({TinyGuest::spin()}).run({"--max-time", "1us"}).status == 4);
  CHECK(Image::of({TinyGuest::halt()}).run().status == 8);
  CHECK(Image::of({TinyGuest::undefined()}).run().status == 10);
  CHECK(
      Image::of({TinyGuest::out(0xCF9, 6), TinyGuest::spin()}).run({"--max-time", "1us"}).status ==
      12);
}

TEST_CASE("run --image: what is no image, or no option, is one line and status 2") {
  const Image text(std::vector<std::uint8_t>(64, ' '));
  const auto result = text.run();
  CHECK(result.status == 2);
  CHECK(result.errors == text.file + ": is not an ELF file and has no Multiboot 1 header\n");
  const Image good = Image::of({TinyGuest::exit(0)});
  CHECK(good.run({"--x2apic", "maybe"}).errors ==
        "apicsim run: --x2apic is 'maybe'; allowed: on, off\n");
  CHECK(good.run({"--cpus", "many"}).status == 2);
  CHECK(good.run({"--cpus", "0"}).status == 2);
  CHECK(good.run({"--memory", "much"}).status == 2);
  CHECK(good.run({"--machine", "pdp-11"}).status == 2);
  CHECK(good.run({"--cpu", "vax"}).status == 2);
  CHECK(good.run({"--timing", "slow"}).status == 2);
  CHECK(good.run({"--initrd", "/nowhere"}).status == 2);
  CHECK(good.run({"a-scenario"}).errors ==
        "apicsim run: a scenario and --image; allowed: one of the two\n");
  CHECK(run_program({"run", "--cpus", "2", "qemu-q35/boot"}).errors ==
        "apicsim run: --cpus goes with --image; a scenario takes --set KEY=VALUE\n");
  CHECK(run_program({"run", "--image", "/nowhere/image"}).status == 2);
}

TEST_CASE("run --image: CPUID shows x2APIC unless it is switched off") {
  // mov $1, %eax; cpuid; shr $21, %ecx; and $1, %ecx; mov %ecx, %eax; out %al, $0xF4
  const TinyGuest::Code code = {0xB8, 1,    0,    0, 0,    0x0F, 0xA2, 0xC1, 0xE9,
                                21,   0x83, 0xE1, 1, 0x89, 0xC8, 0xE6, 0xF4};
  const Image image = Image::of({code});
  CHECK(image.run().status == 3);
  CHECK(image.run({"--x2apic", "on"}).status == 3);
  CHECK(image.run({"--x2apic", "off"}).status == 1);
  CHECK(image.run({"--cpu", "qemu-sandybridge-v1"}).status == 1);
}

TEST_CASE("run --image: the configuration device counts the CPUs that were asked for") {
  // mov $0x510, %dx; mov $5, %ax; out %ax, %dx; inc %dx; in %dx, %al; out %al, $0xF4
  const TinyGuest::Code code = {0x66, 0xBA, 0x10, 0x05, 0x66, 0xB8, 5,   0,
                                0x66, 0xEF, 0x66, 0x42, 0xEC, 0xE6, 0xF4};
  const Image image = Image::of({code});
  CHECK(image.run().status == 3);
  CHECK(image.run({"--cpus", "7"}).status == 15);
}

TEST_CASE("run --image: the test device lies at 0xE0 and keeps a byte") {
  // mov $0xE0, %dx; mov $0x2A, %al; out %al, %dx; mov $0, %al; in %dx, %al; out %al, $0xF4
  const TinyGuest::Code code = {0x66, 0xBA, 0xE0, 0, 0xB0, 0x2A, 0xEE, 0xB0, 0, 0xEC, 0xE6, 0xF4};
  CHECK(Image::of({code}).run().status == (0x2A << 1 | 1));
}

TEST_CASE("run --image: a trace, a summary and a transcript as of any run") {
  const Image image = Image::of({TinyGuest::print('x'), TinyGuest::exit(3)});
  const auto file = [&](const char* name) { return (image.folder.path() / name).string(); };
  const auto result = image.run({"--trace", file("t"), "--json", file("j"), "--console", file("c"),
                                 "--summary", "--timing", "timed"});
  CHECK(result.status == 7);
  CHECK(contents(file("c")) == "x");
  CHECK(contents(file("j")).find("\"exit_status\": 7") != std::string::npos);
  CHECK(result.errors.find("exit status     7") != std::string::npos);
  const auto trace = run_program({"trace", file("t")});
  CHECK(trace.status == 0);
  CHECK_FALSE(trace.output.empty());
}

TEST_CASE("Multiboot: what an image is told is what QEMU's loader tells it, byte for byte") {
  if (!qemu_is_there()) SKIP("qemu-system-x86_64 is not installed");
  const Image image(probe_image());
  const std::string first = image.folder.write("first", "one").string();
  const std::string second = image.folder.write("second", std::string(5000, '2')).string();
  const std::string modules = first + " with arguments," + second;
  const auto ours =
      image.run({"--cpu", "qemu-sandybridge-v1", "--append", "a b=c", "--initrd", modules});
  CHECK(ours.status == 0x21);
  const ProbeOutput here(ours.output);
  const ProbeOutput there(run_on_qemu(image, "-append 'a b=c' -initrd '" + modules + "'"));
  CHECK(here.registers == there.registers);
  CHECK(here.information == there.information);
  CHECK(here.memory_map == there.memory_map);
  CHECK(here.lists_without_name() == there.lists_without_name());
}

TEST_CASE("Multiboot: the memory map above 4 GiB is QEMU's") {
  if (!qemu_is_there()) SKIP("qemu-system-x86_64 is not installed");
  const Image image(probe_image());
  const auto ours = image.run({"--cpu", "qemu-sandybridge-v1", "--memory", "4GiB"});
  const ProbeOutput here(ours.output);
  const ProbeOutput there(run_on_qemu(image, "-m 4096"));
  CHECK(here.information == there.information);
  CHECK(here.memory_map == there.memory_map);
}

TEST_CASE(
    "Handover: pair, timer, local APIC and vectors are as SeaBIOS leaves them, byte for byte") {
  if (!qemu_is_there()) SKIP("qemu-system-x86_64 is not installed");
  const Image image(handover_image());
  const auto ours = image.run({"--cpu", "qemu-sandybridge-v1"});
  CHECK(ours.status == 0x21);
  CHECK(ours.output.size() == 7 + 5 * 4 + 256 * 2);
  CHECK(ours.output == run_on_qemu(image, ""));
}

TEST_CASE(
    "Handover: the boot processor is in virtual wire mode (MP 3.6.2.2), the pair masked as on a "
    "PC") {
  const std::string found = Image(handover_image()).run().output;
  const std::string expected(
      "\xB8\x8E\0\0\0\x0C\x34"
      "\xFF\1\0\0\0\0\1\0\0\x87\0\0\0\x84\0\0\0\0\1\0",
      27);
  CHECK(found.substr(0, expected.size()) == expected);
}

TEST_CASE("Handover: real mode gets the interrupts of both 8259s, the timer's after 65536 ticks") {
  const Image image(real_mode_ticks_image());
  // 65536 / 1193182 Hz = 54.925 ms
  CHECK(image.run({"--max-time", "54900us"}).status == 4);
  CHECK(image.run({"--max-time", "54950us"}).status == 0x21);
  if (!qemu_is_there()) SKIP("qemu-system-x86_64 is not installed");
  run_on_qemu(image, "-device pc-testdev");
}
