#include <cstdio>
#include <cstring>

#include "models/apic/spec/io_apic_registers.h"
#include "models/apic/spec/local_apic_registers.h"
#include "models/fabric/spec/register_table.h"
#include "models/iommu/spec/registers.h"

/// Prints a register table as Markdown, or the names of all tables when none is given.
namespace {

struct NamedTable {
  const char* name;  ///< of the file in docs/registers, without its ending
  apicsim::spec::RegisterTable (*make)();
};

constexpr NamedTable tables[] = {{"local-apic", apicsim::lapic::register_table},
                                 {"io-apic", apicsim::ioapic::register_table},
                                 {"vtd", apicsim::vtd::register_table}};

}  // namespace

int main(int count, char** arguments) {
  for (const NamedTable& table : tables) {
    if (count < 2) std::puts(table.name);
    if (count < 2 || std::strcmp(arguments[1], table.name) != 0) continue;
    std::fputs(apicsim::spec::to_markdown(table.make()).c_str(), stdout);
    return 0;
  }
  return count < 2 ? 0 : 2;
}
