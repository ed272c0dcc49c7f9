#include "sim/observe/event_types.h"

namespace apicsim {

namespace {

constexpr FieldFormat dec = FieldFormat::decimal;
constexpr FieldFormat hex = FieldFormat::hexadecimal;
constexpr FieldFormat cycle = FieldFormat::cycle;
constexpr FieldFormat text = FieldFormat::text;
constexpr bool timing = true;

// In the order of EventId.
const EventType kTypes[event_count] = {
    {"irq_vectors:vector_entry",
     {{"vector", "", hex}, {"rip", "", hex, timing}, {"accepted", "", cycle, timing}}},
    {"exceptions:exception", {{"vector", "", dec}, {"error_code", "", hex}, {"rip", "", hex}}},
    {"power:cpu_idle", {{"entered", "", dec}, {"state", "", text}}},
    {"power:cpu_idle", {{"entered", "", dec}}},
    {"probe", {{"arg0", "", hex}, {"arg1", "", hex}, {"arg2", "", hex}, {"arg3", "", hex}}},
    {"apic:ipi",
     {{"vector", "", hex}, {"mode", "", dec}, {"sender", "", dec}, {"sent", "", cycle, timing}}},
    {"apic:accept", {{"vector", "", hex}, {"mode", "", dec}, {"sent", "", cycle, timing}}},
    {"apic:dropped", {{"vector", "", hex}, {"mode", "", dec}, {"destination", "", hex}}},
    {"dma:msi",
     {{"requester", "", FieldFormat::requester}, {"address", "", hex}, {"data", "", hex}}},
    {"dma:read",
     {{"requester", "", FieldFormat::requester}, {"address", "", hex}, {"length", "bytes", dec}}},
    {"dma:write",
     {{"requester", "", FieldFormat::requester},
      {"address", "", hex},
      {"length", "bytes", dec},
      {"first", "", hex}}},
    {"run:end", {{"instructions", "", dec, timing}, {"outcome", "", text}}},
    {"console:line", {{"text", "", text}}},
    {"bench:sample", {{"cycles", "", dec, timing}, {"count", "", dec}, {"row", "", text}}},
    {"probes", {{"count", "", dec}, {"values", "", hex}, {"times", "", hex, timing}}},
    {"state:cpu", {{"rip", "", hex, timing}, {"registers", "", hex, timing}}},
    {"state:memory",
     {{"address", "", hex}, {"pages", "", dec, timing}, {"digest", "", hex, timing}}},
    {"iommu:fault",
     {{"requester", "", FieldFormat::requester},
      {"reason", "", hex},
      {"address", "", hex},
      {"lost", "", dec}}},
};

}  // namespace

const EventType& event_type(EventId id) { return kTypes[static_cast<unsigned>(id)]; }

}  // namespace apicsim
