#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/inspect/elf_builder.h"
#include "tests/scenario/temporary_folder.h"

namespace apicsim::testing {

/// A guest of a few instructions, 32-bit protected mode as PVH starts it, and a scenario for it on
/// one CPU of qemu-q35: what the program does with the end of a run needs no kernel.
class TinyGuest {
 public:
  using Code = std::vector<std::uint8_t>;

  // mov $port, %dx; mov $value, %al; out %al, %dx
  static Code out(std::uint16_t port, std::uint8_t value) {
    return {
        0x66,  0xBA, static_cast<std::uint8_t>(port), static_cast<std::uint8_t>(port >> 8), 0xB0,
        value, 0xEE};
  }
  // mov $port, %dx; in %dx, %al
  static Code in(std::uint16_t port) {
    return {0x66, 0xBA, static_cast<std::uint8_t>(port), static_cast<std::uint8_t>(port >> 8),
            0xEC};
  }
  static Code print(char c) { return out(0x3F8, static_cast<std::uint8_t>(c)); }
  static Code exit(std::uint8_t code) { return out(0xF4, code); }
  static Code halt() { return {0xFA, 0xF4, 0xEB, 0xFD}; }  // cli; hlt; jmp to hlt
  static Code spin() { return {0xEB, 0xFE}; }              // jmp to itself
  static Code undefined() { return {0x0F, 0x0B}; }         // ud2, with no IDT
  static Code nop() { return {0x90}; }

  explicit TinyGuest(const std::vector<Code>& code) : TinyGuest(code, {}) {}

  /// `symbols`: a name for the start of a piece of code, empty for none.
  TinyGuest(const std::vector<Code>& code, const std::vector<std::string>& symbols) {
    ElfBuilder builder;
    Code text;
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (i < symbols.size() && !symbols[i].empty())
        builder.symbol(symbols[i], kBase + text.size(), code[i].size());
      text.insert(text.end(), code[i].begin(), code[i].end());
    }
    builder.segment(kBase, kBase, text, 0x1000);
    builder.note("Xen", 18, {0, 0, 0x10, 0});
    const auto image = builder.build();
    folder.write("tiny.elf", std::string(image.begin(), image.end()));
    write_scenario("");
  }

  void write_scenario(const std::string& more) {
    scenario = folder
                   .write("tiny.toml",
                          "title = \"A few instructions\"\nmachine = \"qemu-q35\"\ncpus = 1\n"
                          "memory = \"64MiB\"\n[kernel]\nimage = \"./tiny.elf\"\n" +
                              more)
                   .string();
  }

  std::string file(const std::string& name) const { return (folder.path() / name).string(); }

  TemporaryFolder folder;
  std::string scenario;

 private:
  static constexpr std::uint64_t kBase = 0x100000;
};

}  // namespace apicsim::testing
