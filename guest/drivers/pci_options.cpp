#include "guest/drivers/pci_options.h"

#include "guest/kernel/cmdline.h"
#include "guest/kernel/printk.h"
#include "guest/lib/text.h"

namespace {

PciOptions options = {true, true};
Text given = {nullptr, 0};

bool apply(Text option) {
  if (same_text(option, "nomsi")) {
    options.msi = false;
  } else if (same_text(option, "nommconf") || same_text(option, "conf1")) {
    options.mapped_config = false;
  } else {
    return false;
  }
  return true;
}

bool setup_pci(const char* value) {
  if (!value) return false;
  given = text_of(value);
  for (Text rest = given; !rest.empty();) apply(take_until(&rest, ','));
  return true;
}
KERNEL_PARAM(pci, "pci", setup_pci);

}  // namespace

const PciOptions& pci_options() { return options; }

void pci_report_options() {
  for (Text rest = given; !rest.empty();) {
    const Text option = take_until(&rest, ',');
    if (apply(option)) continue;
    char name[32];
    copy_text(option, name, sizeof(name));
    // drivers/pci/pci.c pci_setup()
    pr_err("PCI: Unknown option `%s'\n", name);
  }
}
