#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/firmware/firmware_description.h"

namespace apicsim {

/// What a defect may say more exactly; every parameter may be left out.
struct DefectParameter {
  /// A device is written "bus:device.function" and is the number of its requester id.
  enum class Kind : std::uint8_t { number, text, device };
  std::string name;
  Kind kind = Kind::number;
  std::string about;  ///< meaning and default
};

/// Values of a defect's parameters, by name.
class DefectArguments {
 public:
  void set(const std::string& name, std::uint64_t value) { m_numbers[name] = value; }
  void set(const std::string& name, const std::string& value) { m_texts[name] = value; }
  bool has(const std::string& name) const { return m_numbers.count(name) != 0; }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const auto found = m_numbers.find(name);
    return found == m_numbers.end() ? otherwise : found->second;
  }
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = m_texts.find(name);
    return found == m_texts.end() ? otherwise : found->second;
  }

 private:
  std::map<std::string, std::uint64_t> m_numbers;
  std::map<std::string, std::string> m_texts;
};

/// What defects change, and what they have to ask of the machine that the firmware is on.
struct DefectTarget {
  FirmwareDescription& firmware;
  /// Takes `size` bytes at `base` out of what the memory map reports as reserved: as usable memory
  /// where there is memory, else as nothing. Tells whether anything of it was reserved.
  std::function<bool(std::uint64_t base, std::uint64_t size)> unreserve;
  /// Does neither memory nor a device answer in `size` bytes at `base`?
  std::function<bool(std::uint64_t base, std::uint64_t size)> is_empty;
};

/// A named way in which firmware is wrong.
struct FirmwareDefect {
  std::string name;
  std::string about;  ///< one line: what it does
  std::string seen;   ///< where it was seen; empty: nowhere that is known
  std::vector<DefectParameter> parameters;
  std::function<void(const DefectArguments&, DefectTarget&)> apply;
};

/// All of them, by subject.
std::vector<FirmwareDefect> firmware_defects();

/// Changes the firmware; it may be described or come from a dump. A right length field and checksum
/// of a changed table are right again afterwards, wrong ones stay as wrong, unless they are what
/// the defect is about. Throws FirmwareError, one line without the defect's name, when the firmware
/// has nothing that it could apply to.
void apply_defect(const FirmwareDefect& defect, const DefectArguments& arguments,
                  DefectTarget& target);

}  // namespace apicsim
