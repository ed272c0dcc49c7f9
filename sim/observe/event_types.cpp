#include "sim/observe/event_types.h"

namespace apicsim {

namespace {

constexpr FieldFormat dec = FieldFormat::decimal;
constexpr FieldFormat hex = FieldFormat::hexadecimal;

// In the order of EventId.
const EventType kTypes[event_count] = {
    {"irq_vectors:vector_entry", {{"vector", "", hex}, {"rip", "", hex}, {"accepted", "", dec}}},
    {"exceptions:exception", {{"vector", "", dec}, {"error_code", "", hex}, {"rip", "", hex}}},
    {"power:cpu_idle", {{"entered", "", dec}}},
    {"power:cpu_idle", {{"entered", "", dec}}},
    {"probe", {{"arg0", "", hex}, {"arg1", "", hex}, {"arg2", "", hex}, {"arg3", "", hex}}},
    {"apic:ipi", {{"vector", "", hex}, {"mode", "", dec}, {"sender", "", dec}, {"sent", "", dec}}},
    {"apic:accept", {{"vector", "", hex}, {"mode", "", dec}, {"sent", "", dec}}},
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
    {"run:end", {{"instructions", "", dec}}},
};

}  // namespace

const EventType& event_type(EventId id) { return kTypes[static_cast<unsigned>(id)]; }

}  // namespace apicsim
