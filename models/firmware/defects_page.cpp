#include "models/firmware/defects_page.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

constexpr const char* kIntroduction = R"(# Named defects of firmware

    [firmware]
    defects = ["dmar-base-zero", { name = "dmar-ioapic-wrong-id", id = 8, wrong = 0 }]

`firmware.defects` of a [scenario](scenario.md) puts defects on the machine's tables, or on those of a dump or of
files, in the order given; `apicsim list defects` shows them. A defect changes bytes in memory that the guest's own
code parses. The board stays as it is: an interrupt is wired as the machine's good firmware says, whatever
the broken one says. A right length field and checksum of a changed table are right again afterwards, wrong ones stay as
wrong, unless they are what the defect is about. A defect that the firmware has nothing for ends the program
with one line and exit status 2. Numbers count from 0, in the order of the table. A device is written
`"02:00.0"`, hexadecimal.

"Seen" names machines that had it; a letter and number is the machine's case in the project's collection of
field cases.

| name | what is wrong | parameters | seen |
| --- | --- | --- | --- |
)";

std::string parameters_text(const FirmwareDefect& defect) {
  std::string text;
  for (const DefectParameter& parameter : defect.parameters)
    text += fmt::format("{}`{}`: {}", text.empty() ? "" : "; ", parameter.name, parameter.about);
  return text;
}

}  // namespace

std::string parameter_names(const FirmwareDefect& defect) {
  std::string names;
  for (const DefectParameter& parameter : defect.parameters)
    names += (names.empty() ? "" : ", ") + parameter.name;
  return names;
}

std::string defects_page(const std::vector<FirmwareDefect>& defects) {
  std::string page = kIntroduction;
  for (const FirmwareDefect& defect : defects)
    page += fmt::format("| `{}` | {} | {} | {} |\n", defect.name, defect.about,
                        parameters_text(defect), defect.seen);
  return page;
}

}  // namespace apicsim
