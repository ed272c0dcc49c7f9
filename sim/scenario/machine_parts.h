#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/scenario/firmware_overrides.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/machine_loader.h"
#include "sim/scenario/toml_reader.h"

/// The parts of a machine description, each read and resolved by its own file. They come in this
/// order; a part may look at what the ones before it have put into `machine`.
namespace apicsim {

/// configs/cpus/<name>.toml.
MachineCpuModel load_cpu_model(const std::string& path, const std::string& name,
                               const CpuTopology& topology);

/// [topology]: shape, APIC ids, numbering.
void read_topology(TomlTable& root, std::uint32_t cpus, Machine& machine);

/// Does all of the range have memory?
bool is_ram(const Machine& machine, std::uint64_t base, std::uint64_t size);

/// [memory]: RAM and memory map. `bytes` 0: as described. Sets the firmware region of a machine
/// whose memory size is variable.
void read_memory(TomlTable& root, std::uint64_t bytes, Machine& machine);

/// [devices].
void read_devices(TomlTable& root, Machine& machine);
/// [[devices.vtd]] and [[devices.iommu]], which are the same.
void read_vtd_units(TomlTable& devices, BoardDevices& board);

/// A table of [[devices.pci]], or of a scenario's [[device]].
PciFunctionDevice read_pci_function(TomlTable& table);
/// Puts a function on its bus. Throws ScenarioError at `place` where there is no such bus, or where
/// there is a function already; `key`: name of the key that says where it is.
void add_pci_function(const PciFunctionDevice& function, const Place& place, const std::string& key,
                      BoardDevices& board);
/// Do all functions that name another one name one that is there? Throws ScenarioError.
void check_pci_functions(const BoardDevices& board, const Place& place);
/// The models of functions that master the bus.
std::vector<std::string> dma_function_models();
/// Gives a function the identity of its model; false: it is not one of those models.
bool preset_dma_function(PciFunctionDevice& function);
/// The keys that only such a function has.
void read_dma_function(TomlTable& table, PciFunctionDevice& function);

/// [firmware], with the tables in the order of its `tables`; dumps are found relative to `folder`.
/// The result is what `acpidump` changes, to be done when the rest of the machine is known.
std::optional<FirmwareOverrides> read_firmware(TomlTable& root, const std::string& folder,
                                               Machine& machine);
/// The keys of [firmware] that describe tables, for those who write such a section elsewhere.
std::vector<std::string> description_keys();
/// [smbios].
void read_smbios(TomlTable& root, Machine& machine);

/// Single tables of [firmware].
DmarDescription read_dmar(TomlTable& table);
MadtDescription read_madt(TomlTable& table, const Machine& machine);
SratDescription read_srat(TomlTable& table, const Machine& machine);
FadtDescription read_fadt(TomlTable& table);
DsdtDescription read_dsdt(TomlTable& table, const Machine& machine);
GenericAddress read_address(TomlTable& table, const std::string& key, GenericAddress address = {});

/// "bb:dd.f" in hexadecimal, as lspci writes it.
struct PciLocation {
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;
  std::uint32_t requester_id() const { return bus << 8 | device << 3 | function; }
};
PciLocation need_pci_location(TomlTable& table, const std::string& key);
/// Requester id of an optional key; `otherwise` when absent.
std::uint32_t take_requester(TomlTable& table, const std::string& key, std::uint32_t otherwise);

/// Are the firmware's tables within memory that the machine has? Throws ScenarioError.
void check_firmware_memory(const Machine& machine, const Place& place);

}  // namespace apicsim
