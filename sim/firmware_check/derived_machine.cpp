#include "sim/firmware_check/derived_machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/firmware_error.h"
#include "models/firmware/spec/acpi_layout.h"
#include "sim/firmware_check/derived_board.h"
#include "sim/firmware_check/derived_functions.h"
#include "sim/firmware_check/smbios_table.h"

namespace apicsim {

namespace {

/// Tables that the described machine has of itself: the pointers to the others, and the code, which
/// the modelled kernels do not execute.
bool is_own(const std::string& signature) {
  static const char* const own[] = {"RSD PTR ", "RSDT", "XSDT", "FACS", "DSDT", "SSDT", "PSDT"};
  return is_smbios_signature(signature) ||
         std::any_of(std::begin(own), std::end(own),
                     [&](const char* name) { return signature == name; });
}

/// Writes the text of the machine file.
class MachineText {
 public:
  MachineText(const TableSet& set, const MachineGuess& guess, DerivedMachine& out)
      : m_set(set), m_guess(guess), m_out(out), m_input{set, guess.map} {}

  void write() {
    m_board = derive_board(m_input, m_out.assumptions);
    m_functions = derive_functions(m_input, m_out.assumptions);
    m_out.cpus = m_board.apic_ids.size();
    choose_tables();
    add_head();
    add_memory();
    add_devices();
    add_functions();
    add_firmware();
    add_smbios();
  }

 private:
  template <typename... Args>
  void line(const char* text, const Args&... args) {
    m_out.machine += fmt::format(fmt::runtime(text), args...) + "\n";
  }

  /// The first table of each kind; a FADT that names no DSDT cannot be linked to one.
  void choose_tables() {
    for (const DecodedTable& table : m_set.tables) {
      const std::string& name = table.signature;
      const bool known = std::any_of(m_out.tables.begin(), m_out.tables.end(),
                                     [&](const auto& other) { return other.first == name; });
      if (is_own(name) || known || !is_key(name)) continue;
      const bool lost = name == "FACP" && table.root.number("dsdt_address") == 0 &&
                        table.root.number("x_dsdt_address") == 0;
      if (lost)
        m_out.assumptions.push_back("a FADT of our own: the table's names no DSDT");
      else
        m_out.tables.emplace_back(name, table.bytes);
    }
  }

