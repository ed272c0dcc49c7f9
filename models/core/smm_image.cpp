#include "models/core/smm_image.h"

#include "models/core/cpuid.h"

namespace apicsim {

namespace {

using smm::Word;

/// The n-th word behind `first`: the groups of the enumeration follow the encoding of registers.
Word nth(Word first, unsigned n) { return static_cast<Word>(static_cast<unsigned>(first) + n); }

constexpr unsigned segment_count = 8;  ///< the six of Seg, LDTR, TR

const Segment& segment_of(const Cpu& cpu, unsigned n) {
  return n == 6 ? cpu.ldt : n == 7 ? cpu.task : cpu.segments[n];
}
Segment& segment_of(Cpu& cpu, unsigned n) {
  return n == 6 ? cpu.ldt : n == 7 ? cpu.task : cpu.segments[n];
}

// Access rights as VMX keeps them (SDM Vol. 3 table 24-2), which has a bit for "unusable".
constexpr u64 rights_system = 1u << 4, rights_present = 1u << 7, rights_long = 1u << 13,
              rights_big = 1u << 14, rights_unusable = 1u << 16;

u64 rights_of(const Segment& s) {
  return s.type | (s.code_or_data ? rights_system : 0) | u64{s.dpl} << 5 |
         (s.present ? rights_present : 0) | (s.long_mode ? rights_long : 0) |
         (s.big ? rights_big : 0) | (s.usable ? 0 : rights_unusable);
}

Segment segment_from(const SmmImage& image, unsigned n) {
  const u64 rights = image[nth(Word::es_rights, n)];
  Segment s;
  s.selector = static_cast<u16>(image[nth(Word::es, n)]);
  s.base = image[nth(Word::es_base, n)];
  s.limit = static_cast<u32>(image[nth(Word::es_limit, n)]);
  s.type = static_cast<u8>(bits(rights, 3, 0));
  s.code_or_data = rights & rights_system;
  s.dpl = static_cast<u8>(bits(rights, 6, 5));
  s.present = rights & rights_present;
  s.long_mode = rights & rights_long;
  s.big = rights & rights_big;
  s.usable = !(rights & rights_unusable);
  return s;
}

}  // namespace

const smm::SaveMap& save_map(const Cpu& cpu) {
  return has_feature(cpu.environment().model, feature::long_mode) ? smm::intel64_map()
                                                                  : smm::ia32_map();
}

SmmImage SmmImage::of(const Cpu& cpu) {
  SmmImage image;
  for (unsigned n = 0; n < 16; ++n) image[nth(Word::rax, n)] = cpu.registers[n];
  for (unsigned n = 0; n < segment_count; ++n) {
    const Segment& s = segment_of(cpu, n);
    image[nth(Word::es, n)] = s.selector;
    image[nth(Word::es_base, n)] = s.base;
    image[nth(Word::es_limit, n)] = s.limit;
    image[nth(Word::es_rights, n)] = rights_of(s);
  }
  image[Word::cr0] = cpu.cr0;
  image[Word::cr3] = cpu.cr3;
  image[Word::cr4] = cpu.cr4;
  image[Word::efer] = cpu.msr.efer;
  image[Word::rflags] = cpu.flags();
  image[Word::rip] = cpu.rip;
  image[Word::dr6] = cpu.dr6;
  image[Word::dr7] = cpu.dr7;
  image[Word::gdt_base] = cpu.gdt.base;
  image[Word::gdt_limit] = cpu.gdt.limit;
  image[Word::idt_base] = cpu.idt.base;
  image[Word::idt_limit] = cpu.idt.limit;
  return image;
}

void SmmImage::restore_registers(Cpu& cpu) const {
  const SmmImage& image = *this;
  for (unsigned n = 0; n < 16; ++n) cpu.registers[n] = image[nth(Word::rax, n)];
  for (unsigned n = 0; n < segment_count; ++n) segment_of(cpu, n) = segment_from(image, n);
  cpu.dr6 = image[Word::dr6];
  cpu.dr7 = image[Word::dr7];
  cpu.gdt = {image[Word::gdt_base], static_cast<u16>(image[Word::gdt_limit])};
  cpu.idt = {image[Word::idt_base], static_cast<u16>(image[Word::idt_limit])};
}

void SmmImage::write(Cpu& cpu, const smm::SaveMap& map) const {
  for (const smm::Place& place : map) {
    const u64 value = (*this)[place.word] >> place.shift;
    cpu.write_memory(cpu.smm.base + smm::map_offset + place.offset, &value, place.bytes);
  }
}

SmmImage SmmImage::read(Cpu& cpu, const smm::SaveMap& map) {
  SmmImage image;
  for (const smm::Place& place : map) {
    u64 value = 0;
    cpu.read_memory(cpu.smm.base + smm::map_offset + place.offset, &value, place.bytes);
    image[place.word] |= value << place.shift;
  }
  return image;
}

}  // namespace apicsim
