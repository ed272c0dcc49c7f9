#include "tests/devices/qemu_machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace apicsim {
namespace {

constexpr unsigned rom_size = 0x10000;
constexpr char hlt = static_cast<char>(0xF4);

/// A firmware image whose reset vector, as every other byte, is HLT; interrupts are off at reset.
std::string write_rom() {
  std::string name = std::string(APICSIM_BINARY_DIR) + "/halted-rom-XXXXXX";
  const int file = ::mkstemp(name.data());
  if (file < 0) throw std::runtime_error("cannot write " + name);
  const std::string image(rom_size, hlt);
  const bool written = ::write(file, image.data(), image.size()) == rom_size;
  ::close(file);
  if (!written) throw std::runtime_error("cannot write " + name);
  return name;
}

char suffix(unsigned size) { return size == 1 ? 'b' : size == 2 ? 'w' : size == 4 ? 'l' : 'q'; }

}  // namespace

QemuMachine::QemuMachine() {
  ::signal(SIGPIPE, SIG_IGN);
  const std::string rom = write_rom();
  start(rom);
  m_available = command("inb 0x21").rfind("OK", 0) == 0;
  ::unlink(rom.c_str());
}

QemuMachine::~QemuMachine() {
  if (m_process > 0) {
    ::kill(m_process, SIGKILL);
    ::waitpid(m_process, nullptr, 0);
  }
  if (m_to != nullptr) std::fclose(m_to);
  if (m_from != nullptr) std::fclose(m_from);
}

void QemuMachine::start(const std::string& rom) {
  std::array<int, 2> down{}, up{};
  if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipes");
  m_process = ::fork();
  if (m_process == 0) {
    ::dup2(down[0], STDIN_FILENO);
    ::dup2(up[1], STDOUT_FILENO);
    const int null = ::open("/dev/null", O_WRONLY);
    if (null >= 0) ::dup2(null, STDERR_FILENO);
    ::execlp("qemu-system-x86_64", "qemu-system-x86_64", "-machine", "q35,accel=tcg", "-bios",
             rom.c_str(), "-m", "64", "-nodefaults", "-display", "none", "-serial", "null",
             "-device", "edu,addr=4,dma_mask=0xffffffffffffffff", "-device",
             "nec-usb-xhci,addr=5,msi=on,msix=on", "-device",
             "e1000e,addr=7,mac=52:54:00:12:34:56,romfile=", "-rtc", "base=2014-03-01T00:59:59",
             "-qtest", "stdio", "-qtest-log", "none", nullptr);
    ::_exit(127);
  }
  ::close(down[0]);
  ::close(up[1]);
  m_to = ::fdopen(down[1], "w");
  m_from = ::fdopen(up[0], "r");
}

std::string QemuMachine::command(const std::string& text) {
  std::fputs((text + "\n").c_str(), m_to);
  std::fflush(m_to);
  std::array<char, 256> line{};
  return std::fgets(line.data(), line.size(), m_from) == nullptr ? "" : line.data();
}

std::uint64_t QemuMachine::in(std::uint16_t port, unsigned size) {
  const std::string answer = command(fmt::format("in{} {:#x}", suffix(size), port));
  return std::stoull(answer.substr(3), nullptr, 16);
}

void QemuMachine::out(std::uint16_t port, unsigned size, std::uint64_t value) {
  command(fmt::format("out{} {:#x} {:#x}", suffix(size), port, value));
}

std::uint64_t QemuMachine::read(std::uint64_t address, unsigned size) {
  const std::string answer = command(fmt::format("read{} {:#x}", suffix(size), address));
  return std::stoull(answer.substr(3), nullptr, 16);
}

void QemuMachine::write(std::uint64_t address, unsigned size, std::uint64_t value) {
  command(fmt::format("write{} {:#x} {:#x}", suffix(size), address, value));
}

}  // namespace apicsim