  /// Scenario keys are bare: what has other characters is no table that a kernel looks for.
  static bool is_key(const std::string& name) {
    return name.size() == 4 && std::all_of(name.begin(), name.end(), [](char c) {
             return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
  }

  bool has_table(const char* signature) const {
    return std::any_of(m_out.tables.begin(), m_out.tables.end(),
                       [&](const auto& table) { return table.first == signature; });
  }

  void add_head() {
    line("# Made from firmware tables: processors, I/O APICs, remapping units and functions stand");
    line("# where the tables say. What the tables do not say:");
    for (const std::string& assumption : m_out.assumptions) line("# - {}", assumption);
    line("title = {}", toml_text("A machine as its firmware tables describe it"));
    line("cpu = {}", toml_text(m_guess.cpu));
    line("start_info = 0x2000\n\n[topology]");
    // Ids are given; the shape only has to have as many processors.
    constexpr std::size_t most_cores = 256;
    const std::size_t cpus = m_board.apic_ids.size();
    std::size_t sockets = 1;
    while (cpus % sockets != 0 || cpus / sockets > most_cores) ++sockets;
    line("sockets = {}\ncores_per_socket = {}\nthreads_per_core = 1", sockets, cpus / sockets);
    line("apic_ids = [{:#x}]\n", fmt::join(m_board.apic_ids, ", "));
  }

  void add_memory() {
    line("[memory]\nram = [");
    for (const FirmwareMemoryRange& range : m_board.ram)
      line("  {{ base = {:#x}, size = {:#x} }},", range.base, range.last - range.base + 1);
    line("]\nmap = [");
    for (const FirmwareMemoryRange& range : m_board.map)
      line("  {{ base = {:#x}, size = {:#x}, type = \"{}\" }},", range.base,
           range.last - range.base + 1, range.type);
    line("]\n");
  }

  void add_devices() {
    line("[devices]\npit = true\npic = true\nrtc = true\n");
    line("[[devices.uart]]\nio_base = 0x3F8\nirq = 4\n");
    for (const BoardIoApic& io_apic : m_board.io_apics) {
      line("[[devices.io_apic]]\nid = {}\naddress = {:#x}\ngsi_base = {}\nentries = {}", io_apic.id,
           io_apic.address, io_apic.gsi_base, std::max<std::uint64_t>(1, io_apic.entries));
      if (!io_apic.requester.empty()) line("requester = \"{}\"", io_apic.requester);
      line("");
    }
    if (m_board.hpet_address != 0) add_hpet();
    add_power_management();
    for (const BoardUnit& unit : m_board.units) add_unit(unit);
    line("[[devices.pci_host]]\nsegment = 0\nstart_bus = 0\nend_bus = {:#x}\necam_base = {:#x}\n",
         m_board.ecam_base == 0 ? 0xFF : m_board.ecam_last_bus, m_board.ecam_base);
  }

  void add_unit(const BoardUnit& unit) {
    line(
        "[[devices.iommu]]\naddress = {:#x}\nsegment = {}\nversion = 0x10\ncap = \"{:#x}\"\n"
        "ecap = \"{:#x}\"",
        unit.address, unit.segment, m_guess.cap, m_guess.ecap);
    std::string list;
    for (const std::string& requester : unit_requesters(m_functions, m_input, unit.address))
      list += toml_text(requester) + ", ";
    line("devices = [{}]\nrest = {}\n", list, unit.include_all && unit.segment == 0);
  }

  void add_hpet() {
    line("[devices.hpet]\naddress = {:#x}", m_board.hpet_address);
    if (!m_board.hpet_requester.empty())
      line("messages = true\nrequester = \"{}\"", m_board.hpet_requester);
    line("");
  }

  /// The blocks are where the FADT has them.
  void add_power_management() {
    const DecodedTable* fadt = m_set.find("FACP");
    const auto port = [&](const char* key, std::uint64_t standard) {
      const std::uint64_t value = fadt == nullptr ? 0 : fadt->root.number(key);
      return value >= 0x400 && value < 0xFF00 ? value : standard;
    };
    const bool wide = fadt != nullptr && (fadt->root.number("flags") >> 8 & 1) != 0;
    line(
        "[devices.pm]\nevent_base = {:#x}\ncontrol_base = {:#x}\ntimer_base = {:#x}\n"
        "timer_bits = {}\ngpe0_length = 0\n",
        port("pm1a_event_block", 0x900), port("pm1a_control_block", 0x904),
        port("pm_timer_block", 0x908), wide ? 32 : 24);
  }

  void add_functions() {
    for (const DerivedFunction& function : m_functions)
      if (m_board.ecam_base == 0 || function.bus <= m_board.ecam_last_bus) add_function(function);
  }

  void add_function(const DerivedFunction& function) {
    const bool host = function.bus == 0 && function.device == 0 && function.function == 0;
    const bool isa = function.bus == 0 && function.device == 0x1F && function.function == 0;
    line("[[devices.pci]]\nmodel = \"{}\"\naddress = \"{:02x}:{:02x}.{:x}\"\nvendor_id = 0x8086",
         function.bridge ? "bridge" : "inert", function.bus, function.device, function.function);
    if (function.bridge)
      line("device_id = 0x3C02\nclass = 0x060400\nsecondary = {:#x}\nsubordinate = {:#x}\n",
           function.secondary, function.subordinate);
    else if (function.graphics)
      line("device_id = 0x0102\nclass = 0x030000\n");
    else if (host || isa)
      line("device_id = {}\nclass = {}\n", host ? "0x3C00" : "0x1D41",
           host ? "0x060000" : "0x060100");
    else
      line("device_id = 0x1D3A\nclass = 0x088000\n");
  }

  void add_firmware() {
    std::string listed = has_table("FACP") ? "" : "\"FACP\", ";
    if (!has_table("APIC")) listed += "\"APIC\", ";
    line("[devices.debug_exit]\nio_base = 0xF4\nio_size = 4\n");
    line(
        "[firmware]\noem_id = \"APICSM\"\noem_table_id = \"DERIVED\"\ncreator_id = \"APIC\"\n"
        "creator_revision = 1\nregion = {{ base = {:#x}, size = {:#x} }}\ntables = [{}]\n",
        m_board.table_base, m_board.table_size, listed);
    line("[firmware.rsdp]\naddress = 0xF4F00\nrevision = 2\noem_id = \"APICSM\"\n");
    line(
        "[firmware.xsdt]\n\n[firmware.facs]\n\n[firmware.dsdt]\nprocessors = \"processor\"\n"
        "s5_type_a = 7\ns5_type_b = 0\n");
    line(
        "[[firmware.dsdt.pci_roots]]\nname = \"PCI0\"\nbus_base = 0x00\nbus_limit = 0xFF\nuid = 0\n"
        "io = [0x0000, 0x0CF7, 0x0D00, 0xFFFF]\nmemory = [0x000A0000, 0x000BFFFF]\n");
    if (!has_table("FACP")) add_fadt();
    if (!has_table("APIC"))
      line(
          "[firmware.madt]\nentries = [\n  {{ type = \"cpus\" }},\n  {{ type = \"io-apics\" }},\n"
          "  {{ type = \"override\", source = 0, gsi = 2, flags = 0x5 }},\n"
          "  {{ type = \"override\", source = 9, gsi = 9, flags = 0xD }},\n"
          "  {{ type = \"cpus-nmi\", lint = 1 }},\n]\n");
  }

  void add_fadt() {
    line(
        "[firmware.fadt]\nrevision = 3\ninterrupt_model = 1\nsci_interrupt = 9\n"
        "smi_command_port = 0xB2\nacpi_enable = 1\npm1a_event_block = 0x900\n"
        "pm1a_control_block = 0x904\npm_timer_block = 0x908\npm1_event_length = 4\n"
        "pm1_control_length = 2\npm_timer_length = 4\nc2_latency = 0xFFFF\nc3_latency = 0xFFFF\n"
        "boot_flags = 0x3\nflags = 0xA5");
    for (const char* const block : {"event_block", "control_block"})
      line("x_pm1a_{} = {{ space = \"io\", bit_width = {}, address = {} }}", block,
           block[0] == 'e' ? 32 : 16, block[0] == 'e' ? "0x900" : "0x904");
    line("x_pm_timer_block = {{ space = \"io\", bit_width = 32, address = 0x908 }}\n");
  }

  /// A string of the SMBIOS tables, if they are there.
  std::string smbios_text(const char* structure, const char* key, const char* standard) const {
    const DecodedTable* table = m_set.find(smbios_structures);
    if (table != nullptr)
      for (const DecodedStructure& part : table->root.parts)
        if (part.name == structure && !part.text(key).empty()) return part.text(key).substr(0, 60);
    return standard;
  }

  void add_smbios() {
    line(
        "[smbios]\nentry = 0xF5000\ntable = 0xF5040\nmajor = 2\nminor = 7\n"
        "bios = {{ vendor = {}, version = {}, date = {} }}\n"
        "system = {{ manufacturer = {}, product = {}, version = {} }}\n"
        "chassis = {{ manufacturer = {} }}",
        toml_text(smbios_text("BIOS", "vendor", "unknown")),
        toml_text(smbios_text("BIOS", "version", "unknown")),
        toml_text(smbios_text("BIOS", "date", "01/01/2000").substr(0, 10)),
        toml_text(smbios_text("system", "manufacturer", "unknown")),
        toml_text(smbios_text("system", "product", "unknown")),
        toml_text(smbios_text("system", "version", "unknown")),
        toml_text(smbios_text("system", "manufacturer", "unknown")));
  }

  const TableSet& m_set;
  const MachineGuess& m_guess;
  DerivedMachine& m_out;
  CheckInput m_input;
  DerivedBoard m_board;
  std::vector<DerivedFunction> m_functions;
};

}  // namespace

DerivedMachine derive_machine(const TableSet& set, const MachineGuess& guess) {
  if (set.find("APIC") == nullptr && set.find("DMAR") == nullptr)
    throw FirmwareError(set.name + ": neither a MADT nor a DMAR; no machine follows from the rest");
  DerivedMachine machine;
  machine.assumptions.push_back(
      fmt::format("processors '{}'; VT-d units with cap {:#x} and ecap {:#x}, where the DRHDs say "
                  "that they are",
                  guess.cpu, guess.cap, guess.ecap));
  MachineText(set, guess, machine).write();
  return machine;
}

std::string derived_scenario(const DerivedMachine& machine, const std::string& title,
                             const std::string& machine_file,
                             const std::vector<std::string>& table_files, const std::string& kernel,
                             const std::string& command_line, const std::string& max_time) {
  std::string text = "title = " + toml_text(title) + "\n";
  text += "machine = " + toml_text("./" + machine_file) + "\n\n[firmware.files]\n";
  for (std::size_t i = 0; i < machine.tables.size(); ++i)
    text += machine.tables[i].first + " = " + toml_text(table_files[i]) + "\n";
  text += "\n[kernel]\nimage = " + toml_text(kernel) + "\ncmdline = " + toml_text(command_line);
  text += "\n\n[run]\nmax_time = " + toml_text(max_time) + "\n";
  return text;
}

std::string toml_text(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (byte < 0x20 || byte >= 0x7F)
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(byte));
    else
      result += c;
  }
  return result + "\"";
}

}  // namespace apicsim
