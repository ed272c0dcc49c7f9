// Every verb of the script with its arguments: the one declaration that is parsed by and documented
// in docs/workload.md.
#include "guest/workload/measure.h"
#include "guest/workload/verbs.h"

namespace {

constexpr u64 max_object_size = 4u << 20;
constexpr u64 max_count = 1u << 20;
constexpr u64 max_samples = 1u << 16;
constexpr u64 max_area = 1u << 22;
constexpr u64 max_ms = 3600u * 1000;
constexpr u64 max_pid = 4194304;

const char* const order_choices[] = {"fifo", "lifo", nullptr};
const char* const reach_choices[] = {"slab", "node", nullptr};
const char* const ipi_choices[] = {"call", "reschedule", nullptr};
const char* const release_choices[] = {"completion", "submission", nullptr};
const char* const dma_choices[] = {"both", "to-device", "from-device", nullptr};
const char* const transfer_choices[] = {"to-memory", "from-memory", nullptr};
const char* const up_choices[] = {"last", "first", nullptr};
const char* const down_choices[] = {"stopped", "forgotten", nullptr};
const char* const offload_choices[] = {"copy", "fill", "crc32", nullptr};
const char* const access_choices[] = {"write", "read", nullptr};
const char* const agent_choices[] = {"plain", "translate", "translated", "page", nullptr};
const char* const mode_choices[] = {"x2apic", "xapic", nullptr};
const char* const partner_choices[] = {"busy", "idle", nullptr};

constexpr ArgSpec cpus_arg = {"cpus", ArgKind::cpus, false, 0, 0, 0, nullptr};

constexpr ArgSpec number_arg(const char* key, bool required, u64 fallback, u64 min, u64 max) {
  return {key, ArgKind::number, required, fallback, min, max, nullptr};
}
constexpr ArgSpec name_arg(const char* key) { return {key, ArgKind::name, true, 0, 0, 0, nullptr}; }
constexpr ArgSpec word_arg(const char* key, bool required, ArgKind kind) {
  return {key, kind, required, 0, 0, 0, nullptr};
}
constexpr ArgSpec choice_arg(const char* key, const char* const* choices) {
  return {key, ArgKind::choice, false, 0, 0, 0, choices};
}

constexpr u64 no_index = ~0ull;

const ArgSpec alloc_args[] = {cpus_arg, number_arg("size", true, 0, 1, max_object_size),
                              number_arg("count", false, 1, 1, max_count), name_arg("pool"),
                              number_arg("node", false, 0, 0, kMaxNodes - 1)};
const ArgSpec free_args[] = {
    cpus_arg, name_arg("pool"), number_arg("count", false, no_index, 1, max_count),
    number_arg("index", false, no_index, 0, max_count), choice_arg("order", order_choices)};
const ArgSpec exhaust_args[] = {cpus_arg, number_arg("size", true, 0, 1, 8192), name_arg("pool"),
                                choice_arg("reach", reach_choices)};
const ArgSpec pairs_args[] = {cpus_arg, number_arg("size", true, 0, 1, max_object_size),
                              number_arg("count", true, 0, 1, max_count)};
const ArgSpec mix_args[] = {cpus_arg,
                            {"sizes", ArgKind::numbers, true, 0, 1, max_object_size, nullptr},
                            number_arg("count", true, 0, 1, max_count),
                            number_arg("live", false, 64, 1, 512),
                            number_arg("seed", false, 1, 1, ~0ull)};
const ArgSpec uaf_args[] = {cpus_arg, name_arg("pool"), number_arg("index", true, 0, 0, max_count),
                            number_arg("offset", true, 0, 0, 8191),
                            number_arg("value", true, 0, 0, 255)};
const ArgSpec ipi_args[] = {cpus_arg, word_arg("to", true, ArgKind::path),
                            choice_arg("kind", ipi_choices),
                            number_arg("count", false, 1, 1, max_count)};
const ArgSpec firmware_apic_args[] = {cpus_arg, choice_arg("mode", mode_choices)};
const ArgSpec execve_args[] = {cpus_arg,
                               number_arg("pid", false, 1000, 1, max_pid),
                               word_arg("comm", false, ArgKind::name),
                               word_arg("path", true, ArgKind::path),
                               word_arg("target", false, ArgKind::path),
                               number_arg("repeat", false, 1, 0, max_count),
                               number_arg("opens", false, 0, 0, 60)};
const ArgSpec measure_args[] = {cpus_arg,
                                word_arg("what", true, ArgKind::name),
                                number_arg("count", true, 0, 1, max_samples),
                                number_arg("each", false, 1, 1, max_samples),
                                word_arg("to", false, ArgKind::path),
                                choice_arg("partner", partner_choices),
                                number_arg("size", false, 256, 8, max_area)};
const ArgSpec submit_args[] = {cpus_arg, choice_arg("release", release_choices)};
const ArgSpec dma_map_args[] = {cpus_arg, name_arg("name"),
                                number_arg("size", false, 4096, 1, max_object_size),
                                choice_arg("direction", dma_choices)};
const ArgSpec dma_name_args[] = {cpus_arg, name_arg("name")};
const ArgSpec dma_transfer_args[] = {
    cpus_arg, name_arg("name"), choice_arg("direction", transfer_choices),
    number_arg("offset", false, 0, 0, 1ull << 52), number_arg("bytes", false, 8, 1, 4096)};
constexpr ArgSpec nic_arg = number_arg("nic", false, 0, 0, 3);
const ArgSpec nic_up_args[] = {cpus_arg, nic_arg, choice_arg("receive", up_choices),
                               number_arg("gap_us", false, 100, 1, 1000000)};
const ArgSpec nic_down_args[] = {cpus_arg, nic_arg, choice_arg("receive", down_choices)};
const ArgSpec nic_send_args[] = {cpus_arg, nic_arg, number_arg("count", false, 1, 1, max_count),
                                 number_arg("size", false, 60, 60, 1514)};
const ArgSpec nic_wait_args[] = {cpus_arg, nic_arg, number_arg("count", true, 0, 1, max_count),
                                 number_arg("ms", false, 1000, 1, max_ms)};
const ArgSpec disk_args[] = {cpus_arg, number_arg("block", false, 0, 0, 1ull << 48),
                             number_arg("count", false, 8, 1, 256),
                             number_arg("seed", false, 1, 0, ~0ull)};
const ArgSpec offload_args[] = {cpus_arg, choice_arg("operation", offload_choices),
                                number_arg("bytes", false, 256, 1, 4096)};
const ArgSpec agent_access_args[] = {cpus_arg,
                                     number_arg("address", true, 0, 0, ~0ull),
                                     choice_arg("direction", access_choices),
                                     number_arg("bytes", false, 8, 1, 4096),
                                     choice_arg("mode", agent_choices),
                                     number_arg("pasid", false, 0, 0, 0xfffff),
                                     number_arg("requester", false, 0, 0, 0xffff),
                                     number_arg("count", false, 1, 1, max_count)};
const ArgSpec agent_bind_args[] = {cpus_arg, number_arg("pasid", true, 0, 1, 0xfffff),
                                   number_arg("address", false, 1u << 28, 0, ~0ull),
                                   number_arg("pages", false, 16, 1, max_count)};
const ArgSpec cpus_only[] = {cpus_arg};
const ArgSpec sleep_args[] = {cpus_arg, number_arg("ms", true, 0, 1, max_ms)};
const ArgSpec hold_args[] = {number_arg("node", true, 0, 0, kMaxNodes - 1),
                             number_arg("bytes", false, 0, 4096, 1ull << 52),
                             number_arg("until", false, 0, 4096, 1ull << 52)};
const ArgSpec print_args[] = {{"text", ArgKind::text, false, 0, 0, 0, nullptr}};
const ArgSpec loop_args[] = {number_arg("count", true, 0, 1, max_count)};

template <int N>
constexpr Verb on_cpu(const char* name, const ArgSpec (&args)[N],
                      void (*function)(const Command&, int),
                      const char* (*prepare)(Command*) = nullptr) {
  static_assert(N <= kMaxArgs, "more arguments than a command holds");
  return {name, args, N, function, nullptr, prepare};
}
template <int N>
constexpr Verb on_main(const char* name, const ArgSpec (&args)[N],
                       void (*function)(const Command&)) {
  return {name, args, N, nullptr, function, nullptr};
}
constexpr Verb bare(const char* name, void (*function)(const Command&)) {
  return {name, nullptr, 0, nullptr, function, nullptr};
}

const Verb verbs[] = {
    on_cpu("alloc", alloc_args, do_alloc),
    on_cpu("free", free_args, do_free),
    on_cpu("exhaust", exhaust_args, do_exhaust),
    on_cpu("pairs", pairs_args, do_pairs),
    on_cpu("mix", mix_args, do_mix),
    on_cpu("use-after-free", uaf_args, do_use_after_free),
    on_cpu("ipi", ipi_args, do_ipi),
    on_cpu("firmware-apic", firmware_apic_args, do_firmware_apic),
    on_cpu("measure", measure_args, do_measure, prepare_measure),
    on_cpu("execve", execve_args, do_execve),
    on_cpu("edu-prepare", cpus_only, do_edu_prepare),
    on_cpu("edu-submit", submit_args, do_edu_submit),
    on_cpu("edu-wait", cpus_only, do_edu_wait),
    on_cpu("dma-map", dma_map_args, do_dma_map),
    on_cpu("dma-unmap", dma_name_args, do_dma_unmap),
    on_cpu("dma-free", dma_name_args, do_dma_free),
    on_cpu("dma-transfer", dma_transfer_args, do_dma_transfer),
    bare("dma-flush", do_dma_flush),
    bare("dma-show", do_dma_show),
    on_cpu("nic-up", nic_up_args, do_nic_up),
    on_cpu("nic-down", nic_down_args, do_nic_down),
    on_cpu("nic-send", nic_send_args, do_nic_send),
    on_cpu("nic-wait", nic_wait_args, do_nic_wait),
    bare("nic-show", do_nic_show),
    on_cpu("disk-write", disk_args, do_disk_write),
    on_cpu("disk-read", disk_args, do_disk_read),
    on_cpu("firmware-load", cpus_only, do_firmware_load),
    on_cpu("offload-run", offload_args, do_offload_run),
    on_cpu("agent-access", agent_access_args, do_agent_access),
    on_cpu("agent-bind", agent_bind_args, do_agent_bind),
    bare("page-requests-show", do_page_requests_show),
    on_cpu("sleep", sleep_args, do_sleep),
    on_main("print", print_args, do_print),
    on_main("memory-hold", hold_args, do_memory_hold),
    bare("memory-show", do_memory_show),
    bare("slub-show", do_slub_show),
    bare("slub-validate", do_slub_validate),
    bare("cpuidle-show", do_cpuidle_show),
    bare("remapping-show", do_remapping_show),
    // Without a function: the interpreter's own.
    bare("parallel", nullptr),
    bare("barrier", nullptr),
    on_main("loop", loop_args, nullptr),
    bare("end", nullptr),
    bare(nullptr, nullptr),
};

}  // namespace

const Verb* all_verbs() { return verbs; }
