#include "guest/arch/apic_mode_parts.h"

#include "guest/acpi/acpi.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"

namespace {

constexpr u64 kDefaultBase = 0xfee00000;

bool no_apic;  // nolapic

bool setup_nolapic(const char*) {
  no_apic = true;
  return true;
}
KERNEL_PARAM(nolapic, "nolapic", setup_nolapic);
KERNEL_PARAM(disableapic, "disableapic", setup_nolapic);

}  // namespace

bool apic_forbidden() { return no_apic; }
bool apic_wanted() { return boot_cpu_data.apic && !no_apic; }

// KVM and Xen say so by their name (arch/x86/kernel/kvm.c, arch/x86/xen/enlighten.c).
bool hypervisor_has_x2apic() {
  if ((cpuid(1).ecx >> 31 & 1) == 0) return false;
  for (u32 base = 0x40000000; base < 0x40010000; base += 0x100) {
    const CpuidResult r = cpuid(base);
    const u32 words[3] = {r.ebx, r.ecx, r.edx};
    if (memcmp(words, "KVMKVMKVM\0\0\0", 12) == 0) return true;
    if (memcmp(words, "XenVMMXenVMM", 12) == 0) return true;
  }
  return false;
}

void use_apic_page() {
  u64 base = acpi_local_apic_address();
  if (base == 0) base = kDefaultBase;
  auto* page = static_cast<volatile u8*>(ioremap(base, 0x1000));
  BUG_ON(page == nullptr);
  set_apic_page(page);
  if (apic_verbose())
    printk(msg::kApicMapped, reinterpret_cast<unsigned long>(page),
           static_cast<unsigned long>(base));
}
