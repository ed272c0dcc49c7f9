// The parameter pci= (Documentation/kernel-parameters.txt), a list separated by commas: nomsi keeps
// devices from message-signalled interrupts, nommconf and conf1 from memory-mapped configuration.
#pragma once

struct PciOptions {
  bool msi;
  bool mapped_config;
};

const PciOptions& pci_options();

/// Names, in the kernel's words, the options that it did not know. For when the log works.
void pci_report_options();
