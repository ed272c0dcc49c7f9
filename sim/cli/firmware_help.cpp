#include "sim/cli/firmware_help.h"

namespace apicsim {

const char* const firmware_help =
    R"(Shows what firmware tables say, what is wrong with them, and what kernels make of them.

Usage: apicsim firmware FILE... [OPTIONS]

FILE is an ACPI table as bytes (/sys/firmware/acpi/tables, acpixtract, acpidump -b), the text that
acpidump writes, SMBIOS (/sys/firmware/dmi/tables, dmidecode --dump-bin), or a folder of such files.
Files named one by one are one machine; in a folder with several DMARs, file names tell the machines
apart ("server-1.dmar.bin", "server-1.apic.bin").

Three parts are printed: the tables decoded; every defect with the rule that it breaks and what
comes of it; and what the modelled kernels decide. For the last part the guest kernels really boot
on a machine made from the tables: processors, I/O APICs, remapping units and functions stand where
the tables say. What had to be assumed is listed; --write-scenario saves that machine.

Options:
  --kernel LIST     which kernels: "3.2,6.1", "all" (default), "none"
  --cmdline TEXT    kernel parameters; may be repeated: a boot for each
  --what-if         a boot for each parameter that decides about remapping and APIC mode
  --e820 FILE       kernel log with the machine's memory map ("BIOS-e820: ...")
  --cpu NAME        processor, a file of configs/cpus (xeon-e5-2680-v2)
  --cap N, --ecap N capabilities of the VT-d units (0xd2078c106f0462, 0xf020fe: HP Gen8)
  --set KEY=VALUE   any key of the scenario that is booted; may be repeated
  --max-time TIME   ends a boot there ("300ms"); default by the number of processors
  --write-scenario FILE  writes the scenario, its machine and its tables, for 'apicsim run FILE'
  --brief           leaves the decoded tables and the kernels' messages out
  --json            writes JSON
  --rules           lists every rule with its section and consequence, and ends
  --jobs N          boots side by side (number of processors of this host)
  --configs FOLDER  takes processors and timing profiles from there
  -h, --help        shows this text

Examples:
  apicsim firmware dmar.dat apic.dat
  apicsim firmware my-server.acpidump --kernel 6.1 --cmdline "intremap=off"
  apicsim firmware /sys/firmware/acpi/tables --e820 dmesg.txt --what-if --brief
  apicsim firmware dmar.dat --kernel none --json
  apicsim firmware dmar.dat apic.dat --write-scenario broken.toml && apicsim run broken.toml

Exit status:
  0    no defect
  2    bad input: an option, or a file that is no table; one line says what is wrong
  12   at least one defect (error or warning; notes do not count)
  130  interrupted (Ctrl-C)
)";

}  // namespace apicsim
