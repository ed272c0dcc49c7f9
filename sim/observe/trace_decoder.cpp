#include "sim/observe/trace_decoder.h"

#include <utility>

#include "sim/observe/trace_error.h"
#include "sim/observe/trace_file_format.h"

namespace apicsim {

namespace {

using namespace trace_format;

constexpr unsigned kLastShift = 63;

[[noreturn]] void damaged(const char* what) { throw TraceError(std::string("damaged: ") + what); }

}  // namespace

void TraceDecoder::set_block(std::string block) {
  m_block = std::move(block);
  m_at = 0;
}

bool TraceDecoder::next(TraceEvent& event) {
  while (m_at < m_block.size()) {
    const std::uint64_t tag = take();
    if (tag == new_kind) {
      read_kind();
    } else if (tag == new_text) {
      m_texts.push_back(take_text());
    } else {
      if (tag - first_kind >= m_kinds.size()) damaged("an event of a kind that is not declared");
      read_event(static_cast<std::uint32_t>(tag - first_kind), event);
      return true;
    }
  }
  return false;
}

void TraceDecoder::read_kind() {
  const std::uint64_t declaration = take();
  const std::uint64_t count = take();
  if (declaration >= m_header.events.size()) damaged("a kind without a declaration");
  if (count > m_header.events[declaration].fields.size())
    damaged("a kind with more values than its declaration has fields");
  TraceKind kind;
  kind.declaration = static_cast<std::uint32_t>(declaration);
  kind.count = static_cast<std::uint32_t>(count);
  kind.name = take_text();
  m_kinds.push_back(std::move(kind));
}

void TraceDecoder::read_event(std::uint32_t kind, TraceEvent& event) {
  event = TraceEvent{};
  event.kind = kind;
  m_cycle += unzigzag(take());
  event.cycle = m_cycle;
  event.cpu = read_cpu();
  Values& last = m_last[std::uint64_t{kind} << 32 | event.cpu];
  const auto& fields = m_header.events[m_kinds[kind].declaration].fields;
  for (std::uint32_t i = 0; i < m_kinds[kind].count; ++i)
    event.values[i] = last[i] = read_value(fields[i], event.cycle, last[i]);
}

std::uint64_t TraceDecoder::read_value(const TraceField& field, Cycle cycle, std::uint64_t last) {
  const std::uint64_t code = take();
  if (field.format == FieldFormat::cycle) return cycle - unzigzag(code);
  if (field.format != FieldFormat::text) return last + unzigzag(code);
  if (code >= m_texts.size()) damaged("a text that is not defined");
  return code;
}

std::uint32_t TraceDecoder::read_cpu() {
  const std::uint64_t code = take();
  if (code > m_header.cpus) damaged("a CPU that the machine does not have");
  return code == 0 ? TraceEvent::no_cpu : static_cast<std::uint32_t>(code - 1);
}

std::uint64_t TraceDecoder::take() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift <= kLastShift; shift += 7) {
    if (m_at == m_block.size()) damaged("a block ends within a record");
    const auto byte = static_cast<std::uint8_t>(m_block[m_at++]);
    if (shift == kLastShift && byte > 1) break;
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  damaged("a number of more than 64 bits");
}

std::string TraceDecoder::take_text() {
  const std::uint64_t size = take();
  if (size > m_block.size() - m_at) damaged("a block ends within a text");
  std::string text = m_block.substr(m_at, static_cast<std::size_t>(size));
  m_at += static_cast<std::size_t>(size);
  return text;
}

}  // namespace apicsim
