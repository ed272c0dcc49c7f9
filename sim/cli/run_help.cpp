#include "sim/cli/run_help.h"

namespace apicsim {

const char* const run_help = R"(Runs a scenario, or an image on its own, and reports how it ended.

Usage: apicsim run SCENARIO [--set KEY=VALUE]... [OPTIONS]
       apicsim run --image FILE [--cpus N] [--memory SIZE] [--append TEXT] [OPTIONS]

SCENARIO is a file (*.toml), or a name that 'apicsim list' shows; the machine's part of the name
may be left out where the rest is unique. The guest's serial console goes to standard output, then
follows the summary.

FILE is a Multiboot 1 image (32-bit ELF, or flat with addresses in its header) or an ELF file with
a PVH entry: what QEMU's -kernel boots without firmware. Standard output is then the serial
console, byte for byte; one line on standard error says how the run ended. The exit status is the
image's own.

Options:
  --set KEY=VALUE   overrides a key of the scenario, written as in the file; may be repeated
  --json FILE       writes the summary as JSON
  --trace FILE      writes all events; 'apicsim trace FILE' shows them as text
  --console FILE    writes the guest's serial output, byte for byte
  --quiet           shows neither console nor progress, only the summary
  --configs FOLDER  takes machines, timing profiles and scenarios from there
  -h, --help        shows this text

Options for images:
  --image FILE      the image; no scenario then
  --cpus N          number of CPUs (1)
  --memory SIZE     as "512MiB", which is the default
  --append TEXT     command line; a Multiboot image finds the file's name before it
  --initrd LIST     modules, "FILE ARGUMENTS,FILE": each goes into memory; ",," is one comma
  --x2apic on|off   whether the CPUs have x2APIC (CPUID.1:ECX[21]); on
  --cpu NAME        processor, a file of configs/cpus ("max": all that is modelled)
  --machine NAME    machine, a file of configs/machines ("qemu-q35"), then with its own processor
  --timing MODE     "functional", one instruction per cycle, or "timed"
  --max-time TIME   ends the run there, as "10s" or "5ms" of simulated time
  --summary         prints the whole summary to standard error

Examples:
  apicsim run hp-dl360p-gen8/freelist-gpf
  apicsim run slub-traffic --json result.json --trace events.trace
  apicsim run my-scenario.toml --set run.max_time=2s --set kernel.cmdline="nox2apic"
  apicsim run qemu-q35/boot --set cpus=8 --set memory=2GiB --quiet
  apicsim run --image apic.flat --cpus 2 --max-time 10s
  apicsim run --image kernel.elf --append "console=ttyS0 quiet" --initrd "disk.img root"

Output files are complete or not there. Ctrl-C ends the run with a valid report.

Exit status of a scenario:
  0    the guest finished
  1    internal error of the simulator
  2    bad input: option, scenario, machine, image or output file; one line says what is wrong
  3    the guest reported an oops or a panic
  4    the limit of simulated time or cycles was reached
  5    triple fault: a CPU shut down
  6    hardware that is not modelled was touched (unmodelled = "report" goes on instead)
  7    the guest reported that its workload failed
  8    dead end: every CPU sleeps and nothing can wake one
  9    the run did not end as the scenario expects
  130  interrupted (Ctrl-C)

Exit status of an image that writes V to the debug exit port 0xF4: (V << 1) | 1, always odd, as
QEMU's isa-debug-exit gives it. Of one that ends otherwise, an even number: 0 powered off, 2 bad
input, 4, 6, 8 and 130 as above, 10 triple fault, 12 reset, 70 internal error of the simulator.
)";

}  // namespace apicsim
