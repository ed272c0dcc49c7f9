#pragma once

#include "guest/arch/cpumask.h"
#include "guest/include/types.h"

// Registers by their offset in the xAPIC page; the x2APIC MSR is 0x800 + offset / 16
// (SDM Vol. 3 §11.4.1 table 11-1, §11.12.1.2 table 11-6).
enum ApicRegister : u32 {
  kApicId = 0x20,
  kApicVersion = 0x30,
  kApicTpr = 0x80,
  kApicPpr = 0xa0,
  kApicEoi = 0xb0,
  kApicLdr = 0xd0,
  kApicDfr = 0xe0,
  kApicSvr = 0xf0,
  kApicIsr = 0x100,
  kApicTmr = 0x180,
  kApicIrr = 0x200,
  kApicEsr = 0x280,
  kApicIcr = 0x300,
  kApicIcrHigh = 0x310,
  kApicLvtTimer = 0x320,
  kApicLvtThermal = 0x330,
  kApicLvtPerformance = 0x340,
  kApicLvtLint0 = 0x350,
  kApicLvtLint1 = 0x360,
  kApicLvtError = 0x370,
  kApicInitialCount = 0x380,
  kApicCurrentCount = 0x390,
  kApicDivide = 0x3e0,
};

inline constexpr u32 kIcrNmi = 4u << 8;
inline constexpr u32 kIcrInit = 5u << 8;
inline constexpr u32 kIcrStartup = 6u << 8;
inline constexpr u32 kIcrLogical = 1u << 11;
inline constexpr u32 kIcrPending = 1u << 12;
inline constexpr u32 kIcrAssert = 1u << 14;
inline constexpr u32 kIcrLevel = 1u << 15;
inline constexpr u32 kLvtMasked = 1u << 16;
inline constexpr u32 kLvtPeriodic = 1u << 17;
inline constexpr u32 kLvtTscDeadline = 2u << 17;

// There is an APIC and the command line does not forbid it.
bool apic_wanted();
// The stages of a boot. Whether the firmware left x2APIC mode on, which is said at once;
void check_x2apic();
// the driver that reads the tables, and judges the ids in them;
void choose_early_apic_driver();
// page or MSRs (CPUID, nox2apic, interrupt remapping, what the firmware left on), the boot CPU's
// mode and the routing of interrupts.
void init_apic_mode();
// Takes this CPU, not the boot CPU, to the mode that was chosen.
void follow_apic_mode();
// Brings this CPU's local APIC to life: SVR, LVTs. The CPU dies if its id is not one of the tables.
void setup_local_apic();

// No more interrupts of the 8259 by way of this CPU's LINT0.
void mask_lint0();

// apic=verbose or apic=debug; the latter alone.
bool apic_verbose();
bool apic_debug();
// With either, the registers of the boot CPU's APIC, or of the show_lapic= first ones.
void print_local_apics();

u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
void apic_eoi();
u32 apic_id_of_this_cpu();
bool apic_available();
// Whether an interrupt can be sent to that APIC alone: in an xAPIC's 8 bits 255 means all.
// Until 3.3
// ("x86: Skip cpus with apic-ids >= 255 in !x2apic_mode") nobody asks.
bool apic_id_valid(u32 apic_id);
// An interprocessor interrupt by physical destination; waits for the previous one to be sent.
void apic_send_ipi(u32 apic_id, u32 command);
// A fixed interrupt to one CPU or several, with the destinations that the routing uses: as few
// messages as these can name.
void apic_send_to_cpu(int cpu, int vector);
void apic_send_to_mask(const CpuMask& cpus, int vector);

// Where a device's interrupt has to go to reach a CPU.
struct ApicDestination {
  u32 id;
  bool logical;
  bool lowest_priority;
};
ApicDestination apic_destination(int cpu);

// The timer of this CPU; init once, on the boot CPU, then setup on each, which starts the tick.
void init_apic_timer();
void setup_apic_timer();
// The tick's next interrupt: a reading of the time stamp counter, or kNoTimerEvent (nohz.h).
void apic_timer_program(u64 event);
// Lets this CPU's timer strike once, with `vector`, after `cycles` of the TSC; the tick is off
// until setup_apic_timer(). Returns the TSC at which it is due.
u64 apic_timer_once(int vector, u64 cycles);
