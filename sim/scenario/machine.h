#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/apic/local_apic_config.h"
#include "models/firmware/firmware_description.h"
#include "sim/scenario/dma_function.h"
#include "sim/scenario/vtd_unit_device.h"

namespace apicsim {

// The description's types never share a name with a type of models/ (CpuModel, CpuidLeaf, RamRange,
// PciFunction): the platform builder sees both and maps one to the other.

/// One row of a CPUID table. `indexed`: the answer depends on ECX, the subleaf.
struct MachineCpuidLeaf {
  std::uint32_t leaf = 0;
  std::uint32_t subleaf = 0;
  bool indexed = false;
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
};

/// The processor that every CPU of a machine is. The CPUID rows are those of one CPU without the
/// fields that number it; `cpuid_of` (machine_cpuid.h) fills these in.
struct MachineCpuModel {
  std::string name;    ///< name of its file in configs/cpus, without .toml
  std::string vendor;  ///< 12 characters, CPUID leaf 0
  std::string brand;   ///< up to 47 characters, CPUID leaves 0x80000002..4
  std::uint32_t family = 6;
  std::uint32_t model = 0;
  std::uint32_t stepping = 0;
  std::uint32_t microcode = 0;          ///< IA32_BIOS_SIGN_ID[63:32]
  std::uint32_t perf_capabilities = 0;  ///< IA32_PERF_CAPABILITIES
  std::uint64_t reference_hz = 0;       ///< the clock that `Cycle` counts
  std::uint64_t tsc_hz = 0;             ///< time-stamp counter
  std::uint64_t apic_timer_hz = 0;      ///< local APIC timer before its divider
  std::uint32_t physical_address_bits = 46;
  std::uint32_t linear_address_bits = 48;
  std::uint32_t apic_version = 0x15;  ///< local APIC version register [7:0]
  std::uint32_t apic_max_lvt = 6;     ///< local APIC version register [23:16]
  bool apic_directed_eoi = true;      ///< local APIC version register [24]
  ApicGeneration apic = ApicGeneration::xapic;
  std::uint64_t apic_bus_hz = 0;        ///< serial bus of the generations before `xapic`, else 0
  std::string timing_profile;           ///< of timed runs: a file of configs/timing; may be empty
  std::vector<MachineCpuidLeaf> cpuid;  ///< sorted by leaf, then subleaf
  /// Highest leaf of the basic and of the extended range; an unknown leaf above the basic range
  /// answers as the highest basic one (SDM Vol. 2, CPUID).
  std::uint32_t max_basic_leaf = 0;
  std::uint32_t max_extended_leaf = 0;
};

/// Widths of the fields of an APIC id: thread in [core_shift-1:0], core in
/// [socket_shift-1:core_shift], socket above. SDM Vol. 3 §9.9.1.
struct CpuTopology {
  std::uint32_t sockets = 1;
  std::uint32_t cores_per_socket = 1;
  std::uint32_t threads_per_core = 1;
  std::uint32_t core_shift = 0;
  std::uint32_t socket_shift = 0;
};

/// One logical CPU. Numbers follow the order in which the MADT lists the enabled ones.
struct MachineCpu {
  std::uint32_t number = 0;  ///< logical CPU number, 0-based; 0 is the bootstrap processor
  std::uint32_t apic_id = 0;
  std::uint32_t uid = 0;   ///< ACPI processor uid
  std::uint32_t node = 0;  ///< NUMA node
  std::uint32_t socket = 0;
  std::uint32_t core = 0;    ///< within its socket
  std::uint32_t thread = 0;  ///< within its core
  bool bootstrap = false;
  bool x2apic_at_start = false;  ///< the firmware leaves its APIC in x2APIC mode
};

/// Physical memory that really answers; `node` is the NUMA node it hangs on.
struct MachineRam {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  std::uint32_t node = 0;
};

/// ACPI §15, "System Address Map Interfaces"; the codes are those of E820 and of PVH start info.
enum class MemoryType : std::uint32_t { ram = 1, reserved = 2, acpi = 3, nvs = 4, unusable = 5 };

struct MemoryMapEntry {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  MemoryType type = MemoryType::ram;
};

/// Devices of the board. A device that is absent has `present` false or is not in its list.
struct UartDevice {
  std::uint16_t io_base = 0x3F8;
  std::uint32_t irq = 4;               ///< ISA interrupt
  std::uint64_t clock_hz = 1'843'200;  ///< input of the baud rate generator
};
struct IoApicDevice {
  std::uint32_t id = 0;
  std::uint64_t address = 0xFEC00000;
  std::uint32_t gsi_base = 0;
  std::uint32_t entries = 24;
  std::uint32_t version = 0x20;    ///< version register [7:0]
  std::uint32_t requester_id = 0;  ///< bus << 8 | device << 3 | function, as in the DMAR scope
};
struct HpetDevice {
  bool present = false;
  std::uint64_t address = 0xFED00000;
  std::uint64_t hz = 14'318'180;
  std::uint32_t timers = 3;
  std::uint32_t capabilities = 0x8086A201;  ///< low half of the capabilities register
  /// I/O APIC pins that each timer can use, a bit per pin; timers beyond the list have the last
  /// entry's.
  std::vector<std::uint32_t> routes = {0x00F00000};
  std::uint32_t periodic_timers = 1;  ///< the first ones can be periodic
  bool messages = false;              ///< FSB delivery
  std::uint32_t requester_id = 0;
};
struct AcpiPmDevice {
  bool present = false;
  std::uint16_t event_base = 0x600;    ///< PM1a event block, 4 bytes
  std::uint16_t control_base = 0x604;  ///< PM1a control block
  std::uint16_t timer_base = 0x608;    ///< PM timer, 3.579545 MHz
  std::uint32_t timer_bits = 24;       ///< 24 or 32
  std::uint16_t gpe0_base = 0x620;
  std::uint32_t gpe0_length = 16;
  std::uint32_t sci_irq = 9;
  std::uint16_t smi_command_port = 0xB2;
};
struct PciHostDevice {
  std::uint32_t segment = 0;
  std::uint32_t start_bus = 0;
  std::uint32_t end_bus = 0xFF;
  std::uint64_t ecam_base = 0;  ///< of bus 0 of the segment; 0: no memory-mapped configuration
  bool config_ports = true;     ///< 0xCF8/0xCFC
};
struct PciFunctionDevice {
  std::string name;
  /// "bridge", "edu", "interrupt-tester", "inert" (identity and configuration space only), or one
  /// of those that master the bus: "nic", "nvme", "management", "agent", "offload".
  std::string model;
  std::uint32_t segment = 0;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;
  std::uint32_t vendor_id = 0;
  std::uint32_t device_id = 0;
  std::uint32_t class_code = 0;  ///< 24 bits: class, subclass, programming interface
  std::uint32_t revision = 0;
  std::uint32_t subsystem_vendor_id = 0;
  std::uint32_t subsystem_id = 0;
  std::uint64_t bar = 0;  ///< address that firmware has assigned to the memory BAR; 0: none
  std::uint64_t bar_size = 0;
  std::uint32_t bar_index = 0;
  std::uint64_t msix_bar = 0;     ///< interrupt-tester: its second BAR
  std::uint32_t irq_line = 0xFF;  ///< interrupt line register
  std::uint32_t irq_pin = 0;      ///< 1 INTA .. 4 INTD, 0 none
  std::uint64_t dma_mask = 0;     ///< edu: address bits that its DMA engine drives
  std::uint32_t secondary = 0;    ///< bridge: the bus behind it
  std::uint32_t subordinate = 0;  ///< bridge: the last bus behind it
  DmaFunctionDevice dma;          ///< of those that master the bus
  std::uint32_t requester_id() const { return bus << 8 | device << 3 | function; }
};
struct FwCfgDevice {
  bool present = false;
  std::uint16_t io_base = 0x510;
};
/// QEMU's pc-testdev: where its blocks lie.
struct TestDevicePlace {
  bool present = false;
  std::uint16_t lines = 0x2000;  ///< 24 ports
  std::uint16_t data = 0xE0;     ///< 12 ports
  std::uint64_t memory = 0xFF000000;
};
struct DebugExitDevice {
  bool present = false;
  std::uint16_t io_base = 0xF4;
  std::uint32_t io_size = 4;
};
/// QEMU's debug console: a byte written to the port is shown, a read answers 0xE9.
struct DebugConsoleDevice {
  bool present = false;
  std::uint16_t io_base = 0x402;
};
struct ResetControlDevice {
  bool present = false;
  std::uint16_t io_base = 0xCF9;
};

/// An ISA interrupt that is not wired to the I/O APIC pin of its own number, or is active-low.
struct IsaRoute {
  std::uint32_t source = 0;  ///< ISA interrupt
  std::uint32_t gsi = 0;
  bool active_low = false;
};

/// What the board does as its own, good firmware says; other firmware does not rewire it.
struct BoardWiring {
  std::vector<IsaRoute> isa;
  /// Commands at the SMI port that switch ACPI mode on and off; without a port it is always on.
  std::uint8_t acpi_enable = 2;
  std::uint8_t acpi_disable = 3;
  bool acpi_mode = false;
};

/// Where a PC has its boot ROM: up to 4 GiB.
struct BootRomPlace {
  static constexpr std::uint64_t base = 0xFFFF0000;
  static constexpr std::uint64_t size = 0x10000;
};

struct BoardDevices {
  std::vector<UartDevice> uarts;
  std::vector<IoApicDevice> io_apics;
  HpetDevice hpet;
  bool pit = true;                  ///< 8254 at 0x40, port 0x61
  bool pic = true;                  ///< two 8259 at 0x20 and 0xA0
  bool rtc = true;                  ///< MC146818 at 0x70
  bool keyboard_controller = true;  ///< 8042 at 0x60 and 0x64, port 0x92
  AcpiPmDevice pm;
  std::vector<VtdUnitDevice> vtd_units;
  std::vector<PciHostDevice> pci_hosts;
  std::vector<PciFunctionDevice> pci_functions;
  bool boot_rom = false;  ///< processors find code at the reset vector after an INIT
  FwCfgDevice fw_cfg;
  TestDevicePlace test_device;
  DebugExitDevice debug_exit;
  DebugConsoleDevice debug_console;
  ResetControlDevice reset_control;
};

/// A machine with every question answered: what the platform builder consumes.
struct Machine {
  std::string name;            ///< name of its file, without .toml
  std::filesystem::path file;  ///< that describes it
  std::string title;           ///< one line for people
  MachineCpuModel cpu;
  CpuTopology topology;
  std::vector<MachineCpu> cpus;            ///< index is the CPU number
  std::vector<MachineRam> ram;             ///< ascending, disjoint
  std::vector<MemoryMapEntry> memory_map;  ///< ascending, disjoint; what firmware reports
  /// Where the loader puts PVH start information, command line and modules' list.
  std::uint64_t start_info_address = 0;
  /// What the loader leaves free between its modules and the end of usable memory below 4 GiB.
  std::uint64_t module_gap = 0;
  FirmwareDescription firmware;
  bool eoi_broadcast_suppressed = false;  ///< SVR[12] of the boot CPU as the firmware leaves it
  std::string acpidump;  ///< file name of the dump that the tables come from; empty: none
  std::vector<std::string> firmware_changes;  ///< what is placed otherwise than in the dump
  BoardDevices devices;
  BoardWiring wiring;
};

}  // namespace apicsim
