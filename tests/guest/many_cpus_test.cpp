// Machines with more CPUs than 8 bits can name, and with CPUs in different APIC modes: the shipped
// scenarios and their variants, on the simulator. What the kernel does and says follows
// arch/x86/kernel/apic/apic.c, arch/x86/kernel/acpi/boot.c and arch/x86/kernel/smpboot.c of Linux
// 3.13 and 3.2.
#include <filesystem>
#include <string>

#include "tests/catch.h"
#include "tests/guest/qemu_guest.h"
#include "tests/support/scenario_run.h"

using namespace apicsim::testing;

namespace {

std::string missing() {
  if (!std::filesystem::exists(simulator)) return "the simulator is not built";
  const bool images =
      std::filesystem::exists(guest_image()) && std::filesystem::exists(guest_image("3.2"));
  return images ? "" : "the guest images are not built";
}

/// Everything that a run of configs/<name>.toml prints, with `changes` ("key=value", quoted for the
/// shell) made by --set.
std::string run(const std::string& name, const std::vector<std::string>& changes = {}) {
  std::string options = APICSIM_SOURCE_DIR "/configs/" + name + ".toml";
  for (const std::string& change : changes) options += " --set '" + change + "'";
  const std::string text = run_apicsim(options);
  INFO(text);
  CHECK_FALSE(text.empty());
  return text;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

constexpr char k3_2[] = "kernel.image=\"guest-3.2\"";
constexpr char kNoRemapping[] = "kernel.cmdline+=intremap=off";
constexpr char kXapicHandover[] = "firmware.x2apic=\"none\"";

}  // namespace

TEST_CASE("288 CPUs run in x2APIC mode where interrupts are remapped with 32-bit ids") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus");
  CHECK(has(text, "x2apic enabled by BIOS, switching to x2apic ops"));
  CHECK(has(text, "Setting APIC routing to cluster x2apic."));
  CHECK(has(text, "ACPI: X2APIC (apic_id[0xff] uid[0xff] enabled)"));
  CHECK(has(text, "ACPI: X2APIC_NMI (uid[0xffffffff] dfl dfl lint[0x1])"));
  CHECK(has(text, "Enabled IRQ remapping in x2apic mode"));
  CHECK(has(text, "x86: Booted up 1 node, 288 CPUs"));
  CHECK(has(text, "workload: done"));
  CHECK_FALSE(has(text, "not every call ran once"));
  CHECK_FALSE(has(text, "ignored"));
}

TEST_CASE("3.2 runs 288 CPUs in x2APIC mode, too") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus", {k3_2});
  CHECK(has(text, "Setting APIC routing to cluster x2apic."));
  CHECK(has(text, "Brought up 288 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("Physical destinations reach all 288 CPUs, too: x2apic_phys") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus", {"kernel.cmdline+=x2apic_phys"});
  CHECK(has(text, "Setting APIC routing to physical x2apic."));
  CHECK(has(text, "x86: Booted up 1 node, 288 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("NR_CPUS of Ubuntu's build, as nr_cpus=256, leaves 32 of 288 CPUs out by name") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run(
      "qemu-q35/288-cpus", {"kernel.cmdline+=nr_cpus=256", "workload.script=\"slub-validate\""});
  CHECK(
      has(text, "ACPI: NR_CPUS/possible_cpus limit of 256 reached.  Processor 256/0x100 ignored."));
  CHECK(count(text, "limit of 256 reached") == 32);
  CHECK(has(text, "smpboot: 288 Processors exceeds NR_CPUS limit of 256"));
  CHECK(has(text, "x86: Booted up 1 node, 256 CPUs"));
}

TEST_CASE("Without remapping, 3.13 leaves x2APIC mode and the CPUs that 8 bits cannot name") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus-no-remapping");
  CHECK(has(text, "Disabling x2apic"));
  CHECK(has(text, "Switched APIC routing to physical flat."));
  CHECK(count(text, "smpboot: native_cpu_up: bad cpu ") == 33);
  CHECK(has(text, "smpboot: native_cpu_up: bad cpu 255\n"));
  CHECK(has(text, "x86: Booted up 1 node, 255 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("intremap=off is as good as no unit: 255 of 288 CPUs") {
  if (!missing().empty()) SKIP(missing());
  const std::string text =
      run("qemu-q35/288-cpus", {kNoRemapping, "workload.script=\"ipi cpus=0 to=all\""});
  CHECK(has(text, "Disabling x2apic"));
  CHECK(has(text, "x86: Booted up 1 node, 255 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("Handed over in xAPIC mode, 3.13 ignores MADT entries from id 255 on") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus-no-remapping", {kXapicHandover});
  CHECK(count(text, "ACPI: x2apic entry ignored") == 33);
  CHECK_FALSE(has(text, "bad cpu"));
  CHECK(has(text, "smpboot: Allowing 255 CPUs, 0 hotplug CPUs"));
  CHECK(has(text, "x86: Booted up 1 node, 255 CPUs"));
}

TEST_CASE(
    "CPUs without x2APIC: ids from 255 on are ignored, and nobody answers to their low bits") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/boot", {"cpus=288"});
  CHECK(count(text, "ACPI: x2apic entry ignored") == 33);
  CHECK(has(text, "x86: Booted up 1 node, 255 CPUs"));
  CHECK(has(text, "expected        finished, exit code 0 (met)"));
}

TEST_CASE("3.2 panics where firmware left x2APIC on and nothing remaps interrupts") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus-no-remapping", {k3_2});
  CHECK(has(text, "Kernel panic - not syncing: x2apic: enabled by BIOS but kernel init failed."));
}

TEST_CASE("Messages with 8-bit destinations are blocked while ids have 32 bits, VT-d 5.1.4") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus-compatibility-msi");
  CHECK(has(text, "dmar: INTR-REMAP: Request device [[00:1f.2] fault index 0"));
  CHECK(has(text, "dmar: INTR-REMAP: Request device [[00:1f.3] fault index 0"));
  CHECK(count(text, "[fault reason 37] Blocked a compatibility format interrupt request") == 2);
  CHECK_FALSE(has(text, "No irq handler"));
}

