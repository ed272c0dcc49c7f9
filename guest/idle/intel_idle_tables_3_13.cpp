// The processors that intel_idle of Linux 3.13 knows, with their states: drivers/idle/intel_idle.c.
#include "guest/idle/intel_idle.h"

namespace {

const IdleState nehalem_states[] = {
    {"C1-NHM", "MWAIT 0x00", 0x00, false, 3, 6},
    {"C1E-NHM", "MWAIT 0x01", 0x01, false, 10, 20},
    {"C3-NHM", "MWAIT 0x10", 0x10, true, 20, 80},
    {"C6-NHM", "MWAIT 0x20", 0x20, true, 200, 800},
    {},
};
const IdleState snb_states[] = {
    {"C1-SNB", "MWAIT 0x00", 0x00, false, 2, 2},    {"C1E-SNB", "MWAIT 0x01", 0x01, false, 10, 20},
    {"C3-SNB", "MWAIT 0x10", 0x10, true, 80, 211},  {"C6-SNB", "MWAIT 0x20", 0x20, true, 104, 345},
    {"C7-SNB", "MWAIT 0x30", 0x30, true, 109, 345}, {},
};
const IdleState ivb_states[] = {
    {"C1-IVB", "MWAIT 0x00", 0x00, false, 1, 1},   {"C1E-IVB", "MWAIT 0x01", 0x01, false, 10, 20},
    {"C3-IVB", "MWAIT 0x10", 0x10, true, 59, 156}, {"C6-IVB", "MWAIT 0x20", 0x20, true, 80, 300},
    {"C7-IVB", "MWAIT 0x30", 0x30, true, 87, 300}, {},
};
const IdleState hsw_states[] = {
    {"C1-HSW", "MWAIT 0x00", 0x00, false, 2, 2},
    {"C1E-HSW", "MWAIT 0x01", 0x01, false, 10, 20},
    {"C3-HSW", "MWAIT 0x10", 0x10, true, 33, 100},
    {"C6-HSW", "MWAIT 0x20", 0x20, true, 133, 400},
    {"C7s-HSW", "MWAIT 0x32", 0x32, true, 166, 500},
    {"C8-HSW", "MWAIT 0x40", 0x40, true, 300, 900},
    {"C9-HSW", "MWAIT 0x50", 0x50, true, 600, 1800},
    {"C10-HSW", "MWAIT 0x60", 0x60, true, 2600, 7700},
    {},
};
const IdleState atom_states[] = {
    {"C1E-ATM", "MWAIT 0x00", 0x00, false, 10, 20},
    {"C2-ATM", "MWAIT 0x10", 0x10, false, 20, 80},
    {"C4-ATM", "MWAIT 0x30", 0x30, true, 100, 400},
    {"C6-ATM", "MWAIT 0x52", 0x52, true, 140, 560},
    {},
};
const IdleState avn_states[] = {
    {"C1-AVN", "MWAIT 0x00", 0x00, false, 2, 2},
    {"C6-AVN", "MWAIT 0x51", 0x51, true, 15, 45},
    {},
};

// MSR_NHM_SNB_PKG_CST_CFG_CTL: C3 (25) and C1 (26) auto demotion of Nehalem, C6 (25) of Lincroft.
constexpr u64 kNehalemDemotion = 1u << 25 | 1u << 26;
constexpr u64 kLincroftDemotion = 1u << 25;

}  // namespace

const IntelIdleModel intel_idle_models[] = {
    {0x1a, nehalem_states, kNehalemDemotion, true},
    {0x1e, nehalem_states, kNehalemDemotion, true},
    {0x1f, nehalem_states, kNehalemDemotion, true},
    {0x25, nehalem_states, kNehalemDemotion, true},
    {0x2c, nehalem_states, kNehalemDemotion, true},
    {0x2e, nehalem_states, kNehalemDemotion, true},
    {0x1c, atom_states, 0, false},
    {0x26, atom_states, kLincroftDemotion, false},
    {0x2f, nehalem_states, kNehalemDemotion, true},
    {0x2a, snb_states, 0, true},
    {0x2d, snb_states, 0, true},
    {0x3a, ivb_states, 0, true},
    {0x3e, ivb_states, 0, true},
    {0x3c, hsw_states, 0, true},
    {0x3f, hsw_states, 0, true},
    {0x45, hsw_states, 0, true},
    {0x46, hsw_states, 0, true},
    {0x4d, avn_states, 0, false},
};
const int intel_idle_model_count = sizeof(intel_idle_models) / sizeof(intel_idle_models[0]);
