// Machine-check banks and the corrected errors that fill them, SDM Vol. 3 §15.3.2, §15.5.
#include "models/core/cpu.h"
#include "models/core/msr_access.h"

namespace apicsim {

namespace {

/// IA32_MCi_STATUS, §15.3.2.2.
namespace mc_status {
constexpr u64 valid = u64{1} << 63, overflow = u64{1} << 62, uncorrected = u64{1} << 61,
              enabled = u64{1} << 60;
constexpr unsigned count_shift = 38;
constexpr u64 most_errors = 0x7FFF;
}  // namespace mc_status

/// IA32_MCG_STATUS, §15.3.1.2.
namespace mcg_status {
constexpr u64 restartable = 1u << 0, in_progress = 1u << 2;
}

constexpr u64 cmci_enable = 1u << 30, threshold_mask = 0x7FFF;  // IA32_MCi_CTL2

}  // namespace

/// §15.3.2.2.1: a corrected error behind one that is still there is counted, and OVER says that its
/// own code is lost. The interrupt comes when the count reaches the threshold (§15.5.2.1).
void Cpu::corrected_error(unsigned number, u16 code, Cycle now) {
  MachineCheckBank& bank = msr.banks[number % machine_check_banks];
  const u64 before = bits(bank.status, 52, mc_status::count_shift);
  const u64 errors = std::min(before + 1, mc_status::most_errors);
  if (bank.status & mc_status::valid)
    bank.status |= mc_status::overflow;
  else
    bank.status = mc_status::valid | (bank.ctl != 0 ? mc_status::enabled : 0) | code;
  bank.status &= ~(mc_status::most_errors << mc_status::count_shift);
  bank.status |= errors << mc_status::count_shift;
  const u64 threshold = bank.ctl2 & threshold_mask;
  if ((bank.ctl2 & cmci_enable) && threshold != 0 && errors == threshold && errors != before)
    m_apic.signal(LocalApic::LocalSource::cmci, now);
}

/// §15.3.2.2.1: an uncorrected error takes the place of a corrected one, not of another uncorrected
/// one. It is signalled where IA32_MCi_CTL enables the bank's errors.
void Cpu::uncorrected_error(unsigned number, u16 code) {
  MachineCheckBank& bank = msr.banks[number % machine_check_banks];
  const u64 lost = bank.status & mc_status::valid ? mc_status::overflow : 0;
  const bool keeps = lost != 0 && (bank.status & mc_status::uncorrected);
  if (keeps)
    bank.status |= lost;
  else
    bank.status = mc_status::valid | mc_status::uncorrected | lost | code |
                  (bank.ctl != 0 ? mc_status::enabled : 0);
  if (bank.ctl != 0) machine_check_due = true;
}

/// §15.10.1, §6.15 (interrupt 18): without CR4.MCE, or during another machine check, the processor
/// shuts down. The program can go on, as errors come between its instructions.
bool Cpu::take_machine_check() {
  if (waits_for_turn()) return false;
  machine_check_due = false;
  if (!(cr4 & cr4::mce) || (msr.mcg_status & mcg_status::in_progress)) {
    activity = Activity::shutdown;
    return true;
  }
  msr.mcg_status |= mcg_status::in_progress | mcg_status::restartable;
  deliver(Fault::simple(vector::machine_check), EventKind::exception, rip);
  return true;
}

namespace msr_access {

namespace {

enum class BankRegister : u8 { ctl, status, address, misc };

u64& bank_register(Cpu& cpu, u32 offset) {
  MachineCheckBank& bank = cpu.msr.banks[offset / 4];
  switch (static_cast<BankRegister>(offset % 4)) {
    case BankRegister::ctl:
      return bank.ctl;
    case BankRegister::status:
      return bank.status;
    case BankRegister::address:
      return bank.address;
    default:
      return bank.misc;
  }
}

}  // namespace

u64 read_bank(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) {
  return bank_register(cpu, index - spec.first);
}

/// Status, address and misc take only zero (§15.3.2.2 to §15.3.2.4).
bool write_bank(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  const u32 offset = index - spec.first;
  if (offset % 4 != 0 && value != 0) return false;
  bank_register(cpu, offset) = value;
  return true;
}

u64 read_bank_control2(Cpu& cpu, const MsrSpec& spec, u32 index, Cycle) {
  return cpu.msr.banks[index - spec.first].ctl2;
}

bool write_bank_control2(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle) {
  cpu.msr.banks[index - spec.first].ctl2 = value;
  return true;
}

}  // namespace msr_access

}  // namespace apicsim