TEST_CASE("Without remapping 0x05 is CPU 5 and 0xFF every CPU, none is CPU 0x105") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/288-cpus-compatibility-msi", {kNoRemapping});
  CHECK(count(text, "do_IRQ: 5.153 No irq handler for vector (irq -1)") == 2);
  // printk_ratelimit: ten in five seconds.
  CHECK(count(text, "No irq handler for vector") == 10);
  CHECK(count(text, "do_IRQ: 0.153 ") == 1);
}

TEST_CASE("nox2apic takes CPUs back that the firmware left in x2APIC mode: 3.13") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-x2apic-nox2apic");
  CHECK(has(text, "x2apic already enabled. will disable it"));
  CHECK(has(text, "x2apic enabled by BIOS, switching to x2apic ops"));
  CHECK(has(text, "Setting APIC routing to cluster x2apic."));
  CHECK(has(text, "Disabling x2apic"));
  CHECK(has(text, "Switched APIC routing to physical flat."));
  CHECK(has(text, "x86: Booted up 2 nodes, 40 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("3.2 cannot enforce nox2apic, and panics if it may not stay in x2APIC mode") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-x2apic-nox2apic", {k3_2});
  CHECK(has(text, "Bios already enabled x2apic, can't enforce nox2apic"));
  CHECK(has(text, "Kernel panic - not syncing: x2apic: enabled by BIOS but kernel init failed."));
  const std::string overruled = run("hp-dl360p-gen8/mixed-x2apic-nox2apic",
                                    {k3_2, "kernel.cmdline+=intremap=no_x2apic_optout"});
  CHECK(has(overruled, "Enabled IRQ remapping in x2apic mode"));
  CHECK(has(overruled, "Brought up 40 CPUs"));
}

TEST_CASE("A CPU left in x2APIC mode reads no id from the page of a kernel in xAPIC mode: BUG") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-ap-left-in-x2apic");
  CHECK(has(text, "kernel BUG at guest/arch/apic.cpp:"));
  CHECK(has(text, "CPU: 5 PID: 0 Comm: swapper/5"));
  CHECK(has(text, "setup_local_apic"));
  CHECK(has(text, "Kernel panic - not syncing: Attempted to kill the idle task!"));
  CHECK(has(text, "expected        panic (met)"));
  const std::string mended =
      run("hp-dl360p-gen8/mixed-ap-left-in-x2apic",
          {"kernel.cmdline+=intremap=no_x2apic_optout", "expect.outcome=\"finished\""});
  CHECK(has(mended, "x86: Booted up 2 nodes, 40 CPUs"));
}

