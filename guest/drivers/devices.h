#pragma once

// Finds the PCI functions, lets DMA remapping begin where it is wanted, and makes the drivers'
// devices ready, in the order of the initcalls of Linux.
void devices_init();
