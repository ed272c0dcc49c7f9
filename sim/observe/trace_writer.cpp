#include "sim/observe/trace_writer.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sim/observe/trace_file_format.h"
#include "sim/observe/vector_names.h"

namespace apicsim {

namespace {

using namespace trace_format;

// zlib's deflate has given the same bytes for the same input since long; the level is part of what
// keeps traces the same everywhere. Level 4 takes a third of the time of level 6 here, for 4 %
// more.
constexpr int kLevel = 4;
constexpr std::uint32_t kNoKind = ~std::uint32_t{0};
constexpr std::size_t kNamedKinds = 256;

template <typename T>
std::string little_endian(T value) {
  std::string bytes;
  for (unsigned i = 0; i < sizeof value; ++i)
    bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * i & 0xFF);
  return bytes;
}

std::size_t slot_of(const char* name) {
  const auto place = reinterpret_cast<std::uintptr_t>(name);
  return (place >> 3 ^ place >> 11) % kNamedKinds;
}

}  // namespace

TraceWriter::TraceWriter(std::ostream& out, TraceHeader header)
    : m_out(out), m_named(kNamedKinds), m_vector_kinds(256, kNoKind) {
  header.events = declared_events();
  const std::string json = header_json(header);
  write(std::string(magic, magic_size) + little_endian(version) +
        little_endian(static_cast<std::uint32_t>(json.size())) + json);
}

void TraceWriter::event(const Event& event) {
  const std::uint32_t kind = kind_of(event);
  const std::uint64_t text = event.text != nullptr ? text_of(event.text) : 0;
  put(first_kind + kind);
  put(zigzag(event.cycle - m_cycle));
  m_cycle = event.cycle;
  put(event.cpu == Event::no_cpu ? 0 : std::uint64_t{event.cpu} + 1);
  put_values(event, last_values(kind, event.cpu));
  if (event.text != nullptr) put(text);
  ++m_events;
  if (m_block.size() >= block_size) write_block();
}

void TraceWriter::put_values(const Event& event, Values& last) {
  const EventType& type = event_type(event.id);
  for (unsigned i = 0; i < event.count; ++i) {
    const bool is_cycle = type.fields[i].format == FieldFormat::cycle;
    put(zigzag(is_cycle ? event.cycle - event.values[i] : event.values[i] - last[i]));
    last[i] = event.values[i];
  }
}

void TraceWriter::finish() {
  if (!m_block.empty()) write_block();
  write(little_endian(std::uint32_t{0}) + little_endian(std::uint32_t{0}) +
        little_endian(m_events));
  const std::string digest = m_digest.finish();
  m_out.write(digest.data(), static_cast<std::streamsize>(digest.size()));
  m_out.flush();
}

std::uint32_t TraceWriter::kind_of(const Event& event) {
  const unsigned count = event.count + (event.text != nullptr ? 1 : 0);
  if (event.name == nullptr && event.id == EventId::interrupt) {
    const auto vector = static_cast<std::uint8_t>(event.values[0]);
    std::uint32_t& kind = m_vector_kinds[vector];
    if (kind == kNoKind) kind = find_kind(event.id, count, vector_event_name(vector));
    return kind;
  }
  const char* const name = event.name != nullptr ? event.name : event_type(event.id).name;
  NamedKind& cached = m_named[slot_of(name)];
  if (cached.name != name || cached.id != event.id || cached.count != count)
    cached = {name, event.id, count, find_kind(event.id, count, name)};
  return cached.kind;
}

std::uint32_t TraceWriter::find_kind(EventId id, unsigned count, const std::string& name) {
  const auto number = static_cast<std::uint32_t>(m_kinds.size());
  const auto [place, added] = m_kinds.try_emplace({static_cast<unsigned>(id), count, name}, number);
  if (added) {
    put(new_kind);
    put(static_cast<unsigned>(id));
    put(count);
    put_text(name);
    m_last.emplace_back();
  }
  return place->second;
}

std::uint64_t TraceWriter::text_of(const char* text) {
  const std::string cut(text, strnlen(text, longest_text));
  const auto [place, added] = m_texts.try_emplace(cut, m_texts.size());
  if (added) {
    put(new_text);
    put_text(cut);
  }
  return place->second;
}

TraceWriter::Values& TraceWriter::last_values(std::uint32_t kind, std::uint32_t cpu) {
  std::vector<Values>& of_kind = m_last[kind];
  const std::size_t index = cpu == Event::no_cpu ? 0 : std::size_t{cpu} + 1;
  if (of_kind.size() <= index) of_kind.resize(index + 1);
  return of_kind[index];
}

void TraceWriter::put(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) m_block += static_cast<char>(value | 0x80);
  m_block += static_cast<char>(value);
}

void TraceWriter::put_text(const std::string& text) {
  put(text.size());
  m_block += text;
}

void TraceWriter::write(const std::string& bytes) {
  m_digest.update(bytes);
  m_out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void TraceWriter::write_block() {
  uLongf size = compressBound(m_block.size());
  m_packed.resize(size);
  if (compress2(reinterpret_cast<Bytef*>(m_packed.data()), &size,
                reinterpret_cast<const Bytef*>(m_block.data()), m_block.size(), kLevel) != Z_OK)
    throw std::runtime_error("a block of the trace could not be compressed");
  m_packed.resize(size);
  write(little_endian(static_cast<std::uint32_t>(size)) +
        little_endian(static_cast<std::uint32_t>(m_block.size())));
  write(m_packed);
  m_block.clear();
}

}  // namespace apicsim