TEST_CASE("x2APIC left on at the boot CPU alone: each other CPU is taken there as it starts") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-boot-cpu-only");
  CHECK(has(text, "x2apic enabled by BIOS, switching to x2apic ops"));
  CHECK(has(text, "x86: Booted up 2 nodes, 40 CPUs"));
  CHECK(has(text, "workload: done"));
}

TEST_CASE("In x2APIC mode the page's ICR reads all ones: the CPU waits for it for ever") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-firmware-takes-x2apic");
  CHECK(has(text, "workload: CPU 7 could call"));
  CHECK(has(text, "workload: firmware takes the local APIC of CPU 7 to x2APIC mode"));
  CHECK_FALSE(has(text, "workload: CPU 7 is back"));
  CHECK(has(text, "expected        limit (met)"));
}

TEST_CASE("In xAPIC mode a WRMSR to the ICR of x2APIC mode raises #GP, SDM 11.12.2") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("hp-dl360p-gen8/mixed-firmware-takes-xapic");
  CHECK(has(text, "general protection fault: 0000 [#1] SMP"));
  CHECK(has(text, "RCX: 0000000000000830"));
  CHECK(has(text, "general protection fault: 0000 [#2] SMP"));
  CHECK_FALSE(has(text, "general protection fault: 0000 [#3] SMP"));
  CHECK(has(text, "expected        panic (met)"));
}

TEST_CASE("possible_cpus, maxcpus and nosmp limit as prefill_possible_map() and smp_init() do") {
  if (!missing().empty()) SKIP(missing());
  const auto boot = [](const std::string& parameter) {
    return run("qemu-q35/boot", {"kernel.cmdline+=" + parameter});
  };
  const std::string possible = boot("possible_cpus=3");
  CHECK(has(possible, "smpboot: Allowing 3 CPUs, 0 hotplug CPUs"));
  CHECK(
      has(possible, "can't online cpu 3 because it is not configured as may-hotadd at boot time"));
  CHECK(has(possible, "x86: Booted up 1 node, 3 CPUs"));
  CHECK(has(boot("possible_cpus=6"), "smpboot: Allowing 6 CPUs, 2 hotplug CPUs"));
  const std::string nosmp = boot("nosmp");
  CHECK(has(nosmp, "smpboot: 4 Processors exceeds max_cpus limit of 0"));
  CHECK(has(nosmp, "smpboot: Allowing 1 CPUs, 0 hotplug CPUs"));
  CHECK(has(boot("maxcpus=2"), "x86: Booted up 1 node, 2 CPUs"));
}

TEST_CASE("nolapic: no table about APICs is read, one CPU runs on") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/boot", {"kernel.cmdline+=nolapic"});
  CHECK_FALSE(has(text, "ACPI: LAPIC"));
  CHECK(has(text, "smpboot: SMP motherboard not detected"));
  CHECK(has(text, "Apic disabled"));
  CHECK(has(text, "Local APIC not detected. Using dummy APIC emulation."));
  CHECK(has(text, "smpboot: SMP disabled"));
  CHECK(has(text, "x86: Booted up 1 node, 1 CPUs"));
}

TEST_CASE("apic=debug shows the boot CPU's local APIC as print_local_APIC() does") {
  if (!missing().empty()) SKIP(missing());
  const std::string text = run("qemu-q35/boot", {"kernel.cmdline+=apic=debug debug"});
  CHECK(has(text, "mapped APIC to "));
  CHECK(has(text, "masked ExtINT on CPU#3"));
  CHECK(has(text, "printing local APIC contents on CPU#0/0:"));
  CHECK(has(text, "... APIC ID:      00000000 (0)"));
  CHECK(has(text, "... APIC VERSION: 00050014"));
  CHECK(has(text, "... APIC DFR: ffffffff"));
  CHECK(has(text, "... APIC SPIV: 000001ff"));
  CHECK(has(text, "... APIC LVT0: 00010700"));
  CHECK(has(text, "... APIC LVT1: 00000400"));
  CHECK(has(text, "... APIC LVTERR: 000000fe"));
  const std::string x2apic =
      run("qemu-q35/288-cpus", {"cpus=20", "kernel.cmdline+=apic=verbose debug show_lapic=18",
                                "workload.script=\"slub-validate\""});
  CHECK(has(x2apic, "printing local APIC contents on CPU#17/17:"));
  CHECK(has(x2apic, "... APIC LDR: 00010002"));
  CHECK_FALSE(has(x2apic, "... APIC DFR"));
}
