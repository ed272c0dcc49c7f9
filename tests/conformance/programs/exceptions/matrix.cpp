#include "exceptions.h"

// Table 6-5: which pairs are handled one after the other, and which are a double fault.

namespace exceptions {

namespace {

constexpr const char* table = "Vol. 3 table 6-5";
constexpr u16 short_limit = 0x53;  ///< of the TSS: IST 7 lies behind it

void absent_gate(u8 vector) { idt[vector].type = 0x0E; }
void call_gate(u8 vector) { idt[vector].type = 0x8C; }
void stack_behind_limit(u8 vector) { set_gate(vector, 0x8E, 7); }
void stack_at(u8 vector, u64 top) {
  cpus[0].task_segment.ist[1] = top;
  set_gate(vector, 0x8E, 2);
}

const Second seconds[] = {
    {"#TS", 10, Class::contributory, stack_behind_limit,
     [](u8, u64 ext) { return selector::task + ext; }},
    {"#NP", 11, Class::contributory, absent_gate,
     [](u8 vector, u64 ext) { return vector * 8 + idt_bit + ext; }},
    {"#SS", 12, Class::contributory, [](u8 vector) { stack_at(vector, non_canonical); },
     [](u8, u64 ext) { return ext; }},
    {"#GP", 13, Class::contributory, call_gate,
     [](u8 vector, u64 ext) { return vector * 8 + idt_bit + ext; }},
    {"#PF", 14, Class::page_fault, [](u8 vector) { stack_at(vector, bad_stack); },
     [](u8, u64) -> u64 { return 2; }},
};

bool doubles(Class first, Class second) {
  if (first == Class::benign) return false;
  return second == Class::contributory || first == Class::page_fault;
}

/// Tables as at the beginning, with a short TSS and a stack for #DF.
void prepare() {
  load_tables();
  u64& task = cpus[0].gdt[selector::task / 8];
  task = (task & ~0xFFFFul & ~(2ul << 40)) | short_limit;
  asm volatile("ltr %0" : : "r"(selector::task));
  cpus[0].gdt[selector::spare / 8] = 0x00CF13000000FFFF;  // data, not present
  set_gate(double_fault, 0x8E, 1);
}

void restore() {
  write_cr0(read_cr0() & ~8ul);
  load_tables();
  apic::drain();
  interrupt_window();
  apic::drain();
}

/// Texts that are put together, good until the next one.
class Text {
 public:
  Text& operator<<(const char* part) {
    while (*part) m_text[m_length++] = *part++;
    m_text[m_length] = 0;
    return *this;
  }
  Text& operator<<(unsigned number) {
    if (number >= 10) *this << number / 10;
    const char digit[] = {static_cast<char>('0' + number % 10), 0};
    return *this << digit;
  }
  const char* get() const { return m_text; }

 private:
  char m_text[120] = {};
  unsigned m_length = 0;
};

void check_pair(const First& first, const Second& second) {
  const bool doubled = doubles(first.kind, second.kind);
  const u64 ext = first.external ? 1 : 0;
  Text id, text;
  id << "DF-" << unsigned{first.vector} << "-" << unsigned{second.vector};
  text << second.name << " in the delivery of " << first.name;
  text << (doubled ? " is #DF(0)" : " is delivered in its place");
  const Caught c = during(first, second);
  expect({id.get(), table, text.get()}, c, doubled ? double_fault : second.vector,
         doubled ? 0 : second.error(first.vector, ext));
}

}  // namespace

Caught during(const First& first, const Second& second) {
  prepare();
  second.disturb(first.vector);
  const Caught c = attempt([&] { first.raise(); });
  restore();
  return c;
}

Caught undisturbed(const First& first) {
  prepare();
  const Caught c = attempt([&] { first.raise(); });
  restore();
  return c;
}

void check_matrix() {
  for (unsigned n = 0; n < first_count; ++n) {
    Text id, text;
    id << "DF-" << unsigned{firsts[n].vector};
    text << firsts[n].name << " alone goes through its gate";
    equal({id.get(), table, text.get()}, undisturbed(firsts[n]).vector, firsts[n].vector);
    for (const Second& second : seconds) check_pair(firsts[n], second);
  }
}

}  // namespace exceptions
