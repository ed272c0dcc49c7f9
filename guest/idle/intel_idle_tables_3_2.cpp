// The processors that intel_idle of Linux 3.2 knows, with their states: drivers/idle/intel_idle.c.
#include "guest/idle/intel_idle.h"

namespace {

const IdleState nehalem_states[] = {
    {"C1-NHM", "MWAIT 0x00", 0x00, false, 3, 6},
    {"C3-NHM", "MWAIT 0x10", 0x10, true, 20, 80},
    {"C6-NHM", "MWAIT 0x20", 0x20, true, 200, 800},
    {},
};
const IdleState snb_states[] = {
    {"C1-SNB", "MWAIT 0x00", 0x00, false, 1, 1},
    {"C3-SNB", "MWAIT 0x10", 0x10, true, 80, 211},
    {"C6-SNB", "MWAIT 0x20", 0x20, true, 104, 345},
    {"C7-SNB", "MWAIT 0x30", 0x30, true, 109, 345},
    {},
};
const IdleState ivb_states[] = {
    {"C1-IVB", "MWAIT 0x00", 0x00, false, 1, 1},
    {"C3-IVB", "MWAIT 0x10", 0x10, true, 59, 156},
    {"C6-IVB", "MWAIT 0x20", 0x20, true, 80, 300},
    {"C7-IVB", "MWAIT 0x30", 0x30, true, 87, 300},
    {},
};
const IdleState atom_states[] = {
    {"C1-ATM", "MWAIT 0x00", 0x00, false, 1, 4},
    {"C2-ATM", "MWAIT 0x10", 0x10, false, 20, 80},
    {"C4-ATM", "MWAIT 0x30", 0x30, true, 100, 400},
    {"C6-ATM", "MWAIT 0x52", 0x52, true, 140, 560},
    {},
};

// MSR_NHM_SNB_PKG_CST_CFG_CTL: C3 (25) and C1 (26) auto demotion of Nehalem, C6 (25) of Lincroft.
constexpr u64 kNehalemDemotion = 1u << 25 | 1u << 26;
constexpr u64 kLincroftDemotion = 1u << 25;

}  // namespace

const IntelIdleModel intel_idle_models[] = {
    {0x1a, nehalem_states, kNehalemDemotion, false},
    {0x1e, nehalem_states, kNehalemDemotion, false},
    {0x1f, nehalem_states, kNehalemDemotion, false},
    {0x2e, nehalem_states, kNehalemDemotion, false},
    {0x2f, nehalem_states, kNehalemDemotion, false},
    {0x25, nehalem_states, kNehalemDemotion, false},
    {0x2c, nehalem_states, kNehalemDemotion, false},
    {0x1c, atom_states, 0, false},
    {0x26, atom_states, kLincroftDemotion, false},
    {0x2a, snb_states, 0, false},
    {0x2d, snb_states, 0, false},
    {0x3a, ivb_states, 0, false},
    {0x3e, ivb_states, 0, false},
};
const int intel_idle_model_count = sizeof(intel_idle_models) / sizeof(intel_idle_models[0]);
