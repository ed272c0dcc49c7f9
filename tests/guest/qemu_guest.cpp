#include "tests/guest/qemu_guest.h"

#include <sys/wait.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace apicsim::testing {

namespace {

const char* const qemu = "qemu-system-x86_64";

/// A file that is gone when the test is over.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& contents) {
    std::string pattern = (std::filesystem::temp_directory_path() / "guest-XXXXXX").string();
    const int descriptor = mkstemp(pattern.data());
    if (descriptor < 0) throw std::runtime_error("cannot make a temporary file");
    close(descriptor);
    m_path = pattern;
    std::ofstream(m_path, std::ios::binary) << contents;
  }
  ~TemporaryFile() { std::remove(m_path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return m_path; }

 private:
  std::string m_path;
};

std::string quoted(const std::string& word) {
  std::string result = "'";
  for (const char c : word) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return result + "'";
}

/// QEMU 10 has x2APIC, but ends with "Bad icount read" when it is used with -icount.
const std::string cpu_model = "SandyBridge-v1,-x2apic";

std::string command_for(const QemuGuest& guest, const std::string& script_path) {
  std::vector<std::string> words = {
      "timeout",
      std::to_string(guest.timeout_seconds),
      qemu,
      "-machine",
      "q35",
      "-cpu",
      cpu_model + (guest.features.empty() ? "" : "," + guest.features),
      "-smp",
      std::to_string(guest.cpus),
      "-m",
      guest.memory,
      "-display",
      "none",
      "-serial",
      "stdio",
      "-no-reboot",
      "-device",
      "isa-debug-exit,iobase=0xf4,iosize=4",
      "-device",
      "edu,dma_mask=0xffffffffffffffff",
      "-accel"};
  if (guest.deterministic) {
    words.insert(words.end(), {"tcg,thread=single", "-icount", "shift=0,sleep=off"});
  } else {
    words.emplace_back("tcg,thread=multi");
  }
  words.insert(words.end(), {"-kernel", guest_image(guest.release), "-append",
                             "debug_exit=0xf4 " + guest.command_line});
  if (!guest.script.empty()) words.insert(words.end(), {"-initrd", script_path});
  words.insert(words.end(), guest.options.begin(), guest.options.end());
  std::string command;
  for (const std::string& word : words) command += quoted(word) + " ";
  return command + "2>/dev/null </dev/null";
}

/// "[    0.123456] text" without the time stamp and carriage returns.
std::string without_stamp(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty() || line[0] != '[') return line;
  const std::size_t end = line.find("] ");
  return end == std::string::npos ? line : line.substr(end + 2);
}

}  // namespace

std::string QemuRun::line_with(const std::string& text) const {
  std::istringstream lines(transcript);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(text) != std::string::npos) return line;
  }
  return {};
}

std::string guest_image(const std::string& release) {
  return APICSIM_BINARY_DIR "/guest/guest-" + release + ".elf";
}

std::string repository_file(const std::string& path) {
  std::ifstream file(std::string(APICSIM_SOURCE_DIR "/") + path);
  if (!file) throw std::runtime_error("no such file: " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string qemu_missing() {
  if (!std::filesystem::exists(guest_image())) return "the guest image is not built";
  const std::string probe = std::string("command -v ") + qemu + " >/dev/null 2>&1";
  return std::system(probe.c_str()) == 0 ? "" : std::string(qemu) + " is not installed";
}

QemuRun run_in_qemu(const QemuGuest& guest) {
  const TemporaryFile script(guest.script);
  QemuRun run;
  FILE* pipe = popen(command_for(guest, script.path()).c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start a shell");
  std::string raw;
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) raw.append(buffer, n);
  const int status = pclose(pipe);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::istringstream lines(raw);
  for (std::string line; std::getline(lines, line);) run.transcript += without_stamp(line) + "\n";
  return run;
}

}  // namespace apicsim::testing
