// The way out of system management mode: RSM, SDM Vol. 3 §31.3.2, §31.10 to §31.12.
#include "models/core/control_registers.h"
#include "models/core/smm_image.h"

namespace apicsim {

namespace {

using smm::Word;

/// IA-32e mode is active when it is enabled and paging is on; the saved LMA follows.
u64 resumed_efer(const SmmImage& image) {
  const u64 saved = image[Word::efer] & ~efer::lma;
  const bool active = (saved & efer::lme) && (image[Word::cr0] & cr0::pg);
  return active ? saved | efer::lma : saved;
}

bool valid_cr0(u64 value) {
  if (value >> 32) return false;
  if ((value & cr0::pg) && !(value & cr0::pe)) return false;
  return !(value & cr0::nw) || (value & cr0::cd);
}

/// §31.3.2: reserved bits of CR4, illegal combinations in CR0, PCIDs outside of IA-32e mode; and
/// what a move to these registers or a WRMSR of EFER would refuse.
bool resumable(const Cpu& cpu, const SmmImage& image) {
  const CpuModel& model = cpu.environment().model;
  const u64 value4 = image[Word::cr4];
  const u64 extended = resumed_efer(image);
  if (!valid_cr0(image[Word::cr0]) || (value4 & ~cr4_bits(model))) return false;
  if (extended & ~(efer_bits(model) | efer::lma)) return false;
  if (!(extended & efer::lma)) return !(value4 & cr4::pcide);
  const u64 above_physical = ~u64{0} << model.physical_address_bits;
  return (value4 & cr4::pae) && !(image[Word::cr3] & above_physical);
}

u8 resumed_level(const Cpu& cpu) {
  if (!cpu.protected_mode()) return 0;
  return cpu.virtual_8086() ? 3 : cpu.segment(Seg::ss).dpl;
}

bool loads_pdptes(const Cpu& cpu) {
  return (cpu.cr0 & cr0::pg) && (cpu.cr4 & cr4::pae) && !cpu.long_mode();
}

/// What the handler may have asked for in the map (§31.10, §31.11, §31.12); where the SMI did not
/// come in HLT or behind an I/O instruction, asking for it again has no effect.
void follow_requests(Cpu& cpu, const SmmImage& image) {
  cpu.smm.base = image[Word::base];
  if (cpu.smm.halted && (image[Word::halt] & smm::halt_restart)) cpu.activity = Activity::halted;
  if (!cpu.smm.io_interrupted || (image[Word::io] & 0xFF) != smm::io_restart) return;
  cpu.rip = image[Word::io_rip];
  cpu.registers[1] = image[Word::io_rcx];
  cpu.registers[6] = image[Word::io_rsi];
  cpu.registers[7] = image[Word::io_rdi];
}

}  // namespace

void Cpu::resume_from_smm() {
  const SmmImage image = SmmImage::read(*this, save_map(*this));
  smm.active = false;
  smm.io.retired = ~u64{0};
  if (!resumable(*this, image)) {
    activity = Activity::shutdown;
    return;
  }
  image.restore_registers(*this);
  dr6 = 0xFFFF0FF0 | (dr6 & 0xE00F);
  dr7 = 0x400 | (dr7 & 0xFFFF23FF);
  cr0 = image[Word::cr0] | cr0::et;
  cr3 = image[Word::cr3];
  cr4 = image[Word::cr4];
  msr.efer = resumed_efer(image);
  rip = image[Word::rip];
  set_flags(image[Word::rflags]);
  cpl = resumed_level(*this);
  nmi_blocked = smm.nmi_blocked;
  pending_debug = smm.pending_debug;
  follow_requests(*this, image);
  flush_tlb(false);
  update_mode();
  update_tlb_view();
  add_latency(m_environment.latencies.smi_resume);
  if (loads_pdptes(*this) && !load_pdptes(*this, cr3)) {
    clear_exit();
    activity = Activity::shutdown;
  }
}

}  // namespace apicsim
