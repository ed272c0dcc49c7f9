#include "sim/scenario/injection_reader.h"

#include <fmt/format.h>

#include "models/core/cpu_state.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMostCpus = 4096;
constexpr std::uint64_t kMostInjectedBytes = 4096;
constexpr std::uint64_t kHottest = 200;  // degrees Celsius
constexpr std::uint64_t kPhysicalLimit = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t kMostPasid = 0xFFFFF;
constexpr std::uint64_t kMostGroups = 0x1FF;
constexpr std::uint64_t kLongestHistory = 64;
constexpr std::uint64_t kLongestFrame = 9230;
// SDM Vol. 3 §11.11.1: message addresses.
constexpr std::uint64_t kMessages = 0xFEE00000;
constexpr std::uint64_t kMessageWindow = 0x100000;

enum class InjectionKind {
  dma_write,
  dma_read,
  dma_replay,
  message,
  page_request,
  frame,
  temperature,
  prochot,
  corrected_error,
  uncorrected_error
};

/// One of the keys at_time and at_cycle.
template <typename Injected>
void read_moment(TomlTable& table, Injected& injected) {
  injected.place = table.place();
  injected.at_time_ps = table.duration("at_time");
  injected.at_cycle = table.number("at_cycle");
  if (injected.at_time_ps.has_value() == injected.at_cycle.has_value())
    table.fail("at_time", "says with key 'at_cycle' when it happens; allowed: one of the two");
}

/// "bus:device.function", hexadecimal as lspci writes it.
std::uint32_t need_requester(TomlTable& table, const std::string& key) {
  return need_pci_location(table, key).requester_id();
}

/// What happens `count` times, with `period` between.
template <typename Injected>
void read_series(TomlTable& table, Injected& injected) {
  take(table, "count", injected.what.count, 1);
  injected.period_ps = table.duration("period").value_or(0);
  if (injected.what.count > 1 && injected.period_ps == 0)
    table.fail("period", "says how long after each other they come; allowed: more than 0");
}

void read_bytes(TomlTable& table, std::vector<std::uint8_t>& bytes, std::size_t most) {
  bytes = table.need_bytes("bytes");
  if (bytes.empty() || bytes.size() > most)
    table.fail("bytes", fmt::format("holds {} bytes; allowed: 1..{}", bytes.size(), most));
}

void read_length(TomlTable& table, BusAction& what) {
  what.length = static_cast<std::uint32_t>(table.need_number("length", 1, kMostInjectedBytes));
}

void read_tag(TomlTable& table, RequestTag& tag) {
  if (table.flag("translated").value_or(false))
    tag.address_type = RequestTag::AddressType::translated;
  if (const auto pasid = table.number("pasid", 0, kMostPasid)) {
    tag.has_pasid = true;
    tag.pasid = static_cast<std::uint32_t>(*pasid);
  }
}

void read_target(TomlTable& table, BusAction& what) {
  what.address = table.need_number("address", 0, kPhysicalLimit);
  take(table, "stride", what.stride);
  read_tag(table, what.tag);
}

void read_message(TomlTable& table, BusAction& what) {
  what.kind = BusAction::Kind::write;
  what.address = table.need_number("address", kMessages, kMessages + kMessageWindow - 4);
  const std::uint64_t data = table.need_number("data", 0, 0xFFFFFFFF);
  for (unsigned i = 0; i < 4; ++i) what.bytes.push_back(static_cast<std::uint8_t>(data >> (8 * i)));
}

void read_replay(TomlTable& table, BusAction& what) {
  take(table, "transfer", what.transfer, 0, kLongestHistory - 1);
  const bool writes = table.has("bytes");
  if (writes == table.has("length"))
    table.fail("bytes", "says with key 'length' what is moved; allowed: one of the two");
  what.kind = writes ? BusAction::Kind::replay_write : BusAction::Kind::replay_read;
  if (writes)
    read_bytes(table, what.bytes, kMostInjectedBytes);
  else
    read_length(table, what);
}

void read_page_request(TomlTable& table, BusAction& what) {
  what.kind = BusAction::Kind::page_request;
  read_target(table, what);
  take(table, "write", what.page_write);
  take(table, "group", what.page_group, 0, kMostGroups);
}

