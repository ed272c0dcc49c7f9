#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace apicsim {

/// A q35 machine in QEMU whose only CPU is halted, driven over the qtest protocol: every access to
/// a port or an address goes to QEMU's device models (QEMU docs/devel/qtest.rst). Its clock runs
/// in host time.
class QemuMachine {
 public:
  QemuMachine();
  ~QemuMachine();
  QemuMachine(const QemuMachine&) = delete;
  QemuMachine& operator=(const QemuMachine&) = delete;

  /// False where there is no qemu-system-x86_64 that speaks qtest.
  bool available() const { return m_available; }

  /// `size` 1, 2 or 4; memory also 8.
  std::uint64_t in(std::uint16_t port, unsigned size);
  void out(std::uint16_t port, unsigned size, std::uint64_t value);
  std::uint64_t read(std::uint64_t address, unsigned size);
  void write(std::uint64_t address, unsigned size, std::uint64_t value);

 private:
  void start(const std::string& rom);
  std::string command(const std::string& text);

  std::FILE* m_to = nullptr;
  std::FILE* m_from = nullptr;
  pid_t m_process = -1;
  bool m_available = false;
};

}  // namespace apicsim