void read_bus_action(TomlTable& table, InjectionKind kind, ScenarioFile& file) {
  ScenarioFile::Injection injection;
  BusAction& what = injection.what;
  what.requester = need_requester(table, "requester");
  read_moment(table, injection);
  read_series(table, injection);
  if (kind == InjectionKind::message) read_message(table, what);
  if (kind == InjectionKind::dma_replay) read_replay(table, what);
  if (kind == InjectionKind::page_request) read_page_request(table, what);
  if (kind == InjectionKind::dma_write) {
    read_target(table, what);
    read_bytes(table, what.bytes, kMostInjectedBytes);
  }
  if (kind == InjectionKind::dma_read) {
    what.kind = BusAction::Kind::read;
    read_target(table, what);
    read_length(table, what);
  }
  file.injections.push_back(injection);
}

void read_frame(TomlTable& table, ScenarioFile& file) {
  ScenarioFile::Frame frame;
  frame.what.device = need_requester(table, "device");
  read_moment(table, frame);
  read_series(table, frame);
  read_bytes(table, frame.what.bytes, kLongestFrame);
  file.frames.push_back(frame);
}

std::uint32_t read_cpu(TomlTable& table) {
  return static_cast<std::uint32_t>(table.need_number("cpu", 0, kMostCpus - 1));
}

/// Of a CPU's core or of a package, whichever key is there.
void read_temperature(TomlTable& table, CpuStimulus& what) {
  const bool package = table.has("package");
  if (package == table.has("cpu"))
    table.fail("cpu", "says with key 'package' what gets warm; allowed: one of the two");
  what.kind =
      package ? CpuStimulus::Kind::package_temperature : CpuStimulus::Kind::core_temperature;
  what.target = package ? static_cast<std::uint32_t>(table.need_number("package", 0, kMostCpus - 1))
                        : read_cpu(table);
  what.value = static_cast<std::uint32_t>(table.need_number("celsius", 0, kHottest));
}

void read_prochot(TomlTable& table, CpuStimulus& what) {
  what.kind = CpuStimulus::Kind::prochot;
  what.target = static_cast<std::uint32_t>(table.need_number("package", 0, kMostCpus - 1));
  what.value = table.flag("asserted").value_or(true) ? 1 : 0;
}

void read_error(TomlTable& table, CpuStimulus::Kind kind, CpuStimulus& what) {
  what.kind = kind;
  what.target = read_cpu(table);
  what.bank = static_cast<std::uint32_t>(table.need_number("bank", 0, machine_check_banks - 1));
  what.value = static_cast<std::uint32_t>(table.need_number("code", 0, 0xFFFF));
}

void read_stimulus(TomlTable& table, InjectionKind kind, ScenarioFile& file) {
  ScenarioFile::Stimulus stimulus;
  read_moment(table, stimulus);
  if (kind == InjectionKind::temperature) read_temperature(table, stimulus.what);
  if (kind == InjectionKind::prochot) read_prochot(table, stimulus.what);
  if (kind == InjectionKind::corrected_error)
    read_error(table, CpuStimulus::Kind::corrected_error, stimulus.what);
  if (kind == InjectionKind::uncorrected_error)
    read_error(table, CpuStimulus::Kind::uncorrected_error, stimulus.what);
  file.stimuli.push_back(stimulus);
}

}  // namespace

void read_injection(TomlTable table, ScenarioFile& file) {
  static const std::vector<std::pair<std::string, InjectionKind>> kinds = {
      {"dma_write", InjectionKind::dma_write},
      {"temperature", InjectionKind::temperature},
      {"prochot", InjectionKind::prochot},
      {"corrected_error", InjectionKind::corrected_error},
      {"uncorrected_error", InjectionKind::uncorrected_error},
      {"dma_read", InjectionKind::dma_read},
      {"dma_replay", InjectionKind::dma_replay},
      {"message", InjectionKind::message},
      {"page_request", InjectionKind::page_request},
      {"frame", InjectionKind::frame}};
  const InjectionKind kind = table.need_choice("kind", kinds);
  switch (kind) {
    case InjectionKind::dma_write:
    case InjectionKind::dma_read:
    case InjectionKind::dma_replay:
    case InjectionKind::message:
    case InjectionKind::page_request:
      return read_bus_action(table, kind, file);
    case InjectionKind::frame:
      return read_frame(table, file);
    default:
      return read_stimulus(table, kind, file);
  }
}

}  // namespace apicsim
